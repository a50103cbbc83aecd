import { describe, expect, it } from 'vitest';
import { Distribution, recentMax } from '../../../sidecar/telemetry/aggregate.ts';
import { intervalMs, Metrics, type MetricsOptions, seriesMax } from '../../../sidecar/telemetry/metrics.ts';
import { metricsDump } from '../../../sidecar/telemetry/metrics-dump.ts';
import { metricsJson } from '../../../sidecar/telemetry/metrics-json.ts';
import { makePrefixFilter } from '../../../sidecar/telemetry/prefix-filter.ts';
import { prometheusText } from '../../../sidecar/telemetry/prometheus.ts';
import { FakeClock } from '../fake-clock.ts';

function make(options: Partial<MetricsOptions> = {}) {
  const clock = new FakeClock();
  return {
    clock,
    metrics: new Metrics({ clock, prefix: 'consul', hostname: 'h1', isKept: () => true, ...options }),
  };
}

describe('metrics as JSON', () => {
  it('are those of the last whole interval, gauges those of now', () => {
    const { clock, metrics } = make();
    let connections = 1;
    metrics.gauge(() => [{ Name: 'conns', Value: connections }]);
    const hits = metrics.counter('hits', { kind: 'a' });
    const took = metrics.sample('took');
    hits(1);
    hits(2);
    for (const ms of [2, 4, 9]) took(ms);
    clock.advance(intervalMs);
    hits(100);
    connections = 7;
    expect(metricsJson(metrics)).toEqual({
      Timestamp: '2026-01-01 00:00:00 +0000 UTC',
      Gauges: [{ Name: 'consul.h1.conns', Value: 7, Labels: {} }],
      Points: [],
      Counters: [
        {
          Name: 'consul.hits',
          Count: 2,
          Rate: 0.3,
          Sum: 3,
          Min: 1,
          Max: 2,
          Mean: 1.5,
          Stddev: expect.closeTo(Math.SQRT1_2),
          Labels: { kind: 'a' },
        },
      ],
      Samples: [
        {
          Name: 'consul.took',
          Count: 3,
          Rate: 1.5,
          Sum: 15,
          Min: 2,
          Max: 9,
          Mean: 5,
          Stddev: expect.closeTo(3.6056),
          Labels: {},
        },
      ],
    });
  });

  it('show the first interval while it lasts, and nothing of one that is long over', () => {
    const { clock, metrics } = make();
    metrics.counter('hits')(1);
    expect(metricsJson(metrics).Counters).toMatchObject([{ Sum: 1 }]);
    clock.advance(2 * intervalMs);
    expect(metricsJson(metrics)).toMatchObject({ Timestamp: '2026-01-01 00:00:10 +0000 UTC', Counters: [] });
  });

  it('have a limit of series, beyond which nothing is kept', () => {
    const { metrics } = make();
    for (let i = 0; i <= seriesMax; i++) metrics.counter('hits', { i: String(i) })(1);
    expect(metricsJson(metrics).Counters).toHaveLength(seriesMax);
    metrics.counter('hits', { i: '0' })(1);
    expect(metricsJson(metrics).Counters[0]).toMatchObject({ Sum: 2 });
  });

  it('of a name that is held back are not there', () => {
    const { metrics } = make({ isKept: (name) => name !== 'consul.hits' });
    metrics.counter('hits')(1);
    metrics.gauge(() => [{ Name: 'hits', Value: 1 }]);
    expect(metricsJson(metrics)).toMatchObject({ Counters: [], Gauges: [] });
  });
});

