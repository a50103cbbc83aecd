/**
 * What the service manager that started this process is told: that it is ready, reloads, stops, how it does, and, as often
 * as it wants to hear it, that the event loop still turns. Without `NOTIFY_SOCKET` nothing is told.
 *
 * The socket takes datagrams, which Node cannot send to a path. The C library does, where it can be called (`libc.ts`);
 * elsewhere, or when it would have to wait, systemd's own `systemd-notify`, one short process a message, one after the other,
 * which waits until the message was read, so that its sender is known while it is.
 *
 * Source: https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html.
 */
import { spawn } from 'node:child_process';
import type { Clock } from './clock.ts';
import { type Libc, loadLibc } from './libc.ts';
import type { Logger } from './logger.ts';

type Environment = Record<string, string | undefined>;

export interface SupervisorOptions {
  /** "": there is none. */
  socket: string;
  /** How long it waits for a sign of life; undefined: for ever. */
  watchdogMs: number | undefined;
  clock: Clock;
  logger: Logger;
}

/** For the one message; more than the 5 s that `systemd-notify` itself waits for it to be read. */
const sendTimeoutMs = 10_000;

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #libc: Promise<Libc | undefined>;
  #last: Promise<void> = Promise.resolve();
  #status = '';
  #isTold = '';
  /** Since the last sign of life: where the manager is slow to read them, they do not pile up. */
  #isAlive = false;
  #stopped = false;
  #cancelWatchdog: (() => void) | undefined;
  #hasFailed = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#libc = options.socket === '' ? Promise.resolve(undefined) : loadLibc();
  }

  /** Serves from now on; `status` is for a human. */
  ready(status: string): void {
    this.#status = status;
    this.#isTold = status;
    this.#send('READY=1', `STATUS=${status}`);
    if (!this.#cancelWatchdog) this.#keepAlive();
  }

  /** To be followed by {@link ready}. */
  reloading(): void {
    // By the monotonic clock of the kernel, which is that of hrtime.
    this.#send('RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1_000n}`, 'STATUS=reloading');
  }

  /** The newest is told, once. */
  status(status: string): void {
    this.#status = status;
    this.#after(() => {
      if (this.#status === this.#isTold || this.#stopped) return undefined;
      this.#isTold = this.#status;
      return [`STATUS=${this.#status}`];
    });
  }

  stopping(): void {
    if (this.#stopped) return;
    this.#send('STOPPING=1', 'STATUS=stopping');
    this.#stopped = true;
    this.#cancelWatchdog?.();
  }

  /** Twice in the time after which the manager ends a process that it does not hear. */
  #keepAlive(): void {
    const { watchdogMs, clock } = this.#options;
    if (watchdogMs === undefined || this.#stopped) return;
    this.#cancelWatchdog = clock.after(watchdogMs / 2, () => {
      this.#isAlive = true;
      this.#after(() => {
        const isNews = this.#isAlive;
        this.#isAlive = false;
        return isNews ? ['WATCHDOG=1'] : undefined;
      });
      this.#keepAlive();
    });
  }

  #send(...assignments: string[]): void {
    if (!this.#stopped) this.#after(() => assignments);
  }

  /** In the order of the calls; `assignments` are asked for when it is their turn. */
  #after(assignments: () => string[] | undefined): void {
    if (this.#options.socket === '') return;
    this.#last = this.#last.then(async () => {
      const libc = await this.#libc;
      const lines = assignments();
      if (!lines || (libc && sendDatagram(libc, this.#options.socket, lines.join('\n')))) return;
      await this.#notify(lines);
    });
  }

  #notify(lines: string[]): Promise<void> {
    return new Promise((resolve) => {
      const child = spawn('systemd-notify', lines, {
        env: { ...process.env, NOTIFY_SOCKET: this.#options.socket },
        stdio: ['ignore', 'ignore', 'pipe'],
        timeout: sendTimeoutMs,
      });
      let said = '';
      child.stderr.on('data', (piece: Buffer) => {
        said += piece;
      });
      child.once('error', ({ message }) => {
        this.#failed(message);
        resolve();
      });
      child.once('close', (code, signal) => {
        if (code !== 0) this.#failed(said.trim() || `systemd-notify ended with ${signal ?? `code ${code}`}`);
        resolve();
      });
    });
  }

  /** Said once: what follows fails for the same reason. */
  #failed(reason: string): void {
    if (!this.#hasFailed) this.#options.logger.warn('the service manager cannot be told', { reason });
    this.#hasFailed = true;
  }
}

const familyUnix = 1;
/** A datagram socket that programs which are started do not inherit. */
const datagramCloseOnExec = 0o2000002;
/** Neither waits for a receiver nor ends the process where there is none. */
const sendFlags = 0x40 | 0x4000;
const pathBytesMax = 107;

/** False when it was not sent, for whatever reason. `name` is a path or, with "@", a name in no file system: unix(7). */
function sendDatagram(libc: Libc, name: string, text: string): boolean {
  const path = Buffer.from(name.replace(/^@/, '\0'));
  if (path.byteLength > pathBytesMax) return false;
  const fd = libc.socket(familyUnix, datagramCloseOnExec, 0);
  if (fd < 0) return false;
  const address = Buffer.concat([Uint8Array.of(familyUnix, 0), path]);
  const message = Buffer.from(text);
  try {
    return libc.sendto(fd, message, message.byteLength, sendFlags, address, address.byteLength) >= 0;
  } finally {
    libc.close(fd);
  }
}

/**
 * The service manager of this process. Its variables leave `environment`: they are not meant for the programs that checks
 * and watches run.
 */
export function takeSupervisor(
  environment: Environment,
  pid: number,
  parts: Pick<SupervisorOptions, 'clock' | 'logger'>,
): Supervisor {
  const { NOTIFY_SOCKET: socket = '', WATCHDOG_USEC: usec, WATCHDOG_PID: whom } = environment;
  for (const name of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID']) delete environment[name];
  const isForUs = whom === undefined || Number(whom) === pid;
  const watchdogMs = isForUs && Number(usec) > 0 ? Number(usec) / 1_000 : undefined;
  return new Supervisor({ socket, watchdogMs, ...parts });
}
