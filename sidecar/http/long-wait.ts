/**
 * A blocking query may wait ten minutes here though the edge holds none for more than one: when it returns with nothing
 * new, it is asked again, and the client sees one long wait.
 */
import { edgeWaitMsMax } from '../../src/shared/limits.ts';
import type { Index } from '../../src/shared/model.ts';
import { jitteredWaitMs } from '../../src/shared/read/query-options.ts';
import type { Clock } from '../system/clock.ts';
import type { Random } from '../system/random.ts';

export interface LongWait {
  Index: Index;
  WaitMs: number;
  clock: Clock;
  random: Random;
  signal: AbortSignal;
}

/** Asks until the index has passed the one that is waited for, the time is over, or the client has gone. */
export async function askUntilChanged<Answer>(
  { Index, WaitMs, clock, random, signal }: LongWait,
  ask: (waitMs: number) => Promise<Answer>,
  indexOf: (answer: Answer) => Index,
): Promise<Answer> {
  const deadlineMs = clock.monotonicMs() + jitteredWaitMs(WaitMs, random());
  for (;;) {
    const remainingMs = Math.max(1, deadlineMs - clock.monotonicMs());
    const answer = await ask(Math.min(remainingMs, edgeWaitMsMax));
    if (indexOf(answer) > Index || clock.monotonicMs() >= deadlineMs || signal.aborted) return answer;
  }
}
