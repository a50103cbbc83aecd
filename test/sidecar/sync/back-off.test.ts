import { expect, test } from 'vitest';
import { nextDelayMs } from '../../../sidecar/sync/back-off.ts';

const failures = [1, 2, 3, 4, 5, 6, 7, 8, 100, 5000];

test.each([
  ['shortest', 0, [125, 250, 500, 1000, 2000, 4000, 7500, 7500, 7500, 7500]],
  ['longest', 1, [250, 500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000, 15_000]],
])('the %s waits double up to 15 s', (_what, random, delays) => {
  expect(failures.map((count) => nextDelayMs(count, () => random))).toEqual(delays);
});
