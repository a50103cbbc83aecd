/**
 * Time as a dependency: everything in the sidecar that waits or dates takes a {@link Clock}, so that a test can drive
 * it. Only this file calls `Date.now` and the timer functions of the platform.
 */
export interface Clock {
  /** Milliseconds since 1970, as the host's clock says. May jump. */
  nowMs(): number;
  /** Milliseconds since some start, never backwards: for measuring how long something took. */
  monotonicMs(): number;
  /** Runs `action` once after `delayMs`; the result cancels it. Never keeps the process alive. */
  after(delayMs: number, action: () => void): () => void;
}

/** The longest that a timer of the platform can wait, about 24.8 days; one set for longer fires at once. */
const timerMsMax = 2 ** 31 - 1;

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, action) {
    let timer: NodeJS.Timeout;
    const wait = (leftMs: number) => {
      const next = leftMs > timerMsMax ? () => wait(leftMs - timerMsMax) : action;
      timer = setTimeout(next, Math.min(leftMs, timerMsMax));
      timer.unref();
    };
    wait(delayMs);
    return () => clearTimeout(timer);
  },
};

/** Keeps the process alive until the result is called, while all that is under way are waits of {@link Clock.after}. */
export function keepProcess(): () => void {
  const timer = setInterval(() => undefined, timerMsMax);
  return () => clearInterval(timer);
}
