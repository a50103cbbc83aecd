import type { CheckDefinition, Status } from '../../src/shared/model.ts';

/** How many runs in a row went the same way: one of the two is 0, except before the first run. */
export interface Streak {
  successes: number;
  failures: number;
}

type Thresholds = Pick<
  CheckDefinition,
  'SuccessBeforePassing' | 'FailuresBeforeWarning' | 'FailuresBeforeCritical'
>;

/** Before the first run, which counts at once whatever it finds: a check that just started has no status to defend. */
export const firstStreak: Streak = { successes: Infinity, failures: Infinity };

/**
 * Weighs the status that a run found against the runs before it. A warning counts as a success, as in Consul. On the
 * way to critical a check may turn warning: after `FailuresBeforeWarning` failures, by default as many as for critical.
 *
 * @returns the streak to weigh the next run with, and the status to show; none if the old one stays.
 */
export function nextStatus(
  streak: Streak,
  found: Status,
  thresholds: Thresholds,
): { streak: Streak; status: Status | undefined } {
  if (found !== 'critical') {
    const next = { successes: streak.successes + 1, failures: 0 };
    return {
      streak: next,
      status: reaches(next.successes, thresholds.SuccessBeforePassing) ? found : undefined,
    };
  }
  const next = { successes: 0, failures: streak.failures + 1 };
  return { streak: next, status: failureStatus(next.failures, thresholds) };
}

function failureStatus(failures: number, thresholds: Thresholds): Status | undefined {
  if (reaches(failures, thresholds.FailuresBeforeCritical)) return 'critical';
  const beforeWarning = thresholds.FailuresBeforeWarning || thresholds.FailuresBeforeCritical;
  return reaches(failures, beforeWarning) ? 'warning' : undefined;
}

const reaches = (count: number, threshold = 0) => count >= threshold;
