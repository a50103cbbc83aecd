import { expect, test } from 'vitest';
import { OutputDelay } from '../../../sidecar/sync/output-delay.ts';

test.each([
  [0, 150_000],
  [0.5, 225_000],
  [1, 300_000],
])('with chance %d an output waits %d ms of an interval of five minutes', (random, delayMs) => {
  const delay = new OutputDelay(300_000, () => random);
  expect([0, 1, delayMs - 1, delayMs].map((nowMs) => delay.isDue('c1', nowMs))).toEqual([
    false,
    false,
    false,
    true,
  ]);
});

test('the next one waits again, and each check for itself', () => {
  const delay = new OutputDelay(1000, () => 0);
  expect([delay.isDue('c1', 0), delay.isDue('c2', 400), delay.isDue('c1', 500)]).toEqual([
    false,
    false,
    true,
  ]);
  expect([delay.isDue('c2', 899), delay.isDue('c2', 900), delay.isDue('c1', 900)]).toEqual([
    false,
    true,
    false,
  ]);
  expect(delay.isDue('c1', 1400)).toBe(true);
});

test('without an interval nothing waits', () => {
  expect(new OutputDelay(0, () => 0.5).isDue('c1', 7)).toBe(true);
});

test('a check that went and came back waits anew', () => {
  const delay = new OutputDelay(1000, () => 0);
  expect([delay.isDue('c1', 0), delay.isDue('c2', 0)]).toEqual([false, false]);
  delay.retain(new Set(['c2']));
  expect([delay.isDue('c1', 500), delay.isDue('c2', 500), delay.isDue('c1', 1000)]).toEqual([
    false,
    true,
    true,
  ]);
});
