/**
 * HTTP requests to the edge, over kept connections: what the sidecar does not answer itself goes there and comes back
 * unchanged.
 */
import http from 'node:http';
import https from 'node:https';
import { Readable } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { type Agents, type Outbound, userAgent } from '../outbound/outbound.ts';
import type { Clock } from '../system/clock.ts';

interface EdgeHead {
  method: string;
  /** Path and query. */
  path: string;
  headers?: Record<string, string>;
  /** The edge may hold it for long. Such requests, however many, leave the others their connections. */
  waits?: boolean;
  signal?: AbortSignal;
}

export interface EdgeRequest extends EdgeHead {
  body?: Uint8Array;
  /** Gives up when no answer has begun by then; what has begun gets {@link bodyMsMax} more. */
  timeoutMs: number;
}

interface EdgeStreamRequest extends EdgeHead {
  body?: AsyncIterable<Uint8Array> | undefined;
  timeoutMs: number;
}

export interface EdgeResponse<Body = Buffer> {
  status: number;
  headers: Record<string, string>;
  body: Body;
}

type EdgeStreamResponse = EdgeResponse<Readable>;

/** The edge could not be asked: nothing is known about whether it did what it was asked for. */
export class EdgeUnreachable extends Error {}

/** Told of every request. */
export interface EdgeMeter {
  sent(): void;
  /** No answer began. */
  failed(): void;
  /** The edge has too much to do. */
  refused(): void;
}

/** For requests that are answered at once. The edge limits how many wait. */
const socketsMax = 256;
const tooManyRequests = 429;
const bodyMsMax = 30_000;
/** Below the 55 s to 400 s after which proxies drop an idle connection. */
const idleSocketMsMax = 30_000;

export class EdgeClient {
  readonly #edge: () => URL;
  readonly #clock: Clock;
  readonly #outbound: Outbound;
  readonly #meter: EdgeMeter | undefined;
  readonly #prompt: Agents;
  readonly #waiting: Agents;

  constructor(edge: () => URL, outbound: Outbound, clock: Clock, meter?: EdgeMeter) {
    this.#edge = edge;
    this.#clock = clock;
    this.#outbound = outbound;
    this.#meter = meter;
    const kept = { keepAlive: true, timeout: idleSocketMsMax };
    this.#prompt = outbound.agents({ ...kept, maxSockets: socketsMax });
    this.#waiting = outbound.agents(kept);
  }

