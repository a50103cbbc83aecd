/**
 * Opens a TCP connection to `host:port`, by IPv4 and IPv6. The addresses of a name are tried in the resolver's order,
 * the next as soon as one fails or has been silent for a moment; the first connection wins and the others are closed
 * (RFC 8305). Node's own `autoSelectFamily` is not used, for it gives an address up for good after that moment.
 *
 * Errors speak as Go's do, for they become a check's output: "dial tcp 127.0.0.1:1: connect: connection refused".
 */
import { connect, isIP, type Socket } from 'node:net';
import type { Clock } from '../system/clock.ts';
import { describeSystemError } from './go-error.ts';
import { type HostPort, joinHostPort, parseHostPort } from './host-port.ts';
import { lookUp } from './look-up.ts';
import { onAbort } from './on-abort.ts';

/** How long an address may be silent before the next one is tried as well. Go's value. */
const nextAddressDelayMs = 300;

interface DialContext {
  clock: Clock;
  signal: AbortSignal;
}

/** @throws {Error} in Go's words; when aborted, the one of a timeout. */
export async function dial(target: string, context: DialContext): Promise<Socket> {
  const { host, port } = parseHostPort('tcp', target);
  const addresses = isIP(host) ? [host] : await addressesOf(host, context.signal);
  return dialAny(
    addresses.map((address) => ({ host: address, port })),
    context,
  );
}

/** Connects to one of several addresses of the same place. @throws {Error} as {@link dial} does. */
export function dialAny(targets: HostPort[], context: DialContext): Promise<Socket> {
  return new Promise((resolve, reject) => new Race(targets, context, resolve, reject));
}

function addressesOf(host: string, signal: AbortSignal): Promise<string[]> {
  const failed = (reason: string) => new Error(`dial tcp: lookup ${host}: ${reason}`);
  return new Promise((resolve, reject) => {
    onAbort(signal, () => reject(failed('i/o timeout')));
    lookUp(host).then(
      (found) => resolve(found.map(({ address }) => address)),
      (error) => reject(failed(describeSystemError(error))),
    );
  });
}

/** The attempts for one `dial`. As in Go, it is the first attempt's error that is told when all fail. */
class Race {
  readonly #targets: HostPort[];
  readonly #clock: Clock;
  readonly #resolve: (winner: Socket) => void;
  readonly #reject: (error: Error) => void;
  readonly #open = new Set<Socket>();
  #error: Error | undefined;
  #cancelNext: () => void = () => {};

  constructor(
    targets: HostPort[],
    context: DialContext,
    resolve: (winner: Socket) => void,
    reject: (error: Error) => void,
  ) {
    this.#targets = [...targets];
    this.#clock = context.clock;
    this.#resolve = resolve;
    this.#reject = reject;
    onAbort(context.signal, () => this.#giveUp(targets[0]!));
    this.#tryNext();
  }

  #tryNext(): void {
    this.#cancelNext();
    const target = this.#targets.shift();
    if (!target) return;
    const socket = connect(target);
    this.#open.add(socket);
    socket.once('connect', () => this.#win(socket));
    socket.on('error', (error) => this.#lose(socket, target, error));
    if (this.#targets.length > 0) {
      this.#cancelNext = this.#clock.after(nextAddressDelayMs, () => this.#tryNext());
    }
  }

  #win(winner: Socket): void {
    this.#open.delete(winner);
    this.#end();
    this.#resolve(winner);
  }

  /** Also called for a winner that breaks later, where it finds nothing left to do. */
  #lose(socket: Socket, target: HostPort, error: Error): void {
    if (!this.#open.delete(socket)) return;
    this.#error ??= dialError(target, `connect: ${describeSystemError(error)}`);
    this.#tryNext();
    if (this.#open.size === 0) this.#reject(this.#error);
  }

  #giveUp(first: HostPort): void {
    this.#end();
    this.#reject(this.#error ?? dialError(first, 'i/o timeout'));
  }

  #end(): void {
    this.#cancelNext();
    this.#targets.length = 0;
    for (const socket of this.#open) socket.destroy();
    this.#open.clear();
  }
}

const dialError = (target: HostPort, reason: string) =>
  new Error(`dial tcp ${joinHostPort(target)}: ${reason}`);
