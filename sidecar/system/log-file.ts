/**
 * The log in a file of its own, which is renamed and begun anew when it is large or old enough: `log_file` and
 * `log_rotate_*`. Names are Consul's, so that what collects its logs finds these: `consul.log` in a directory, and
 * `<name>-<ns since 1970>.log` for the old ones. Unlike Consul's it is appended to after a restart, for what was said last
 * before a crash is what one wants to read.
 *
 * Source: https://developer.hashicorp.com/consul/docs/reference/agent/configuration-file/log.
 */
import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import type { Clock } from './clock.ts';

export interface LogFileOptions {
  /** A file, or a directory ending in "/". */
  path: string;
  /** 0: no limit. The line that passes it is the last in its file. */
  rotateBytes: number;
  rotateMs: number;
  /** 0: all old files are kept; below: none. */
  filesMax: number;
  clock: Clock;
  /** It cannot be written. Said once until it can. */
  failed(reason: string): void;
}

const nameInDirectory = 'consul.log';
const nanosecondsPerMs = 1_000_000n;

export class LogFile {
  readonly #options: LogFileOptions;
  readonly #path: string;
  #fd = -1;
  #bytes = 0;
  #begunAtMs = 0;
  #hasFailed = false;

  /** @throws when it cannot be opened. */
  constructor(options: LogFileOptions) {
    this.#options = options;
    this.#path = options.path.endsWith('/') ? join(options.path, nameInDirectory) : options.path;
    try {
      this.#open();
    } catch (error) {
      throw new Error(`the log file cannot be opened (log_file): ${(error as Error).message}`);
    }
  }

  /** Never throws: a log that cannot be kept is no reason to end. Without a new file the old one goes on. */
  write(line: string): void {
    const rotated = this.#try(() => {
      if (this.#isDue()) this.#rotate();
    });
    const written = this.#try(() => {
      this.#bytes += writeSync(this.#fd, `${line}\n`);
    });
    if (rotated && written) this.#hasFailed = false;
  }

  #try(act: () => void): boolean {
    try {
      act();
      return true;
    } catch (error) {
      if (!this.#hasFailed) this.#options.failed((error as Error).message);
      this.#hasFailed = true;
      return false;
    }
  }

  #isDue(): boolean {
    const { rotateBytes, rotateMs, clock } = this.#options;
    if (rotateBytes > 0 && this.#bytes >= rotateBytes) return true;
    return clock.nowMs() - this.#begunAtMs >= rotateMs;
  }

  #open(): void {
    this.#fd = openSync(this.#path, 'a', 0o640);
    const { size, birthtimeMs } = fstatSync(this.#fd);
    this.#bytes = size;
    this.#begunAtMs = size > 0 && birthtimeMs > 0 ? birthtimeMs : this.#options.clock.nowMs();
  }

  #rotate(): void {
    if (existsSync(this.#path)) renameSync(this.#path, this.#nameOfOld());
    const old = this.#fd;
    this.#open();
    closeSync(old);
    this.#prune();
  }

  #nameOfOld(): string {
    const { start, end } = this.#pattern;
    let ns = BigInt(Math.floor(this.#options.clock.nowMs())) * nanosecondsPerMs;
    while (existsSync(join(dirname(this.#path), `${start}${ns}${end}`))) ns += 1n;
    return join(dirname(this.#path), `${start}${ns}${end}`);
  }

  #prune(): void {
    const { filesMax } = this.#options;
    if (filesMax === 0) return;
    const { start, end } = this.#pattern;
    const isOld = (name: string) =>
      name.startsWith(start) && name.endsWith(end) && /^\d+$/.test(name.slice(start.length, -end.length));
    const old = readdirSync(dirname(this.#path)).filter(isOld).sort();
    for (const name of old.slice(0, Math.max(0, old.length - Math.max(0, filesMax))))
      rmSync(join(dirname(this.#path), name), { force: true });
  }

  /** What stands before and behind the time in the names of old files. */
  get #pattern(): { start: string; end: string } {
    const end = extname(this.#path) || '.log';
    return { start: `${basename(this.#path, end)}-`, end };
  }
}
