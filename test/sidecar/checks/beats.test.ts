import { expect, test } from 'vitest';
import { Beats, beatMsOf } from '../../../sidecar/checks/beats.ts';
import { FakeClock } from '../fake-clock.ts';

/** What ran, with the time at which it did. */
function someBeats() {
  const clock = new FakeClock(0);
  const beats = new Beats(clock);
  const ran: string[] = [];
  const after = (delayMs: number, name: string, beatMs = 100) =>
    beats.after(delayMs, beatMs, () => ran.push(`${clock.monotonicMs()} ${name}`));
  return { clock, beats, ran, after };
}

test.each([
  [1_000, 10],
  [9_999, 10],
  [10_000, 100],
  [99_999, 100],
  [100_000, 1_000],
  [86_400_000, 100_000],
  [1, 1],
])('an interval of %d ms has beats of %d ms', (intervalMs, beatMs) => {
  expect(beatMsOf(intervalMs)).toBe(beatMs);
});

test('a wait ends on the beat that is nearest, and all that end there need one timer', () => {
  const { clock, ran, after } = someBeats();
  after(149, 'a');
  after(60, 'b');
  after(150, 'c');
  after(10, 'd');
  expect(clock.pending).toBe(3);
  clock.advance(1_000);
  expect([ran, clock.pending]).toEqual([['0 d', '100 a', '100 b', '200 c'], 0]);
});

test('waits of one length that begin a little after a beat keep the beat', () => {
  const { clock, beats, ran } = someBeats();
  const again = (): void => {
    ran.push(`${clock.monotonicMs()}`);
    clock.after(7, () => beats.after(10_000, 100, again));
  };
  beats.after(10_000, 100, again);
  clock.advance(40_000);
  expect(ran).toEqual(['10000', '20000', '30000', '40000']);
});

test('measures of different lengths meet where both have a beat', () => {
  const { clock, ran, after } = someBeats();
  after(1_004, 'of 10 ms', 10);
  after(990, 'of 100 ms');
  expect(clock.pending).toBe(1);
  clock.advance(1_000);
  expect(ran).toEqual(['1000 of 10 ms', '1000 of 100 ms']);
});

test('one that is cancelled does not run, and the last of a beat takes the timer along', () => {
  const { clock, beats, ran, after } = someBeats();
  const cancelA = after(100, 'a');
  const cancelB = after(100, 'b');
  cancelA();
  cancelA();
  expect(clock.pending).toBe(1);
  cancelB();
  expect(clock.pending).toBe(0);
  beats.after(100, 100, () => cancelC());
  const cancelC = after(100, 'c');
  after(100, 'd');
  clock.advance(100);
  expect([ran, clock.pending]).toEqual([['100 d'], 0]);
});

test('a wait that begins on a beat while it is run waits for another', () => {
  const { clock, beats, ran, after } = someBeats();
  beats.after(100, 100, () => after(0, 'again'));
  clock.advance(100);
  expect(ran).toEqual(['100 again']);
});
