/**
 * HTTP requests to the edge, over kept connections: what the sidecar does not answer itself goes there and comes back
 * unchanged.
 */
import http from 'node:http';
import https from 'node:https';
import type { Clock } from '../clock.ts';

export interface EdgeRequest {
  method: string;
  /** Path and query. */
  path: string;
  headers?: Record<string, string>;
  body?: Uint8Array;
  /** Gives up when no answer has begun by then; what has begun gets {@link bodyMsMax} more. */
  timeoutMs: number;
  /** The edge may hold it for long. Such requests, however many, leave the others their connections. */
  waits?: boolean;
  signal?: AbortSignal;
}

export interface EdgeResponse {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

/** The edge could not be asked: nothing is known about whether it did what it was asked for. */
export class EdgeUnreachable extends Error {}

/** For requests that are answered at once. The edge limits how many wait. */
const socketsMax = 256;
const bodyMsMax = 30_000;
/** Below the 55 s to 400 s after which proxies drop an idle connection. */
const idleSocketMsMax = 30_000;

export class EdgeClient {
  readonly #edge: () => URL;
  readonly #clock: Clock;
  readonly #prompt = makeAgents({ maxSockets: socketsMax });
  readonly #waiting = makeAgents({});

  constructor(edge: () => URL, clock: Clock) {
    this.#edge = edge;
    this.#clock = clock;
  }

  /** @throws {EdgeUnreachable} when no whole answer came. */
  request({
    method,
    path,
    headers = {},
    body,
    timeoutMs,
    waits = false,
    signal,
  }: EdgeRequest): Promise<EdgeResponse> {
    const url = new URL(path, this.#edge());
    const secure = url.protocol === 'https:';
    const length = body === undefined ? {} : { 'Content-Length': String(body.byteLength) };
    return new Promise((resolve, reject) => {
      const fail = (error: Error) => {
        cancelTimer();
        reject(new EdgeUnreachable(error.message));
      };
      const request = (secure ? https : http).request(
        url,
        {
          method,
          agent: (waits ? this.#waiting : this.#prompt)[secure ? 'https' : 'http'],
          headers: { ...headers, ...length },
        },
        (response) => {
          cancelTimer();
          cancelTimer = this.#clock.after(bodyMsMax, () =>
            request.destroy(new Error(`the answer of ${url.host} stops in its middle`)),
          );
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', fail);
          response.on('end', () => {
            cancelTimer();
            resolve({
              status: response.statusCode ?? 0,
              headers: flatten(response.headers),
              body: Buffer.concat(chunks),
            });
          });
        },
      );
      let cancelTimer = this.#clock.after(timeoutMs, () =>
        request.destroy(new Error(`no answer from ${url.host} within ${timeoutMs} ms`)),
      );
      request.on('error', fail);
      if (signal?.aborted) abandon(request);
      else signal?.addEventListener('abort', () => abandon(request), { once: true });
      request.end(body);
    });
  }

  stop(): void {
    for (const agents of [this.#prompt, this.#waiting])
      for (const agent of Object.values(agents)) agent.destroy();
  }
}

function makeAgents(limits: http.AgentOptions) {
  const options = { keepAlive: true, timeout: idleSocketMsMax, ...limits };
  return { http: new http.Agent(options), https: new https.Agent(options) };
}

/** A self-hosted edge notices that a client has gone by a reset of the connection alone, not by its end. */
function abandon(request: http.ClientRequest): void {
  request.socket?.resetAndDestroy();
  request.destroy(new Error('the client has gone'));
}

function flatten(headers: http.IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
}
