/** Metrics as lines for a terminal, in the form in which Consul writes them to standard error on SIGUSR1. */
import type { Labels, Metrics } from './metrics.ts';
import { metricsJson } from './metrics-json.ts';

export function metricsDump(metrics: Metrics): string {
  const { Timestamp, Gauges, Counters, Samples } = metricsJson(metrics);
  const line = (kind: string, name: string, labels: Labels, text: string) =>
    `[${Timestamp}][${kind}] '${[name, ...Object.values(labels)].join('.')}': ${text}\n`;
  const aggregate = ({ Count, Min, Mean, Max, Stddev, Sum }: (typeof Counters)[number]) =>
    `Count: ${Count} Min: ${fixed(Min)} Mean: ${fixed(Mean)} Max: ${fixed(Max)} Stddev: ${fixed(Stddev)} Sum: ${fixed(Sum)}`;
  return [
    ...Gauges.map(({ Name, Labels, Value }) => line('G', Name, Labels, fixed(Value))),
    ...Counters.map((counter) => line('C', counter.Name, counter.Labels, aggregate(counter))),
    ...Samples.map((sample) => line('S', sample.Name, sample.Labels, aggregate(sample))),
  ].join('');
}

const fixed = (value: number) => value.toFixed(3);
