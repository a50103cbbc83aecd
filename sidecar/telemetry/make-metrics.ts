import { hostname } from 'node:os';
import type { AgentConfig } from '../config/agent-config.ts';
import type { Clock } from '../system/clock.ts';
import { Metrics } from './metrics.ts';
import { makePrefixFilter } from './prefix-filter.ts';
import type { Push } from './pushes.ts';

/**
 * Metrics as the configuration wants them named and chosen. As in Consul, gauges carry the name of the host only where they
 * leave it: for Prometheus or a statsd.
 */
export function makeMetrics({ telemetry }: AgentConfig, pushes: Push[], clock: Clock): Metrics {
  const { metricsPrefix, disableHostname, prometheusRetentionMs } = telemetry;
  const leave = pushes.length > 0 || prometheusRetentionMs > 0;
  return new Metrics({
    clock,
    prefix: metricsPrefix,
    hostname: leave && !disableHostname ? hostname() : '',
    isKept: metricsFilter(telemetry),
    pushes: pushes.map(({ lines }) => lines),
  });
}

/** Which metrics the configuration wants kept. */
export const metricsFilter = ({ prefixFilter, filterDefault }: AgentConfig['telemetry']) =>
  makePrefixFilter(prefixFilter, filterDefault);
