/** Requests as bytes, over one kept connection: what no well-behaved client would send must be sent too. */
import http from 'node:http';

export interface RawRequest {
  method: string;
  /** Path and query, as they are sent. */
  path: string;
  body?: string | Uint8Array;
  /** Without saying beforehand how long the body is. */
  chunked?: boolean;
  headers?: http.OutgoingHttpHeaders;
}

export interface RawAnswer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: string;
}

const answerTimeoutMs = 20_000;

export class HttpClient {
  readonly #url: URL;
  readonly #agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

  constructor(url: string) {
    this.#url = new URL(url);
  }

  /** An answer that comes before the whole request was taken is an answer. @throws when none comes. */
  ask({ method, path, body, chunked = false, headers = {} }: RawRequest): Promise<RawAnswer> {
    const { hostname, port } = this.#url;
    const framing = chunked
      ? { 'Transfer-Encoding': 'chunked' }
      : { 'Content-Length': Buffer.byteLength(body ?? '') };
    const length = body === undefined ? {} : framing;
    return new Promise((resolve, reject) => {
      let answered = false;
      const request = http.request(
        { hostname, port, method, path, agent: this.#agent, headers: { ...length, ...headers } },
        (response) => {
          answered = true;
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            const { statusCode = 0, headers } = response;
            resolve({ status: statusCode, headers, body: Buffer.concat(chunks).toString() });
          });
        },
      );
      request.setTimeout(answerTimeoutMs, () => request.destroy(new Error(`no answer to ${method} ${path}`)));
      request.on('error', (error) => {
        if (!answered) reject(error);
      });
      if (chunked) request.write(body ?? '');
      request.end(chunked ? undefined : body);
    });
  }

  stop(): void {
    this.#agent.destroy();
  }
}
