import type { Clock } from '../../sidecar/clock.ts';

interface Timer {
  dueAtMs: number;
  action: () => void;
}

/** Where a fake clock starts unless told: 2026-01-01T00:00:00Z. */
const startAtMs = Date.UTC(2026, 0, 1);

/**
 * A clock that moves only when told. Timers run in order of their due time (then of their making), each at exactly the
 * instant it was due, also those that are made while the clock advances.
 */
export class FakeClock implements Clock {
  #nowMs: number;
  #monotonicMs = 0;
  readonly #timers = new Set<Timer>();

  constructor(nowMs = startAtMs) {
    this.#nowMs = nowMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  after(delayMs: number, action: () => void): () => void {
    const timer = { dueAtMs: this.#monotonicMs + Math.max(0, delayMs), action };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Runs every timer due within `ms`, in order. Promises they settle are not awaited: see {@link advanceAsync}. */
  advance(ms: number): void {
    const untilMs = this.#monotonicMs + ms;
    for (let timer = this.#next(untilMs); timer; timer = this.#next(untilMs)) this.#run(timer);
    this.#move(untilMs);
  }

  /** As {@link advance}, letting the promises that hang on each timer settle before the next one runs. */
  async advanceAsync(ms: number): Promise<void> {
    const untilMs = this.#monotonicMs + ms;
    await settle();
    for (let timer = this.#next(untilMs); timer; timer = this.#next(untilMs)) {
      this.#run(timer);
      await settle();
    }
    this.#move(untilMs);
  }

  /** Moves the host's clock alone, as an administrator or NTP does; timers and {@link monotonicMs} stay. */
  jump(ms: number): void {
    this.#nowMs += ms;
  }

  /** How many timers wait. */
  get pending(): number {
    return this.#timers.size;
  }

  #next(untilMs: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.dueAtMs <= untilMs && (!next || timer.dueAtMs < next.dueAtMs)) next = timer;
    }
    return next;
  }

  #run(timer: Timer): void {
    this.#timers.delete(timer);
    this.#move(timer.dueAtMs);
    timer.action();
  }

  #move(toMs: number): void {
    this.#nowMs += toMs - this.#monotonicMs;
    this.#monotonicMs = toMs;
  }
}

/** One turn of the event loop: every promise that needs no I/O has settled after it. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
