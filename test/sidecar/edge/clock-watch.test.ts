import { expect, test } from 'vitest';
import { watchClock } from '../../../sidecar/edge/clock-watch.ts';
import { FakeClock } from '../fake-clock.ts';

test('a clock that is set back is noticed within seconds, once; all else is nothing', () => {
  const clock = new FakeClock();
  const jumps: number[] = [];
  const stop = watchClock(clock, (byMs) => jumps.push(byMs));
  const after = (jumpMs: number) => {
    clock.jump(jumpMs);
    clock.advance(5_000);
    return jumps.splice(0);
  };
  expect(after(0)).toEqual([]);
  expect(after(-3_600_000)).toEqual([3_600_000]);
  expect(after(0)).toEqual([]);
  expect(after(3_600_000)).toEqual([]);
  expect(after(-5_000)).toEqual([]);
  expect(after(-5_001)).toEqual([5_001]);
  stop();
  expect(after(-3_600_000)).toEqual([]);
  expect(clock.pending).toBe(0);
});
