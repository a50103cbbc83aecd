/** Metrics as `/v1/agent/metrics` shows them. */
import type { Aggregate } from './aggregate.ts';
import { intervalMs, type Metrics, type Series } from './metrics.ts';

export function metricsJson(metrics: Metrics) {
  const { startMs, counters, samples } = metrics.interval();
  return {
    Timestamp: `${new Date(startMs).toISOString().slice(0, 19).replace('T', ' ')} +0000 UTC`,
    Gauges: metrics.gauges(),
    Points: [],
    Counters: counters.map(aggregateJson),
    Samples: samples.map(aggregateJson),
  };
}

const aggregateJson = ({ Name, Labels, Value }: Series<Aggregate>) => ({
  Name,
  Count: Value.count,
  Rate: Value.sum / (intervalMs / 1_000),
  Sum: Value.sum,
  Min: Value.min,
  Max: Value.max,
  Mean: Value.mean,
  Stddev: Value.stddev,
  Labels,
});
