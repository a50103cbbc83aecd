/** Requests as they are written: no path is cleaned, no header added, no redirect followed. */
import { Agent, type IncomingHttpHeaders, request as open } from 'node:http';
import type { PlainRequest } from './scripted-request.ts';

export interface HttpResponse {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** Above every `wait` in a script. */
const timeoutMs = 30_000;

export class HttpClient {
  readonly #base: URL;
  readonly #sockets = new Agent({ keepAlive: true, maxSockets: 20 });

  constructor(base: URL) {
    this.#base = base;
  }

  /** @throws when the connection breaks or nothing comes within 30 s. */
  send({ method = 'GET', path, headers, ...bodies }: PlainRequest): Promise<HttpResponse> {
    const body = bodyOf(bodies);
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    return new Promise((resolve, reject) => {
      const sent = open({
        host: this.#base.hostname,
        port: this.#base.port,
        method,
        path,
        agent: this.#sockets,
        headers: { ...length, ...headers },
      });
      sent.on('error', reject);
      sent.setTimeout(timeoutMs, () => sent.destroy(new Error(`no answer within ${timeoutMs} ms`)));
      sent.on('response', async (response) => {
        try {
          const chunks: Buffer[] = [];
          for await (const chunk of response) chunks.push(chunk);
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({ status: response.statusCode!, headers: response.headers, body: text });
        } catch (error) {
          reject(error);
        }
      });
      sent.end(body);
    });
  }

  close(): void {
    this.#sockets.destroy();
  }
}

function bodyOf({ json, text, repeat }: Omit<PlainRequest, 'path'>): string | undefined {
  if (repeat) {
    const { before = '', separator = '', times, after = '' } = repeat;
    return before + Array(times).fill(repeat.text).join(separator) + after;
  }
  return text ?? (json === undefined ? undefined : JSON.stringify(json));
}