it('Prometheus reads what was counted since the start', () => {
  const { clock, metrics } = make({ hostname: '' });
  metrics.gauge(() => [{ Name: 'sync.live', Value: 1 }]);
  metrics.counter('dns.answers', { rcode: 'NOERROR' })(1);
  clock.advance(5 * intervalMs);
  metrics.counter('dns.answers', { rcode: 'NOERROR' })(1);
  metrics.counter('dns.answers', { rcode: 'a"\\\n' })(1);
  for (const ms of [1, 2, 3, 4]) metrics.sample('api.http', { path: 'v1_kv_' })(ms);
  const text = prometheusText(metrics, 5 * intervalMs);
  expect(text.split(/(?=# HELP process_)/)[0]).toBe(
    [
      '# HELP consul_sync_live consul_sync_live',
      '# TYPE consul_sync_live gauge',
      'consul_sync_live 1',
      '# HELP consul_dns_answers consul_dns_answers',
      '# TYPE consul_dns_answers counter',
      'consul_dns_answers{rcode="NOERROR"} 2',
      String.raw`consul_dns_answers{rcode="a\"\\\n"} 1`,
      '# HELP consul_api_http consul_api_http',
      '# TYPE consul_api_http summary',
      'consul_api_http{path="v1_kv_",quantile="0.5"} 2',
      'consul_api_http{path="v1_kv_",quantile="0.9"} 4',
      'consul_api_http{path="v1_kv_",quantile="0.99"} 4',
      'consul_api_http_sum{path="v1_kv_"} 10',
      'consul_api_http_count{path="v1_kv_"} 4',
      '',
    ].join('\n'),
  );
});

it('Prometheus is not shown what has not changed for the time of retention, and all of it when it does', () => {
  const { clock, metrics } = make();
  const names = () => prometheusText(metrics, 2 * intervalMs).match(/^consul_\w+ \S+/gm) ?? [];
  const old = metrics.counter('old');
  old(1);
  clock.advance(2 * intervalMs);
  metrics.counter('new')(1);
  expect(names()).toEqual(['consul_new 1', 'consul_old 1']);
  clock.advance(intervalMs);
  expect(names()).toEqual(['consul_new 1']);
  old(1);
  expect(names()).toEqual(['consul_new 1', 'consul_old 2']);
});

it('Prometheus finds the process under the names that it has everywhere', () => {
  const { metrics } = make();
  const text = prometheusText(metrics, 0);
  for (const [name, type] of [
    ['process_resident_memory_bytes', 'gauge'],
    ['process_start_time_seconds', 'gauge'],
    ['process_open_fds', 'gauge'],
    ['process_max_fds', 'gauge'],
    ['process_cpu_seconds_total', 'counter'],
  ])
    expect(text).toMatch(new RegExp(`^# TYPE ${name} ${type}\n${name} [0-9.]+$`, 'm'));
});

it('a dump is read by humans', () => {
  const { metrics } = make();
  metrics.gauge(() => [{ Name: 'conns', Value: 7 }]);
  for (const ms of [1, 2, 6]) metrics.sample('api.http', { method: 'GET', path: 'v1_kv_' })(ms);
  metrics.counter('hits')(2);
  const time = '[2026-01-01 00:00:00 +0000 UTC]';
  expect(metricsDump(metrics)).toBe(
    `${time}[G] 'consul.h1.conns': 7.000\n` +
      `${time}[C] 'consul.hits': Count: 1 Min: 2.000 Mean: 2.000 Max: 2.000 Stddev: 0.000 Sum: 2.000\n` +
      `${time}[S] 'consul.api.http.GET.v1_kv_': Count: 3 Min: 1.000 Mean: 3.000 Max: 6.000 Stddev: 2.646 Sum: 9.000\n`,
  );
});

it('quantiles are of the newest values', () => {
  const values = new Distribution();
  expect(values.quantiles([0.5])).toEqual([Number.NaN]);
  for (let i = 0; i < recentMax; i++) values.add(1_000);
  for (let i = 1; i <= recentMax; i++) values.add(i);
  expect(values.quantiles([0, 0.5, 1])).toEqual([1, recentMax / 2, recentMax]);
  expect(values.count).toBe(2 * recentMax);
});

describe('a prefix filter', () => {
  const isKept = makePrefixFilter(['-consul.dns', '+consul.dns.answers', 'nonsense', '+'], true);
  it.each([
    ['consul.dns.domain_query', false],
    ['consul.dns.answers', true],
    ['consul.api.http', true],
    ['nonsense', true],
  ])('keeps %s: %s', (name, expected) => expect(isKept(name)).toBe(expected));

  it('falls back', () => expect(makePrefixFilter(['+a'], false)('b')).toBe(false));
});
