/**
 * Other name servers. A question goes to them as it came, under an ID of its own and from a port of its own, so that a
 * forged reply has to guess both (RFC 5452). They are asked one after the other until one gives a usable answer.
 */
import { createSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';
import type { Recursor } from '../../src/shared/dns/catalogs.ts';
import type { Transport } from '../../src/shared/dns/truncate.ts';
import { isReplyTo, isUsableReply, withId } from '../../src/shared/dns/wire/recursion.ts';
import type { Clock } from '../system/clock.ts';
import type { Logger } from '../system/logger.ts';
import type { Random } from '../system/random.ts';
import type { DnsConfig } from './dns-config.ts';

const recursorPort = 53;
/** Questions under way, each with a socket of its own; more fail at once, so that other sockets of the host can be opened. */
export const recursionsMax = 256;

export interface RecursorDeps {
  clock: Clock;
  random: Random;
  logger: Logger;
}

export interface RecursorAddress {
  host: string;
  port: number;
}

type RecursorConfig = Pick<DnsConfig, 'recursors' | 'recursorStrategy' | 'recursorTimeoutMs'>;

export class RecursorPool implements Recursor {
  readonly #deps: RecursorDeps;
  #config: RecursorConfig;
  #addresses: RecursorAddress[];
  #underWay = 0;

  /** @throws {Error} for a recursor that is no address. */
  constructor(config: RecursorConfig, deps: RecursorDeps) {
    this.#deps = deps;
    this.#config = config;
    this.#addresses = config.recursors.map(parseRecursorAddress);
  }

  /** @throws {Error} for a recursor that is no address; the old ones stay then. */
  reconfigure(config: RecursorConfig): void {
    this.#addresses = config.recursors.map(parseRecursorAddress);
    this.#config = config;
  }

  async exchange(packet: Uint8Array, transport: Transport): Promise<Uint8Array | undefined> {
    if (this.#underWay >= recursionsMax) return undefined;
    this.#underWay += 1;
    try {
      return await this.#askInTurn(packet, transport);
    } finally {
      this.#underWay -= 1;
    }
  }

  async #askInTurn(packet: Uint8Array, transport: Transport): Promise<Uint8Array | undefined> {
    const { clock, random, logger } = this.#deps;
    const { recursorStrategy, recursorTimeoutMs } = this.#config;
    const ask = transport === 'udp' ? askOverUdp : askOverTcp;
    const order = recursorStrategy === 'random' ? shuffled(this.#addresses, random) : this.#addresses;
    for (const address of order) {
      const id = Math.floor(random() * 0x10000);
      const exchange = { address, packet: withId(packet, id), clock, timeoutMs: recursorTimeoutMs };
      try {
        const reply = await ask(exchange);
        if (isUsableReply(reply)) return withId(reply, (packet[0]! << 8) | packet[1]!);
        logger.debug('recursor gave no usable answer', { recursor: address.host });
      } catch (error) {
        logger.warn('recursor failed', { recursor: address.host, error: (error as Error).message });
      }
    }
    return undefined;
  }
}

/** @throws {Error} for what is neither an IP address nor one with a port. */
export function parseRecursorAddress(text: string): RecursorAddress {
  if (isIPv6(text)) return { host: text, port: recursorPort };
  const match = /^\[(.+)\](?::(\d+))?$/.exec(text) ?? /^([^:]+)(?::(\d+))?$/.exec(text);
  const port = match?.[2] === undefined ? recursorPort : Number(match[2]);
  if (!match || port < 1 || port > 65_535)
    throw new Error(`Invalid recursor address: ${JSON.stringify(text)}`);
  return { host: match[1]!, port };
}

function shuffled<T>(list: T[], random: Random): T[] {
  const result = [...list];
  for (let i = result.length - 1; i > 0; i--) {
    const other = Math.floor(random() * (i + 1));
    [result[i], result[other]] = [result[other]!, result[i]!];
  }
  return result;
}

interface Exchange {
  address: RecursorAddress;
  packet: Uint8Array;
  clock: Clock;
  timeoutMs: number;
}

function askOverUdp({ address, packet, clock, timeoutMs }: Exchange): Promise<Uint8Array> {
  const socket = createSocket(isIPv6(address.host) ? 'udp6' : 'udp4');
  const replied = new Promise<Uint8Array>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('message', (reply) => {
      if (isReplyTo(packet, reply)) resolve(reply);
    });
    // Connected, so that the kernel drops what comes from elsewhere.
    socket.connect(address.port, address.host, () => socket.send(packet));
  });
  return withTimeout(replied, clock, timeoutMs).finally(() => socket.close());
}

function askOverTcp({ address, packet, clock, timeoutMs }: Exchange): Promise<Uint8Array> {
  const socket = connect(address.port, address.host);
  let received = Buffer.alloc(0);
  const replied = new Promise<Uint8Array>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('connection closed')));
    socket.on('data', (bytes) => {
      received = Buffer.concat([received, bytes]);
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
      const reply = received.subarray(2, 2 + received.readUInt16BE(0));
      if (isReplyTo(packet, reply)) resolve(reply);
      else reject(new Error('reply to another question'));
    });
    socket.write(Buffer.concat([Buffer.from([packet.length >> 8, packet.length & 0xff]), packet]));
  });
  return withTimeout(replied, clock, timeoutMs).finally(() => socket.destroy());
}

function withTimeout<T>(promise: Promise<T>, clock: Clock, timeoutMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(timeoutMs, () => reject(new Error(`no reply within ${timeoutMs} ms`)));
    promise.then(resolve, reject).finally(cancel);
  });
}
