import { describe, expect, test } from 'vitest';
import { nextIndex, runWatch, type WatchAnswer, type WatchUpdate } from '../../../sidecar/watches/watch.ts';
import { seededRandom } from '../../seeded-random.ts';
import { FakeClock } from '../fake-clock.ts';

const answer = (index: number, value: unknown): WatchAnswer => ({
  status: 200,
  index: String(index),
  body: JSON.stringify(value),
});

/** Runs a watch of all nodes over these answers and failures in turn, and ends it with the last. */
async function watchOver(answers: (WatchAnswer | Error)[], handle = async () => {}) {
  const clock = new FakeClock();
  const controller = new AbortController();
  const asked: string[] = [];
  const retriesMs: number[] = [];
  const updates: WatchUpdate[] = [];
  const left = [...answers];
  const running = runWatch({
    query: { type: 'nodes' },
    read: async (_path, index) => {
      asked.push(index);
      const next = left.shift();
      if (!next) controller.abort();
      if (!next || next instanceof Error) throw next ?? new Error('ended');
      return next;
    },
    clock,
    random: seededRandom(1),
    signal: controller.signal,
    handle: async (update) => {
      updates.push(update);
      await handle();
    },
    failed: (_reason, retryMs) => void retriesMs.push(retryMs),
  });
  while (!controller.signal.aborted) await clock.advanceAsync(1_000);
  await running;
  return { asked, updates, retriesMs, pending: clock.pending };
}

describe('a watch hands on', () => {
  test('the first answer, and each that differs from the one before', async () => {
    const { updates, asked } = await watchOver([answer(5, ['a']), answer(7, ['a', 'b']), answer(9, ['a'])]);
    expect(updates).toEqual([
      { index: '5', value: ['a'] },
      { index: '7', value: ['a', 'b'] },
      { index: '9', value: ['a'] },
    ]);
    expect(asked).toEqual(['', '5', '7', '9']);
  });

  test('nothing when the index alone moved', async () => {
    const { updates, asked } = await watchOver([answer(5, ['a']), answer(6, ['a']), answer(7, ['a'])]);
    expect(updates).toHaveLength(1);
    expect(asked).toEqual(['', '5', '6', '7']);
  });

  test('nothing when the source was away and is back with the same', async () => {
    const away = new Error('away');
    const refused = { status: 500, index: '', body: 'No cluster leader' };
    const { updates, retriesMs, pending } = await watchOver([
      answer(5, ['a']),
      away,
      refused,
      answer(5, ['a']),
    ]);
    expect(updates).toHaveLength(1);
    expect(retriesMs).toHaveLength(2);
    expect(pending).toBe(0);
  });
});

test('pauses grow with the failures in a row, and never are the same for two', async () => {
  const { retriesMs } = await watchOver(Array.from({ length: 12 }, () => new Error('away')));
  for (const [i, ms] of retriesMs.entries()) {
    const ceilingMs = Math.min(15_000, 250 * 2 ** i);
    expect(ms).toBeGreaterThanOrEqual(ceilingMs / 2);
    expect(ms).toBeLessThan(ceilingMs);
  }
});

test('a handler that throws ends the watch', async () => {
  const failing = runWatch({
    query: { type: 'nodes' },
    read: async () => answer(1, []),
    clock: new FakeClock(),
    random: seededRandom(1),
    signal: new AbortController().signal,
    handle: async () => {
      throw new Error('enough');
    },
    failed: () => undefined,
  });
  await expect(failing).rejects.toThrow('enough');
});

test.each([
  ['', '5', '5'],
  ['5', '9', '9'],
  ['9', '5', ''],
  ['5', '', '1'],
  ['5', '0', '1'],
  ['9007199254740993', '9007199254740992', ''],
])('after %j, index %j is asked on with %j', (before, after, next) => {
  expect(nextIndex(before, after)).toBe(next);
});
