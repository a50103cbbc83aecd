/**
 * DNS over TCP (RFC 7766): messages with their length before them, many on a connection, answered in any order.
 *
 * Invariant: a connection holds at most one message that is not complete, some questions that are being answered, and
 * replies up to the socket's high-water mark. A client that sends without reading is not read from any more, and one
 * that does nothing useful in time is cut off.
 */
import { createServer, type Server, type Socket } from 'node:net';
import type { Answerer } from '../../src/shared/dns/caching-answerer.ts';
import type { Clock } from '../system/clock.ts';
import { type ListenPlace, makeDnsBindError } from './listen-place.ts';

export const tcpConnectionsMax = 1024;
/** Between two complete questions; also the time a client has to read its replies. */
export const tcpIdleMsMax = 10_000;
/** A question with every option there is takes some hundred bytes. */
export const tcpQuestionBytesMax = 4096;
/** Questions of one connection that wait for someone else at the same time. */
export const tcpPendingMax = 64;
const lengthBytes = 2;

export class TcpListener {
  readonly #responder: Answerer;
  readonly #clock: Clock;
  readonly #connections = new Set<TcpConnection>();
  #server: Server | undefined;

  constructor(responder: Answerer, clock: Clock) {
    this.#responder = responder;
    this.#clock = clock;
  }

  get port(): number {
    return (this.#server!.address() as { port: number }).port;
  }

  /** @throws {Error} that names the place when it cannot be bound. */
  start(place: ListenPlace): Promise<void> {
    const { address, port, ipv6Only } = place;
    const server = createServer((socket) => this.#accept(socket));
    server.maxConnections = tcpConnectionsMax;
    return new Promise((resolve, reject) => {
      server.once('error', (error) => reject(makeDnsBindError('TCP', place, error)));
      server.listen({ host: address, port, ipv6Only, exclusive: true }, () => {
        this.#server = server;
        server.removeAllListeners('error');
        resolve();
      });
    });
  }

  stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    for (const connection of this.#connections) connection.close();
    return server ? new Promise((resolve) => server.close(() => resolve())) : Promise.resolve();
  }

  #accept(socket: Socket): void {
    const connection = new TcpConnection(socket, this.#responder, this.#clock);
    this.#connections.add(connection);
    socket.on('close', () => this.#connections.delete(connection));
  }
}

class TcpConnection {
  readonly #socket: Socket;
  readonly #responder: Answerer;
  readonly #clock: Clock;
  #received: Uint8Array = new Uint8Array(0);
  #pending = 0;
  #cancelTimeout: () => void = () => {};

  constructor(socket: Socket, responder: Answerer, clock: Clock) {
    this.#socket = socket;
    this.#responder = responder;
    this.#clock = clock;
    socket.setNoDelay(true);
    // A client that goes away is no fault of ours; `close` follows.
    socket.on('error', () => {});
    socket.on('close', () => this.#cancelTimeout());
    socket.on('data', (bytes) => this.#receive(bytes));
    socket.on('drain', () => this.#proceed());
    this.#restartTimeout();
  }

  close(): void {
    this.#socket.destroy();
  }

  #restartTimeout(): void {
    this.#cancelTimeout();
    this.#cancelTimeout = this.#clock.after(tcpIdleMsMax, () => this.close());
  }

  #receive(bytes: Uint8Array): void {
    this.#received = this.#received.length === 0 ? bytes : Buffer.concat([this.#received, bytes]);
    this.#proceed();
  }

  /** Answers the complete messages received, as long as there is room for their replies. */
  #proceed(): void {
    while (!this.#isBusy()) {
      const received = this.#received;
      if (received.length < lengthBytes) break;
      const end = lengthBytes + ((received[0]! << 8) | received[1]!);
      if (end > lengthBytes + tcpQuestionBytesMax) {
        this.close();
        return;
      }
      if (received.length < end) break;
      this.#received = received.subarray(end);
      this.#answer(received.subarray(lengthBytes, end));
    }
    if (this.#isBusy()) this.#socket.pause();
    else this.#socket.resume();
  }

  #isBusy(): boolean {
    return this.#pending >= tcpPendingMax || this.#socket.writableNeedDrain || this.#socket.destroyed;
  }

  #answer(question: Uint8Array): void {
    this.#restartTimeout();
    const reply = this.#responder.answerQuestion(question, 'tcp', this.#socket.remoteAddress);
    if (!(reply instanceof Promise)) {
      this.#send(reply);
      return;
    }
    this.#pending++;
    void reply.then((late) => {
      this.#pending--;
      this.#send(late);
      this.#proceed();
    });
  }

  #send(reply: Uint8Array | undefined): void {
    if (!reply || this.#socket.destroyed) return;
    const framed = new Uint8Array(lengthBytes + reply.length);
    framed[0] = reply.length >> 8;
    framed[1] = reply.length & 0xff;
    framed.set(reply, lengthBytes);
    this.#socket.write(framed);
  }
}
