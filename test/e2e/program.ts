/**
 * A process of a system under test: in a group of its own, as a terminal would start it, with all that it says in a file.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { until } from './until.ts';

export interface ProgramOptions {
  command: string;
  args: string[];
  logPath: string;
  env?: Record<string, string>;
  cwd?: string;
}

export interface Ending {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** Of the kernel's clock as programs see it. */
const ticksPerS = 100;
const stopTimeoutMs = 10_000;

export class Program {
  readonly logPath: string;
  readonly ended: Promise<Ending>;
  readonly #child: ChildProcess;

  constructor({ command, args, logPath, env, cwd }: ProgramOptions) {
    this.logPath = logPath;
    const log = openSync(logPath, 'a');
    this.#child = spawn(command, args, {
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...process.env, ...env },
      ...(cwd ? { cwd } : {}),
    });
    closeSync(log);
    this.ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('exit', (code, signal) => resolve({ code, signal }));
    });
    this.ended.catch(() => undefined);
  }

  get pid(): number {
    return this.#child.pid!;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** All that was said so far on either stream. */
  get log(): string {
    return readFileSync(this.logPath, 'utf8');
  }

  /** Processor time used so far. */
  get cpuS(): number {
    const stat = readFileSync(`/proc/${this.pid}/stat`, 'utf8');
    // The name in parentheses may hold anything; user and system time are the 12th and 13th field after it.
    const [user, system] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13)
      .map(Number);
    return (user! + system!) / ticksPerS;
  }

  /** `text` has been said `times` times. @throws at once if the program ends instead. */
  async says(text: string | RegExp, times = 1, timeoutMs = 20_000): Promise<void> {
    await Promise.race([
      until(`${text} in ${this.logPath}`, () => this.#count(text) >= times || this.#hasEnded(), timeoutMs),
      this.ended,
    ]);
    if (this.#count(text) < times) throw new Error(`it ended without ${text}: ${this.log}`);
  }

  signal(signal: NodeJS.Signals): void {
    if (this.running) process.kill(this.pid, signal);
  }

  /** As the terminal does on Ctrl-C. */
  signalGroup(signal: NodeJS.Signals): void {
    if (this.running) process.kill(-this.pid, signal);
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.ended;
  }

  /** Asked to end; @throws if it does not. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ending> {
    // One that is frozen hears nothing.
    this.signal('SIGCONT');
    this.signal(signal);
    const late = Symbol('late');
    let cancel: NodeJS.Timeout | undefined;
    const timeout = new Promise<typeof late>((resolve) => {
      cancel = setTimeout(() => resolve(late), stopTimeoutMs);
    });
    const ending = await Promise.race([this.ended, timeout]);
    clearTimeout(cancel);
    if (ending !== late) return ending;
    await this.kill();
    throw new Error(`it did not end within ${stopTimeoutMs} ms of ${signal}: ${this.log}`);
  }

  #hasEnded(): boolean {
    return !this.running;
  }

  #count(text: string | RegExp): number {
    return this.log.split(text).length - 1;
  }
}
