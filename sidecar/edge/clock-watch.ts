/**
 * Tells when the clock of this host was set back. In workerd time stands still from then on, until the clock is where it was:
 * nobody would be found silent and nothing would expire, so it has to be started again.
 */
import type { Clock } from '../system/clock.ts';

const lookIntervalMs = 5_000;
/** Less is over before anybody would notice. */
const jumpMsMin = 5_000;

/** Calls `wasSetBack` after each jump; the result ends the watch. */
export function watchClock(clock: Clock, wasSetBack: (byMs: number) => void): () => void {
  const offset = () => clock.nowMs() - clock.monotonicMs();
  let offsetMs = offset();
  const look = () => {
    const byMs = offsetMs - offset();
    offsetMs = offset();
    cancel = clock.after(lookIntervalMs, look);
    if (byMs > jumpMsMin) wasSetBack(byMs);
  };
  let cancel = clock.after(lookIntervalMs, look);
  return () => cancel();
}
