import { expect, test } from 'vitest';
import { type ProbeResult, passing } from '../../../sidecar/checks/probe.ts';
import { Schedule } from '../../../sidecar/checks/schedule.ts';
import { FakeClock } from '../fake-clock.ts';

/** A schedule of 10 s with a timeout of 4 s, first run after 3 s, and what it did at which second. */
function aSchedule(run: (signal: AbortSignal, clock: FakeClock) => Promise<ProbeResult>) {
  const clock = new FakeClock(0);
  const seen: string[] = [];
  const say = (what: string) => seen.push(`${clock.nowMs() / 1000}s ${what}`);
  const schedule = new Schedule({
    clock,
    wait: (delayMs, action) => clock.after(delayMs, action),
    firstDelayMs: 3000,
    intervalMs: 10_000,
    timeoutMs: 4000,
    run(signal) {
      say('run');
      signal.addEventListener('abort', () => say('abort'));
      return run(signal, clock);
    },
    onResult: ({ Status, Output }) => say(`${Status} ${Output}`.trim()),
  });
  return { clock, schedule, seen };
}

const after = (clock: FakeClock, ms: number) => new Promise<void>((done) => clock.after(ms, done));
const whenAborted = (signal: AbortSignal) => new Promise((done) => signal.addEventListener('abort', done));

test('the first run is after the first delay, each other an interval after the end of the last', async () => {
  const { clock, seen } = aSchedule(async (_signal, clock) => {
    await after(clock, 1000);
    return passing('ok');
  });
  await clock.advanceAsync(26_000);
  expect(seen).toEqual(['3s run', '4s passing ok', '14s run', '15s passing ok', '25s run', '26s passing ok']);
});

test('a run that takes too long is aborted, and its last words are the result', async () => {
  const { clock, seen } = aSchedule(async (signal) => {
    await whenAborted(signal);
    throw new Error('i/o timeout');
  });
  await clock.advanceAsync(17_000);
  expect(seen).toEqual(['3s run', '7s abort', '7s critical i/o timeout', '17s run']);
});

test('a run that ends in time is not aborted', async () => {
  const { clock, seen } = aSchedule(async (_signal, clock) => {
    await after(clock, 3999);
    return passing('');
  });
  await clock.advanceAsync(12_000);
  expect(seen).toEqual(['3s run', '6.999s passing']);
});

test('the next wait begins when the run has left nothing behind', async () => {
  const { clock, seen } = aSchedule(async (_signal, clock) => ({
    ...passing(''),
    gone: after(clock, 20_000),
  }));
  await clock.advanceAsync(33_000);
  expect(seen).toEqual(['3s run', '3s passing', '33s run', '33s passing']);
});

test('stopped while waiting, it never runs and leaves no timer', async () => {
  const { clock, schedule, seen } = aSchedule(async () => passing(''));
  schedule.stop();
  await clock.advanceAsync(60_000);
  expect([seen, clock.pending]).toEqual([[], 0]);
});

test('stopped while running, it aborts the run, has no result and leaves no timer', async () => {
  const { clock, schedule, seen } = aSchedule(async (signal) => {
    await whenAborted(signal);
    return passing('too late');
  });
  await clock.advanceAsync(4000);
  schedule.stop();
  await clock.advanceAsync(60_000);
  expect([seen, clock.pending]).toEqual([['3s run', '4s abort'], 0]);
});

test('stopped by its own result, it does not run again', async () => {
  const { clock, schedule, seen } = aSchedule(async () => ({
    Status: 'passing',
    get Output() {
      schedule.stop();
      return 'last';
    },
  }));
  await clock.advanceAsync(60_000);
  expect([seen, clock.pending]).toEqual([['3s run', '3s passing last'], 0]);
});
