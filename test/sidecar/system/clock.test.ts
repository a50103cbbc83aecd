import { afterEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../../sidecar/system/clock.ts';

afterEach(() => void vi.useRealTimers());

/** The longest wait of one timer of the platform. */
const timerMsMax = 2 ** 31 - 1;

test.each([1, timerMsMax, timerMsMax + 1, 3 * timerMsMax])(
  'a timer of %d ms fires then and not before',
  (delayMs) => {
    vi.useFakeTimers();
    let fired = 0;
    systemClock.after(delayMs, () => fired++);
    vi.advanceTimersByTime(delayMs - 1);
    expect(fired).toBe(0);
    vi.advanceTimersByTime(1);
    expect(fired).toBe(1);
  },
);

test('a cancelled timer does not fire, not even in its second part', () => {
  vi.useFakeTimers();
  const cancel = systemClock.after(timerMsMax + 10, () => expect.unreachable());
  vi.advanceTimersByTime(timerMsMax + 5);
  cancel();
  vi.advanceTimersByTime(10);
  expect(vi.getTimerCount()).toBe(0);
});
