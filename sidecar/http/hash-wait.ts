/**
 * Blocking by content: a client names the hash of what it has, and is answered when that is no longer what there is.
 *
 * Source: https://developer.hashicorp.com/consul/api-docs/features/blocking#hash-based-blocking-queries.
 */
import type { ChangeSignal } from '../local/change-signal.ts';
import type { Clock } from '../system/clock.ts';

export interface HashWait {
  hash: string;
  waitMs: number;
  changes: ChangeSignal;
  clock: Clock;
  signal: AbortSignal;
}

/** Resolves once `hashNow()` differs, the wait is over, or the client has gone. */
export function untilHashDiffers(
  { hash, waitMs, changes, clock, signal }: HashWait,
  hashNow: () => string,
): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      stop();
      cancelTimer();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const look = () => {
      if (signal.aborted || hashNow() !== hash) end();
    };
    const stop = changes.listen(look);
    const cancelTimer = clock.after(waitMs, end);
    signal.addEventListener('abort', end);
    look();
  });
}
