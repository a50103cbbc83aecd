/**
 * What the clock does to a check: when it evicts its service, and when it expires for want of word from its owner. Kept
 * beside the check, never shown, and changed without raising an index.
 *
 * A check with a TTL lives at least that long after each word and at most half as long again: so a word that says nothing
 * new writes a row only when the deadline on disk has come too near, which is at most twice in a TTL.
 */
export interface CheckTimes {
  DeregisterAfterMs: number | null;
  CriticalSinceMs: number | null;
  TTLMs: number | null;
  ExpiresAtMs: number | null;
}

/** What a write says about the times. 0 takes away what was set before, undefined leaves it. */
export interface CheckTerms {
  DeregisterAfterMs?: number | undefined;
  TTLMs?: number | undefined;
}

export const noTimes: CheckTimes = {
  DeregisterAfterMs: null,
  CriticalSinceMs: null,
  TTLMs: null,
  ExpiresAtMs: null,
};

const expiryShareOfTtl = 1.5;

/** The times of a check that is now said to have `status`. */
export function nextTimes(old: CheckTimes, terms: CheckTerms, status: string, nowMs: number): CheckTimes {
  const isCritical = status === 'critical';
  const TTLMs = termOr(terms.TTLMs, old.TTLMs);
  return {
    DeregisterAfterMs: termOr(terms.DeregisterAfterMs, old.DeregisterAfterMs),
    CriticalSinceMs: isCritical ? (old.CriticalSinceMs ?? nowMs) : null,
    TTLMs,
    // What is critical has nothing left to expire.
    ExpiresAtMs: TTLMs === null || isCritical ? null : nextExpiryAtMs(old, TTLMs, nowMs),
  };
}

export const sameTimes = (a: CheckTimes, b: CheckTimes): boolean =>
  a.DeregisterAfterMs === b.DeregisterAfterMs &&
  a.CriticalSinceMs === b.CriticalSinceMs &&
  a.TTLMs === b.TTLMs &&
  a.ExpiresAtMs === b.ExpiresAtMs;

/** When the first of its deadlines comes; undefined if it has none. */
export function dueAtMs(times: CheckTimes): number | undefined {
  const { CriticalSinceMs, DeregisterAfterMs, ExpiresAtMs } = times;
  if (CriticalSinceMs !== null && DeregisterAfterMs !== null) return CriticalSinceMs + DeregisterAfterMs;
  return ExpiresAtMs ?? undefined;
}

const termOr = (said: number | undefined, old: number | null) => (said === undefined ? old : said || null);

function nextExpiryAtMs(old: CheckTimes, ttlMs: number, nowMs: number): number {
  const isFarEnough = old.TTLMs === ttlMs && old.ExpiresAtMs !== null && old.ExpiresAtMs >= nowMs + ttlMs;
  return isFarEnough ? old.ExpiresAtMs! : nowMs + ttlMs * expiryShareOfTtl;
}