  /** @throws {EdgeUnreachable} when no whole answer came. */
  async request({ body, timeoutMs, ...request }: EdgeRequest): Promise<EdgeResponse> {
    const length = body === undefined ? {} : { 'Content-Length': String(body.byteLength) };
    const { outgoing, answered, host, fault } = this.#open({
      ...request,
      headers: { ...request.headers, ...length },
    });
    let cancelTimer = this.#clock.after(timeoutMs, () =>
      outgoing.destroy(new Error(`no answer from ${host} within ${timeoutMs} ms`)),
    );
    outgoing.end(body);
    try {
      const response = await answered;
      cancelTimer();
      cancelTimer = this.#clock.after(bodyMsMax, () =>
        outgoing.destroy(new Error(`the answer of ${host} stops in its middle`)),
      );
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      return { ...headOf(response), body: Buffer.concat(chunks) };
    } catch (error) {
      throw new EdgeUnreachable((fault() ?? (error as Error)).message);
    } finally {
      cancelTimer();
    }
  }

  /**
   * Bodies and answers of any length, neither of which is held here; `timeoutMs` is how long nothing may move. When the
   * answer has begun, what is left of the body is read and not sent.
   * @throws {EdgeUnreachable} when no answer began. An answer that is not whole fails while it is read.
   */
  async stream({ body, timeoutMs, ...request }: EdgeStreamRequest): Promise<EdgeStreamResponse> {
    const { outgoing, answered, host, fault } = this.#open(request);
    const stalled = () => outgoing.destroy(new Error(`nothing moves to or from ${host} for ${timeoutMs} ms`));
    let cancelTimer = this.#clock.after(timeoutMs, stalled);
    const moved = () => {
      cancelTimer();
      cancelTimer = this.#clock.after(timeoutMs, stalled);
    };
    const sent = send(body, outgoing, moved);
    try {
      const response = await answered;
      const whole = async function* () {
        try {
          for await (const chunk of response) {
            moved();
            yield chunk as Buffer;
          }
        } finally {
          cancelTimer();
        }
      };
      return { ...headOf(response), body: Readable.from(whole(), { objectMode: false }) };
    } catch (error) {
      cancelTimer();
      await sent;
      throw new EdgeUnreachable((fault() ?? (error as Error)).message);
    }
  }

  /** A request that is not sent yet. Its faults are heard by `answered`, or are there to be asked for later. */
  #open({ method, path, headers = {}, waits = false, signal }: EdgeHead) {
    const url = new URL(path, this.#edge());
    const secure = url.protocol === 'https:';
    const agent = (waits ? this.#waiting : this.#prompt)[secure ? 'https' : 'http'];
    const outgoing = (secure ? https : http).request(url, {
      method,
      agent,
      headers: { 'User-Agent': userAgent, ...this.#outbound.headersFor(url), ...headers },
    });
    let fault: Error | undefined;
    this.#meter?.sent();
    const answered = new Promise<http.IncomingMessage>((resolve, reject) => {
      outgoing.once('response', (response) => {
        const { statusCode: status = 0, headers: answered } = response;
        if (status === tooManyRequests) this.#meter?.refused();
        const refusal = this.#outbound.describeRefusal({ status, headers: answered });
        if (refusal === undefined) resolve(response);
        else outgoing.destroy(new Error(refusal));
      });
      outgoing.on('error', (error) => {
        fault ??= new Error(this.#outbound.describe(error, url));
        reject(fault);
      });
    });
    answered.catch(() => signal?.aborted || this.#meter?.failed());
    const given = () => abandon(outgoing);
    if (signal?.aborted) given();
    else signal?.addEventListener('abort', given, { once: true });
    // Its connection is another's from then on.
    outgoing.once('close', () => signal?.removeEventListener('abort', given));
    return { outgoing, answered, host: url.host, fault: () => fault };
  }

  /** Nothing more is expected of the edge as it was reached so far: who waits is to look elsewhere, and idle connections go. */
  forsakeWaits(): void {
    for (const agent of Object.values(this.#waiting)) agent.destroy();
    for (const { freeSockets } of [this.#prompt.http, this.#prompt.https])
      for (const sockets of Object.values(freeSockets)) for (const socket of sockets ?? []) socket.destroy();
  }

  stop(): void {
    for (const agents of [this.#prompt, this.#waiting])
      for (const agent of Object.values(agents)) agent.destroy();
  }
}

/**
 * A self-hosted edge notices that a client has gone by a reset of the connection alone, not by its end. Where TLS is
 * spoken, something else stands before it that does; Node.js cannot reset such a connection, and throws.
 */
function abandon(request: http.ClientRequest): void {
  if (!(request.socket instanceof TLSSocket)) request.socket?.resetAndDestroy();
  request.destroy(new Error('the client has gone'));
}

const headOf = ({ statusCode = 0, headers }: http.IncomingMessage) => ({
  status: statusCode,
  headers: flatten(headers),
});

/** As fast as the edge takes it. A body that breaks off breaks the request off. */
async function send(
  body: AsyncIterable<Uint8Array> | undefined,
  outgoing: http.ClientRequest,
  moved: () => void,
): Promise<void> {
  let isAnswered = false;
  outgoing.once('response', () => {
    isAnswered = true;
  });
  try {
    for await (const chunk of body ?? []) {
      if (isAnswered || outgoing.destroyed) continue;
      moved();
      if (!outgoing.write(chunk)) await drained(outgoing);
    }
    outgoing.end();
  } catch (error) {
    outgoing.destroy(error as Error);
  }
}

/** Resolves when more can be written, or nothing ever again. */
const drained = (outgoing: http.ClientRequest) =>
  new Promise<void>((resolve) => {
    const events = ['drain', 'close', 'response'];
    const done = () => {
      for (const event of events) outgoing.removeListener(event, done);
      resolve();
    };
    for (const event of events) outgoing.once(event, done);
  });

function flatten(headers: http.IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
}
