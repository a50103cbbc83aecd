/**
 * Profiles of this process, in the formats of V8, which the developer tools of Chrome and VS Code open. Made with the inspector
 * inside the process: no port is opened.
 */
import type { Session } from 'node:inspector/promises';
import type { Readable } from 'node:stream';
import { getHeapSnapshot } from 'node:v8';
import type { Clock } from './clock.ts';

/** Another one of the kind is being made. */
export class ProfilerBusy extends Error {}

/** Bytes between two allocations that are looked at, on average. */
const samplingIntervalBytes = 32_768;

export class Profiler {
  readonly #clock: Clock;
  readonly #running = new Set<string>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Where time went: a `.cpuprofile`. Ends early when `signal` aborts. @throws {ProfilerBusy} */
  cpuProfile(durationMs: number, signal: AbortSignal): Promise<object> {
    return this.#alone('cpu profiling', async (session) => {
      await session.post('Profiler.enable');
      await session.post('Profiler.start');
      await this.#wait(durationMs, signal);
      return (await session.post('Profiler.stop')).profile;
    });
  }

  /** What was allocated in that time and is still there: a `.heapprofile`. @throws {ProfilerBusy} */
  allocations(durationMs: number, signal: AbortSignal): Promise<object> {
    return this.#alone('heap profiling', async (session) => {
      await session.post('HeapProfiler.startSampling', { samplingInterval: samplingIntervalBytes });
      await this.#wait(durationMs, signal);
      return (await session.post('HeapProfiler.stopSampling')).profile;
    });
  }

  /** All that is there: a `.heapsnapshot`. The process does nothing else while it is taken, and needs as much memory again. */
  heapSnapshot(): Readable {
    return getHeapSnapshot();
  }

  async #alone<Result>(kind: string, make: (session: Session) => Promise<Result>): Promise<Result> {
    // Who is never profiled is not to carry the inspector.
    const { Session } = await import('node:inspector/promises');
    if (this.#running.has(kind)) throw new ProfilerBusy(`${kind} already in use`);
    this.#running.add(kind);
    const session = new Session();
    try {
      session.connect();
      return await make(session);
    } finally {
      session.disconnect();
      this.#running.delete(kind);
    }
  }

  #wait(durationMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.after(durationMs, resolve);
      signal.addEventListener('abort', () => {
        cancel();
        resolve();
      });
    });
  }
}
