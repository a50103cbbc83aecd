/** One UDP socket. Questions beyond what can be answered in time wait in the kernel's buffer, which drops what is too much. */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { Answerer } from '../../src/shared/dns/caching-answerer.ts';
import { type ListenPlace, makeDnsBindError } from './listen-place.ts';

/** Questions that wait for someone else (a recursor, another datacenter) at the same time; more are not answered. */
export const udpPendingMax = 4096;
/** Holds a burst of some thousand questions while the process does something else. */
const receiveBufferBytes = 4 * 1024 * 1024;

interface WarnLogger {
  warn(message: string, fields: { error: string }): void;
}

export class UdpListener {
  readonly #responder: Answerer;
  readonly #logger: WarnLogger;
  readonly #isShared: boolean;
  #socket: Socket | undefined;
  #pending = 0;

  /** @param isShared other threads listen in the same place. */
  constructor(responder: Answerer, logger: WarnLogger, { isShared = false } = {}) {
    this.#responder = responder;
    this.#logger = logger;
    this.#isShared = isShared;
  }

  get port(): number {
    return this.#socket!.address().port;
  }

  /** @throws {Error} that names the place when it cannot be bound. */
  start(place: ListenPlace): Promise<void> {
    const { address, port, ipv6Only } = place;
    const family = isIPv6(address) ? 6 : 4;
    const socket = createSocket({
      type: family === 6 ? 'udp6' : 'udp4',
      ipv6Only: ipv6Only && family === 6,
      reusePort: this.#isShared,
      // Replies go to addresses, never to names: a look-up would cost as much as the answer.
      lookup: (host, _options, done) => done(null, host, family),
    });
    this.#socket = socket;
    return new Promise((resolve, reject) => {
      socket.once('error', (error) => {
        this.#socket = undefined;
        reject(makeDnsBindError('UDP', place, error));
      });
      socket.bind({ address, port, exclusive: true }, () => {
        socket.removeAllListeners('error');
        socket.on('error', (error) => this.#logger.warn('UDP socket failed', { error: error.message }));
        socket.on('message', (packet, client) => this.#receive(socket, packet, client));
        enlargeReceiveBuffer(socket);
        resolve();
      });
    });
  }

  stop(): Promise<void> {
    const socket = this.#socket;
    this.#socket = undefined;
    return socket ? new Promise((resolve) => socket.close(() => resolve())) : Promise.resolve();
  }

  #receive(socket: Socket, packet: Uint8Array, client: RemoteInfo): void {
    if (this.#pending >= udpPendingMax) return;
    const reply = this.#responder.answerQuestion(packet, 'udp', client.address);
    if (!(reply instanceof Promise)) {
      if (reply) socket.send(reply, client.port, client.address);
      return;
    }
    this.#pending++;
    void reply.then((late) => {
      this.#pending--;
      if (late && this.#socket === socket) socket.send(late, client.port, client.address);
    });
  }
}

function enlargeReceiveBuffer(socket: Socket): void {
  try {
    socket.setRecvBufferSize(receiveBufferBytes);
  } catch {
    // The system's limit is lower; its default serves.
  }
}
