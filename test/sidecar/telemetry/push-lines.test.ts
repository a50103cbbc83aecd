import { expect, test } from 'vitest';
import { Metrics } from '../../../sidecar/telemetry/metrics.ts';
import { type LineFormat, PushLines, sampleValuesMax } from '../../../sidecar/telemetry/push-lines.ts';
import { packLines } from '../../../sidecar/telemetry/push-socket.ts';
import { FakeClock } from '../fake-clock.ts';

const statsd: LineFormat = { kind: 'statsd' };
const dogstatsd: LineFormat = { kind: 'dogstatsd', tags: ['env:test', 'a,b|c'] };

function make(format: LineFormat) {
  const lines = new PushLines(format);
  const options = { clock: new FakeClock(), prefix: 'consul', hostname: 'h1', pushes: [lines] };
  const metrics = new Metrics({ ...options, isKept: (name) => name !== 'consul.held' });
  return { lines, metrics };
}

test.each([
  [
    statsd,
    ['consul.dns.answers.NOERROR:5|c', 'consul.api.http.GET.v1_kv_:1.5|ms', 'consul.h1.sync.live.dc_1:1|g'],
  ],
  [
    dogstatsd,
    [
      'consul.dns.answers:5|c|#env:test,a_b_c,rcode:NOERROR',
      'consul.api.http:1.5|ms|#env:test,a_b_c,method:GET,path:v1_kv_',
      'consul.sync.live:1|g|#env:test,a_b_c,dc:dc:1',
    ],
  ],
])('%j says it in its way', (format, expected) => {
  const { lines, metrics } = make(format);
  metrics.gauge(() => [{ Name: 'sync.live', Value: 1, Labels: { dc: 'dc:1' } }]);
  for (const value of [2, 3]) metrics.counter('dns.answers', { rcode: 'NOERROR' })(value);
  metrics.sample('api.http', { method: 'GET', path: 'v1_kv_' })(1.5);
  metrics.counter('held')(1);
  expect(lines.take(metrics.gauges(format.kind === 'statsd'))).toEqual(expected);
  expect(lines.take([])).toEqual([]);
});

test('of many samples the newest are sent, and say for how many they stand', () => {
  const { lines, metrics } = make(statsd);
  const took = metrics.sample('took');
  for (let i = 1; i <= sampleValuesMax; i++) took(i);
  const all = lines.take([]);
  expect(all).toHaveLength(sampleValuesMax);
  expect(all[0]).toBe('consul.took:1|ms');
  for (let i = 1; i <= 4 * sampleValuesMax; i++) took(i);
  const some = lines.take([]);
  expect(some).toHaveLength(sampleValuesMax);
  expect(some).toContain(`consul.took:${4 * sampleValuesMax}|ms|@0.250000`);
  expect(some).not.toContain('consul.took:1|ms|@0.250000');
  took(7);
  expect(lines.take([])).toEqual(['consul.took:7|ms']);
});

test('lines are packed whole, in as few packets as hold them', () => {
  expect(packLines(['123', '456', '789'], 7)).toEqual(['123\n456', '789']);
  expect(packLines(['123', '456', '789'], 8)).toEqual(['123\n456', '789']);
  expect(packLines(['123', 'much too long', '4'], 5)).toEqual(['123', 'much too long', '4']);
  expect(packLines(['ä', 'ä'], 4)).toEqual(['ä', 'ä']);
  expect(packLines([], 7)).toEqual([]);
});
