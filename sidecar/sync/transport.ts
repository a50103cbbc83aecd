/**
 * One WebSocket to the edge: opening it, the heartbeat, noticing that nobody answers. What the messages mean is the feed's
 * business. After `close` nothing is called any more.
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import type { DownMessage, UpMessage } from '../../src/shared/protocol/messages.ts';
import { heartbeatRequest, heartbeatResponse, syncPath } from '../../src/shared/protocol/version.ts';
import { type Outbound, userAgent } from '../outbound/outbound.ts';
import type { Clock } from '../system/clock.ts';

export interface TransportEvents {
  opened(): void;
  received(message: DownMessage): void;
  /** Anything came, a heartbeat's answer included. */
  heard(): void;
  /** It is over: refused, closed, or silent, as a line is that swallows everything. Called once. */
  lost(reason: string, isSilent: boolean): void;
}

export interface TransportOptions {
  edge: URL;
  datacenter: string;
  token: string;
  /** Only a copy is wanted: the datacenter must exist already. */
  follow: boolean;
  /** How it is reached. */
  outbound: Outbound;
  clock: Clock;
}

export const openTimeoutMs = 10_000;
/** For what is said in place of opening it. */
const refusalTimeoutMs = 3_000;
const refusalCharsMax = 2_000;
/** Until the edge says its own interval. */
const heartbeatIntervalMsDefault = 3_000;
export const unansweredHeartbeatsMax = 3;
/** A page of rows with long outputs is a few megabytes. */
const messageBytesMax = 64 * 1024 * 1024;

export class Transport {
  readonly #socket: WebSocket;
  readonly #events: TransportEvents;
  readonly #clock: Clock;
  #heartbeatIntervalMs = heartbeatIntervalMsDefault;
  #unanswered = 0;
  /** What is below the WebSocket, and how much had come from it at the last heartbeat. */
  #line: Socket | undefined;
  #bytesRead = 0;
  #cancelTimer: () => void;
  #over = false;

  constructor(
    { edge, datacenter, token, follow, outbound, clock }: TransportOptions,
    events: TransportEvents,
  ) {
    this.#events = events;
    this.#clock = clock;
    const url = new URL(`${syncPath}?dc=${encodeURIComponent(datacenter)}${follow ? '&follow' : ''}`, edge);
    url.protocol = edge.protocol === 'https:' ? 'wss:' : 'ws:';
    this.#socket = new WebSocket(url, {
      agent: outbound.agents({})[edge.protocol === 'https:' ? 'https' : 'http'],
      headers: {
        'User-Agent': userAgent,
        ...outbound.headersFor(edge),
        ...(token === '' ? {} : { 'X-Consul-Token': token }),
      },
      maxPayload: messageBytesMax,
      perMessageDeflate: false,
      handshakeTimeout: openTimeoutMs,
    });
    this.#socket.on('upgrade', ({ socket }) => {
      this.#line = socket;
    });
    this.#socket.on('open', () => this.#opened());
    this.#socket.on('message', (data) => this.#received(String(data)));
    this.#socket.on('error', (error) => this.#lose(outbound.describe(error, edge)));
    this.#socket.on('close', (code, reason) => this.#lose(String(reason) || `closed with code ${code}`));
    this.#socket.on('unexpected-response', (_request, response) => this.#refused(response, outbound));
    this.#cancelTimer = () => undefined;
  }

  set heartbeatIntervalMs(value: number) {
    this.#heartbeatIntervalMs = value;
  }

  send(message: UpMessage): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  close(): void {
    this.#over = true;
    this.#cancelTimer();
    this.#socket.on('error', () => undefined);
    this.#socket.terminate();
  }

  /** Somebody answers who opens no WebSocket, in as many words as are of use. */
  #refused(response: IncomingMessage, outbound: Outbound): void {
    let text = '';
    const tell = () => {
      this.#cancelTimer();
      const { statusCode: status = 0, statusMessage = '', headers } = response;
      const body = text.trim();
      const known = outbound.describeRefusal({ status, headers, body, isUpgrade: true });
      this.#end(known ?? `${status} ${body || statusMessage}`.trim());
    };
    this.#cancelTimer = this.#clock.after(refusalTimeoutMs, tell);
    response.setEncoding('utf8');
    response.on('data', (piece: string) => {
      text += piece;
      if (text.length > refusalCharsMax) tell();
    });
    response.on('end', tell);
    response.on('error', tell);
  }

  #opened(): void {
    this.#heartbeat();
    this.#events.opened();
  }

  #received(text: string): void {
    if (this.#over) return;
    this.#unanswered = 0;
    this.#events.heard();
    if (text === heartbeatResponse) return;
    const message = parse(text);
    if (message) this.#events.received(message);
    else this.#end('the edge does not speak the sync protocol: is this address right?');
  }

  #heartbeat(): void {
    if (this.#over) return;
    if (this.#isReceiving()) this.#unanswered = 0;
    if (this.#unanswered >= unansweredHeartbeatsMax) {
      this.#end('the edge does not answer the heartbeat', true);
    } else {
      this.#unanswered += 1;
      this.#socket.send(heartbeatRequest);
      this.#cancelTimer = this.#clock.after(this.#heartbeatIntervalMs, () => this.#heartbeat());
    }
  }

  /** On a slow line the answer to a heartbeat comes after the page before it, whose parts are a sign of life, too. */
  #isReceiving(): boolean {
    const before = this.#bytesRead;
    this.#bytesRead = this.#line?.bytesRead ?? 0;
    return this.#bytesRead > before;
  }

  #end(reason: string, isSilent = false): void {
    this.#lose(reason, isSilent);
    this.close();
  }

  #lose(reason: string, isSilent = false): void {
    if (this.#over) return;
    this.#over = true;
    this.#cancelTimer();
    this.#events.lost(reason, isSilent);
  }
}

function parse(text: string): DownMessage | undefined {
  try {
    return JSON.parse(text) as DownMessage;
  } catch {
    return undefined;
  }
}
