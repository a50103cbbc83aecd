/**
 * One UDP socket. Questions beyond what can be answered in time wait in the kernel's buffer, which drops what is too much.
 *
 * With `libc`, the question that Node.js hands over is a sign that there may be more, which are then taken, and answered, many
 * at a time.
 */
import { type BindOptions, createSocket, type RemoteInfo, type Socket, type SocketOptions } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { Answerer } from '../../src/shared/dns/caching-answerer.ts';
import type { Eventual } from '../../src/shared/dns/eventual.ts';
import type { Libc } from '../system/libc.ts';
import { keepPlace, openUdpSocket } from './kernel-socket.ts';
import { type ListenPlace, makeDnsBindError } from './listen-place.ts';
import { PacketBatch } from './packet-batch.ts';
import { encodeSocketName } from './socket-name.ts';

/** Questions that wait for someone else (a recursor, another datacenter) at the same time; more are not answered. */
export const udpPendingMax = 4096;
/** Holds a burst of some thousand questions while the process does something else. */
const receiveBufferBytes = 4 * 1024 * 1024;

interface WarnLogger {
  warn(message: string, fields: { error: string }): void;
}

export interface UdpOptions {
  /** Other threads listen in the same place. */
  isShared?: boolean;
  /** Without it, each packet is received and sent by itself. */
  libc?: Libc | undefined;
}

export class UdpListener {
  readonly #responder: Answerer;
  readonly #logger: WarnLogger;
  readonly #isShared: boolean;
  readonly #libc: Libc | undefined;
  #socket: Socket | undefined;
  #batch: PacketBatch | undefined;
  #pending = 0;

  constructor(responder: Answerer, logger: WarnLogger, { isShared = false, libc }: UdpOptions = {}) {
    this.#responder = responder;
    this.#logger = logger;
    this.#isShared = isShared;
    this.#libc = libc;
  }

  get port(): number {
    return this.#socket!.address().port;
  }

  /** @throws {Error} that names the place when it cannot be bound. */
  async start(place: ListenPlace): Promise<void> {
    try {
      const name = encodeSocketName(place.address, place.port);
      const withBatch = this.#libc && name;
      this.#socket = withBatch ? await this.#openBatch(this.#libc, place, name) : await this.#open(place);
    } catch (error) {
      throw makeDnsBindError('UDP', place, error as Error);
    }
    const socket = this.#socket;
    socket.on('error', (error) => this.#logger.warn('UDP socket failed', { error: error.message }));
    socket.on('message', (packet, client) => this.#receive(socket, packet, client));
    enlargeReceiveBuffer(socket);
  }

  stop(): Promise<void> {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#batch = undefined;
    return socket ? new Promise((resolve) => socket.close(() => resolve())) : Promise.resolve();
  }

  #open(place: ListenPlace): Promise<Socket> {
    const { address, port } = place;
    const ipv6Only = place.ipv6Only && isIPv6(address);
    const socket = makeSocket(place, { ipv6Only, reusePort: this.#isShared });
    return bound(socket, { address, port, exclusive: true });
  }

  async #openBatch(libc: Libc, place: ListenPlace, name: Uint8Array): Promise<Socket> {
    const fd = openUdpSocket(libc, place, name, this.#isShared);
    const socket = await bound(makeSocket(place), { fd });
    keepPlace(libc, fd);
    this.#batch = new PacketBatch(libc, fd);
    return socket;
  }

  #receive(socket: Socket, packet: Uint8Array, { address, port }: RemoteInfo): void {
    const reply = this.#answer(packet, address);
    const send = (bytes: Uint8Array) => socket.send(bytes, port, address);
    if (reply instanceof Promise) this.#sendLate(reply, send);
    else if (reply && !this.#batch?.replyTo(address, port, reply)) send(reply);
    if (this.#batch) this.#receiveMore(this.#batch);
  }

  #receiveMore(batch: PacketBatch): void {
    const count = batch.receive();
    for (let i = 0; i < count; i++) {
      const reply = this.#answer(batch.packet(i), batch.client(i));
      if (reply instanceof Promise) this.#sendLate(reply, batch.lend(i));
      else if (reply) batch.reply(i, reply);
    }
    batch.send();
  }

  #answer(packet: Uint8Array, client: string): Eventual<Uint8Array | undefined> {
    if (this.#pending >= udpPendingMax) return undefined;
    return this.#responder.answerQuestion(packet, 'udp', client);
  }

  #sendLate(reply: Promise<Uint8Array | undefined>, send: (reply: Uint8Array) => void): void {
    const socket = this.#socket;
    this.#pending++;
    void reply.then((late) => {
      this.#pending--;
      if (late && this.#socket === socket) send(late);
    });
  }
}

function makeSocket({ address }: ListenPlace, options: Partial<SocketOptions> = {}): Socket {
  const family = isIPv6(address) ? 6 : 4;
  return createSocket({
    ...options,
    type: family === 6 ? 'udp6' : 'udp4',
    // Replies go to addresses, never to names: a look-up would cost as much as the answer.
    lookup: (host, _options, done) => done(null, host, family),
  });
}

function bound(socket: Socket, options: BindOptions): Promise<Socket> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(options, () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
  });
}

function enlargeReceiveBuffer(socket: Socket): void {
  try {
    socket.setRecvBufferSize(receiveBufferBytes);
  } catch {
    // The system's limit is lower; its default serves.
  }
}
