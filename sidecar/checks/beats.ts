import type { Clock } from '../system/clock.ts';

interface Beat {
  actions: Set<() => void>;
  cancel(): void;
}

/** How long a beat is for waits of about `intervalMs`: between 1/100 and 1/1000 of them, a power of ten. */
export const beatMsOf = (intervalMs: number) => 10 ** Math.max(0, Math.floor(Math.log10(intervalMs)) - 2);

/**
 * Waits that end together, on the beats of one measure: the runs of a thousand checks then wake the process ten times a
 * second instead of a hundred times, and most of what a run costs is the waking. A wait is off by half a beat at most, in
 * either direction, so one that begins a moment after a beat ends on a beat again and the checks stay together.
 */
export class Beats {
  readonly #clock: Clock;
  /** By the time of the clock at which they fall. */
  readonly #beats = new Map<number, Beat>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Runs `action` once, after `delayMs` rounded to a beat; the result cancels it. */
  after(delayMs: number, beatMs: number, action: () => void): () => void {
    const dueAtMs = Math.round((this.#clock.monotonicMs() + delayMs) / beatMs) * beatMs;
    const beat = this.#beats.get(dueAtMs) ?? this.#begin(dueAtMs);
    beat.actions.add(action);
    return () => {
      if (!beat.actions.delete(action) || beat.actions.size > 0) return;
      beat.cancel();
      this.#beats.delete(dueAtMs);
    };
  }

  #begin(dueAtMs: number): Beat {
    const actions = new Set<() => void>();
    const cancel = this.#clock.after(Math.max(0, dueAtMs - this.#clock.monotonicMs()), () => {
      this.#beats.delete(dueAtMs);
      // One that is cancelled by another of the same beat does not run.
      for (const action of actions) {
        actions.delete(action);
        action();
      }
    });
    const beat = { actions, cancel };
    this.#beats.set(dueAtMs, beat);
    return beat;
  }
}
