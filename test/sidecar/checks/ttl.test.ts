import { expect, test } from 'vitest';
import { aHost, fresh, ttl } from './checks-host.ts';

test('a TTL check that nobody updates expires, once', () => {
  const { checks, clock, reports } = aHost();
  checks.start(ttl(), fresh);
  clock.advance(9999);
  expect(reports).toEqual([]);
  clock.advance(100_000);
  expect(reports).toEqual([{ CheckID: 'c1', Status: 'critical', Output: 'TTL expired' }]);
});

test('an update is reported and keeps the check alive for another TTL; expired, it says the last output', () => {
  const { checks, clock, shown } = aHost();
  checks.start(ttl(), fresh);
  clock.advance(9999);
  checks.setTtl('c1', 'warning', 'slow');
  clock.advance(9999);
  expect(shown()).toEqual(['warning slow']);
  clock.advance(1);
  expect(shown().at(-1)).toBe('critical TTL expired (last output before timeout follows): slow');
  checks.setTtl('c1', 'passing', '');
  clock.advance(10_000);
  expect(shown().slice(2)).toEqual(['passing', 'critical TTL expired']);
});

test.each([
  [undefined, undefined, 4096],
  [undefined, 5000, 4096],
  [undefined, 10, 10],
  [8192, undefined, 8192],
  [8192, 5000, 5000],
  [100, 5000, 100],
])('agent limit %s and OutputMaxSize %s keep %d bytes of a note', (outputBytesMax, OutputMaxSize, kept) => {
  const { checks, shown } = aHost({ settings: outputBytesMax ? { outputBytesMax } : {} });
  checks.start({ ...ttl(), ...(OutputMaxSize ? { OutputMaxSize } : {}) }, fresh);
  checks.setTtl('c1', 'passing', 'x'.repeat(kept));
  checks.setTtl('c1', 'passing', 'x'.repeat(kept + 1));
  const cut = `passing ${'x'.repeat(kept)} ... (captured ${kept} of ${kept + 1} bytes)`;
  expect(shown()).toEqual([`passing ${'x'.repeat(kept)}`, cut]);
});

test('a TTL check goes on after a restart with the time and the output it had', () => {
  const { checks, clock } = aHost();
  checks.start(ttl(), fresh);
  checks.setTtl('c1', 'passing', 'fine');
  clock.advance(4000);
  const remainingMs = checks.ttlExpiresAtMs('c1')! - clock.nowMs();
  expect(remainingMs).toBe(6000);

  const restarted = aHost();
  restarted.checks.start(ttl(), { Status: 'passing', Output: 'fine' }, remainingMs);
  restarted.clock.advance(5999);
  expect(restarted.reports).toEqual([]);
  restarted.clock.advance(1);
  expect(restarted.shown()).toEqual(['critical TTL expired (last output before timeout follows): fine']);
});

test('a TTL that ran out while nobody looked expires at once', () => {
  const { checks, clock, shown } = aHost();
  checks.start(ttl(), { Status: 'passing', Output: '' }, -5000);
  clock.advance(0);
  expect(shown()).toEqual(['critical TTL expired']);
});

test('a jump of the host clock neither expires a TTL check nor keeps it alive', () => {
  const { checks, clock, shown } = aHost();
  checks.start(ttl(), fresh);
  clock.jump(3_600_000);
  clock.advance(9999);
  expect(shown()).toEqual([]);
  clock.jump(-7_200_000);
  clock.advance(1);
  expect(shown()).toEqual(['critical TTL expired']);
});

test('output that is to be discarded is shown to nobody, from the next word on', () => {
  const settings = { discardOutput: false };
  const { checks, clock, shown } = aHost({ settings });
  checks.start(ttl(), fresh);
  checks.setTtl('c1', 'passing', 'note');
  settings.discardOutput = true;
  checks.setTtl('c1', 'warning', 'note');
  clock.advance(10_000);
  expect(shown()).toEqual(['passing note', 'warning', 'critical']);
});
