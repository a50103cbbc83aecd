import { expect, test } from 'vitest';
import { nextDelayMs } from '../../../sidecar/sync/back-off.ts';

const tries = [1, 2, 3, 4, 5, 6, 7, 8, 100, Number.POSITIVE_INFINITY];

test.each([
  [1, 'shortest', 0, [125, 250, 500, 1000, 2000, 4000, 7500, 7500, 7500, 7500]],
  [1, 'longest', 1, [250, 500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000, 15_000]],
  [3000, 'shortest', 0, [125, 3000, 6000, 7500, 7500, 7500, 7500, 7500, 7500, 7500]],
  [3000, 'longest', 1, [3000, 6000, 12_000, 15_000, 15_000, 15_000, 15_000, 15_000, 15_000, 15_000]],
])('with %d nodes the %s waits double up to 15 s', (nodes, _what, random, delays) => {
  expect(tries.map((count) => nextDelayMs(count, () => random, nodes))).toEqual(delays);
});

test.each([
  [0, 250],
  [250, 250],
  [251, 251],
  [6000, 6000],
  [6001, 6000],
  [100_000, 6000],
])('of %d nodes all have tried once after %d ms', (nodes, lastMs) => {
  expect(nextDelayMs(1, () => 1, nodes)).toBe(lastMs);
});
