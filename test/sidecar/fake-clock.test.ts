import { expect, test } from 'vitest';
import { FakeClock } from './fake-clock.ts';

test('timers run in order of their due time, each at its own instant', () => {
  const clock = new FakeClock(1000);
  const seen: [string, number][] = [];
  clock.after(30, () => seen.push(['late', clock.nowMs()]));
  clock.after(10, () => {
    seen.push(['early', clock.nowMs()]);
    clock.after(10, () => seen.push(['made on the way', clock.nowMs()]));
  });
  clock.after(10, () => seen.push(['early too', clock.nowMs()]));
  clock.advance(29);
  expect(seen).toEqual([
    ['early', 1010],
    ['early too', 1010],
    ['made on the way', 1020],
  ]);
  expect([clock.nowMs(), clock.pending]).toEqual([1029, 1]);
  clock.advance(1);
  expect(seen.at(-1)).toEqual(['late', 1030]);
});

test('a cancelled timer never runs', () => {
  const clock = new FakeClock();
  const cancel = clock.after(10, () => expect.unreachable());
  cancel();
  clock.advance(10);
  expect(clock.pending).toBe(0);
});

test('advanceAsync lets promises settle between timers', async () => {
  const clock = new FakeClock();
  const seen: string[] = [];
  clock.after(1, () => void Promise.resolve().then(() => seen.push('promise of the first')));
  clock.after(2, () => seen.push('second'));
  await clock.advanceAsync(2);
  expect(seen).toEqual(['promise of the first', 'second']);
});

test('a jump of the host clock moves neither timers nor the monotonic clock', () => {
  const clock = new FakeClock(0);
  clock.after(10, () => {});
  clock.jump(1_000_000);
  expect([clock.nowMs(), clock.monotonicMs(), clock.pending]).toEqual([1_000_000, 0, 1]);
});
