import { expect, test } from 'vitest';
import { firstStreak, nextStatus } from '../../../sidecar/checks/thresholds.ts';
import type { Status } from '../../../src/shared/model.ts';

const words: Record<string, Status> = { p: 'passing', w: 'warning', c: 'critical' };

/** One letter a run: what was found, then what is shown ("-": the old status stays). */
test.each([
  ['none', {}, 'pcwp', 'pcwp'],
  ['the first run counts at once', { SuccessBeforePassing: 3, FailuresBeforeCritical: 3 }, 'c', 'c'],
  ['the first run counts at once', { SuccessBeforePassing: 3, FailuresBeforeCritical: 3 }, 'p', 'p'],
  ['critical at the third failure', { FailuresBeforeCritical: 3 }, 'pcccc', 'p--cc'],
  ['passing at the third success', { SuccessBeforePassing: 3 }, 'cpppp', 'c--pp'],
  ['a success starts the count of failures anew', { FailuresBeforeCritical: 2 }, 'pcpcpcc', 'p-p-p-c'],
  ['a failure starts the count of successes anew', { SuccessBeforePassing: 2 }, 'cpcpp', 'c-c-p'],
  [
    'a flapping target keeps its status',
    { SuccessBeforePassing: 2, FailuresBeforeCritical: 2 },
    'ppcpcpcp',
    'pp------',
  ],
  ['warning counts as a success', { SuccessBeforePassing: 2 }, 'cwpw', 'c-pw'],
  [
    'warning on the way to critical',
    { FailuresBeforeWarning: 2, FailuresBeforeCritical: 4 },
    'pccccc',
    'p-wwcc',
  ],
  [
    'warning at once, critical later',
    { FailuresBeforeWarning: 1, FailuresBeforeCritical: 2 },
    'pccp',
    'pwcp',
  ],
  ['warning and critical together', { FailuresBeforeWarning: 2, FailuresBeforeCritical: 2 }, 'pcc', 'p-c'],
])('%s: %o', (_law, thresholds, found, shown) => {
  let streak = firstStreak;
  const letters = [...found].map((letter) => {
    const next = nextStatus(streak, words[letter]!, thresholds);
    streak = next.streak;
    return next.status?.[0] ?? '-';
  });
  expect(letters.join('')).toBe(shown);
});
