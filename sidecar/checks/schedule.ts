import type { Clock } from '../system/clock.ts';
import { critical, type ProbeResult } from './probe.ts';

interface ScheduleOptions {
  clock: Clock;
  /** Between runs; it may end a little earlier or later, together with those of other schedules. */
  wait(delayMs: number, action: () => void): () => void;
  /** Spreads the first runs of many checks that start together over their interval. */
  firstDelayMs: number;
  intervalMs: number;
  timeoutMs: number;
  run(signal: AbortSignal): Promise<ProbeResult>;
  onResult(result: ProbeResult): void;
}

/**
 * The loop that every check but TTL is run by: wait, run, hand over the result, wait again. Runs never overlap, for the
 * next wait begins when the run has left nothing behind, as in Consul. A run that takes too long is aborted. After
 * {@link stop} there is no result any more, not even that of a run under way.
 */
export class Schedule {
  readonly #options: ScheduleOptions;
  #cancelWait: () => void;
  #run: AbortController | undefined;
  #stopped = false;

  constructor(options: ScheduleOptions) {
    this.#options = options;
    this.#cancelWait = options.wait(options.firstDelayMs, () => void this.#runOnce());
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelWait();
    this.#run?.abort();
  }

  async #runOnce(): Promise<void> {
    const { wait, intervalMs, onResult } = this.#options;
    const result = await this.#result();
    if (this.#stopped) return;
    onResult(result);
    await result.gone;
    if (!this.#stopped) this.#cancelWait = wait(intervalMs, () => void this.#runOnce());
  }

  async #result(): Promise<ProbeResult> {
    const { clock, timeoutMs, run } = this.#options;
    const abort = new AbortController();
    this.#run = abort;
    const cancelTimeout = clock.after(timeoutMs, () => abort.abort());
    try {
      return await run(abort.signal);
    } catch (error) {
      return critical(error instanceof Error ? error.message : String(error));
    } finally {
      cancelTimeout();
      this.#run = undefined;
    }
  }
}
