import type { Clock } from '../clock.ts';
import type { AgentConfig } from '../config/agent-config.ts';
import { Metrics } from './metrics.ts';
import { makePrefixFilter } from './prefix-filter.ts';

/** Metrics as the configuration wants them named and chosen. */
export function makeMetrics({ telemetry, nodeName }: AgentConfig, clock: Clock): Metrics {
  const { metricsPrefix, disableHostname, prefixFilter, filterDefault } = telemetry;
  return new Metrics({
    clock,
    prefix: metricsPrefix,
    hostname: disableHostname ? '' : nodeName,
    isKept: makePrefixFilter(prefixFilter, filterDefault),
  });
}
