/** What `rollcall debug` captures of an agent, as files of one directory. */
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { formatDuration } from '../../src/shared/duration.ts';
import type { Clock } from '../system/clock.ts';
import type { ApiClient } from './api-client.ts';

export type Capture = 'metrics' | 'logs' | 'pprof' | 'host' | 'agent' | 'members';

export interface DebugCaptureOptions {
  api: ApiClient;
  /** The directory, which is there. */
  output: string;
  targets: Capture[];
  intervalMs: number;
  durationMs: number;
  clock: Clock;
  say(text: string): void;
  warn(text: string): void;
}

/** Of the layout, which is Consul's. */
const layoutVersion = 1;
/** So that the last interval ends within the duration. */
const graceMs = 2_000;

const statics: [Capture, path: string][] = [
  ['host', '/v1/agent/host'],
  ['agent', '/v1/agent/self'],
  ['members', '/v1/agent/members'],
];

export class DebugCapture {
  readonly #options: DebugCaptureOptions;

  constructor(options: DebugCaptureOptions) {
    this.#options = options;
  }

  /** What cannot be captured is told, and the rest is. Ends early, with what there is, when `signal` aborts. */
  async run(agentVersion: string, signal: AbortSignal): Promise<void> {
    const { targets, intervalMs, durationMs, warn } = this.#options;
    for (const [target, path] of statics)
      if (targets.includes(target))
        await this.#try(`Static capture failed: ${target}`, () => this.#document(target, path));
    if (targets.some((target) => ['metrics', 'logs', 'pprof'].includes(target))) {
      const failing = 'Error encountered during collection';
      await Promise.all([
        this.#try(failing, () => this.#intervals(signal)),
        this.#try(failing, () => this.#longRunning(signal)),
      ]);
      if (signal.aborted) warn(`${failing}: stopping collection due to shutdown signal`);
    }
    this.#write('index.json', {
      Version: layoutVersion,
      AgentVersion: agentVersion,
      Interval: formatDuration(intervalMs),
      Duration: formatDuration(durationMs + graceMs),
      Targets: targets,
    });
  }

  async #try(failing: string, capture: () => Promise<unknown>): Promise<void> {
    try {
      await capture();
    } catch (error) {
      this.#options.warn(`${failing}: ${(error as Error).message}`);
    }
  }

  async #document(target: Capture, path: string): Promise<void> {
    this.#write(`${target}.json`, await this.#options.api.get<unknown>(path));
  }

  /** The heap of each interval in a directory of its own. */
  async #intervals(signal: AbortSignal): Promise<void> {
    const { clock, intervalMs, durationMs, targets, say } = this.#options;
    const endMs = clock.monotonicMs() + durationMs;
    say(`Beginning capture interval ${goTime(clock.nowMs())} (0)`);
    for (let count = 0; clock.monotonicMs() < endMs && !signal.aborted; count += 1) {
      const lengthMs = Math.min(intervalMs, endMs - clock.monotonicMs());
      await Promise.all([
        this.#wait(lengthMs, signal),
        ...(targets.includes('pprof') ? [this.#heap(lengthMs, signal)] : []),
      ]);
      if (!signal.aborted) say(`Capture successful ${goTime(clock.nowMs())} (${count})`);
    }
  }

  async #heap(lengthMs: number, signal: AbortSignal): Promise<void> {
    const name = `${new Date(this.#options.clock.nowMs()).toISOString().slice(0, 19).replaceAll(':', '-')}Z`;
    mkdirSync(join(this.#options.output, name), { recursive: true, mode: 0o700 });
    const seconds = lengthMs / 1_000;
    await this.#stream(`/debug/pprof/allocs?seconds=${seconds}`, join(name, 'heap.heapprofile'), signal);
  }

  async #longRunning(signal: AbortSignal): Promise<void> {
    const { targets, durationMs, clock } = this.#options;
    const over = new AbortController();
    const end = () => over.abort();
    signal.addEventListener('abort', end);
    const cancel = clock.after(durationMs + graceMs, end);
    const until = (target: Capture, path: string, file: string, stop: AbortSignal) =>
      targets.includes(target) ? [this.#stream(path, file, stop)] : [];
    // Whatever fails, what else is captured goes on to the end.
    const results = await Promise.allSettled([
      ...until('pprof', `/debug/pprof/profile?seconds=${durationMs / 1_000}`, 'profile.cpuprofile', signal),
      ...until('logs', '/v1/agent/monitor?loglevel=TRACE', 'consul.log', over.signal),
      ...until('metrics', '/v1/agent/metrics/stream', 'metrics.json', over.signal),
    ]);
    cancel();
    const failed = results.find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
  }

  /** Until it ends, or `signal` ends it. @throws when it is refused. */
  async #stream(path: string, file: string, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    try {
      const answer = await this.#options.api.open('GET', path, { timeoutMs: 0, signal });
      if (answer.statusCode !== 200)
        throw new Error(
          `${file}: Unexpected response code: ${answer.statusCode} (${(await textOf(answer)).trim()})`,
        );
      await this.#save(answer, file);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  #save(from: Readable, file: string): Promise<void> {
    return pipeline(from, createWriteStream(join(this.#options.output, file), { mode: 0o600 }));
  }

  #write(file: string, content: unknown): void {
    writeFileSync(join(this.#options.output, file), JSON.stringify(content, null, '\t'), { mode: 0o600 });
  }

  #wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(ms, resolve);
      signal.addEventListener('abort', () => {
        cancel();
        resolve();
      });
    });
  }
}

/** As Go prints a time of UTC. */
const goTime = (nowMs: number) => new Date(nowMs).toISOString().replace('T', ' ').replace('Z', ' +0000 UTC');
