import type { Clock } from '../../sidecar/system/clock.ts';

interface Timer {
  dueAtMs: number;
  action: () => void;
  cancelled: boolean;
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
  /** The next one last. Cancelled ones stay until their turn. */
  readonly #timers: Timer[] = [];
  #pending = 0;

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
    const timer = { dueAtMs: this.#monotonicMs + Math.max(0, delayMs), action, cancelled: false };
    this.#timers.splice(this.#placeOf(timer), 0, timer);
    this.#pending += 1;
    return () => {
      if (!timer.cancelled) this.#pending -= 1;
      timer.cancelled = true;
    };
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
    return this.#pending;
  }

  #next(untilMs: number): Timer | undefined {
    while (this.#timers.at(-1)?.cancelled) this.#timers.pop();
    const next = this.#timers.at(-1);
    return next && next.dueAtMs <= untilMs ? next : undefined;
  }

  /** Before all that are due no later; there may be tens of thousands. */
  #placeOf({ dueAtMs }: Timer): number {
    let [low, high] = [0, this.#timers.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#timers[middle]!.dueAtMs > dueAtMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #run(timer: Timer): void {
    this.#timers.pop();
    this.#pending -= 1;
    // Over: to cancel it now changes nothing.
    timer.cancelled = true;
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
