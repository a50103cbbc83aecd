/**
 * Metrics in the text format of Prometheus.
 *
 * Source: https://prometheus.io/docs/instrumenting/exposition_formats/.
 */
import { groupBy } from '../../src/shared/group-by.ts';
import type { Distribution } from './aggregate.ts';
import type { Labels, Metrics, Series } from './metrics.ts';
import { processCounters, processGauges } from './process-metrics.ts';

const quantiles = [0.5, 0.9, 0.99];

/** `retentionMs`: for how long a series is shown to which nothing is added. */
export function prometheusText(metrics: Metrics, retentionMs: number): string {
  const { counters, samples } = metrics.sinceStart(retentionMs);
  const gauges = metrics.gauges().map(({ Name, Labels, Value }) => ({ Name, Labels, Value }));
  return [
    ...families('gauge', gauges, (name, { Labels, Value }) => [line(name, Labels, Value)]),
    ...families('counter', counters, (name, { Labels, Value }) => [line(name, Labels, Value.sum)]),
    ...families('summary', samples, summaryLines),
    ...families('gauge', processGauges(), (name, { Labels, Value }) => [line(name, Labels, Value)]),
    ...families('counter', processCounters(), (name, { Labels, Value }) => [line(name, Labels, Value)]),
  ].join('');
}

/** The lines of each name together, under what kind of metric it is. */
function families<Value>(
  type: string,
  series: Series<Value>[],
  linesOf: (name: string, series: Series<Value>) => string[],
): string[] {
  const groups = groupBy(series, ({ Name }) => metricName(Name));
  return [...groups].map(([name, group]) =>
    [`# HELP ${name} ${name}\n# TYPE ${name} ${type}\n`, ...group.flatMap((one) => linesOf(name, one))].join(
      '',
    ),
  );
}

function summaryLines(name: string, { Labels, Value }: Series<Distribution>): string[] {
  const values = Value.quantiles(quantiles);
  return [
    ...quantiles.map((quantile, i) => line(name, { ...Labels, quantile: String(quantile) }, values[i]!)),
    line(`${name}_sum`, Labels, Value.sum),
    line(`${name}_count`, Labels, Value.count),
  ];
}

function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${metricName(label)}="${escapeLabel(text)}"`);
  return `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}\n`;
}

const metricName = (name: string) => name.replace(/[^A-Za-z0-9_]/g, '_').replace(/^(?=\d)/, '_');

const escapeLabel = (text: string) =>
  text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
