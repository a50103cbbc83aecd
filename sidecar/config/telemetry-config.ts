/** The settings of telemetry. What they mean is documented at their keys in schema-groups.ts. */
import type { AgentConfig } from './agent-config.ts';
import type { FileConfig } from './schema.ts';

type Written = NonNullable<FileConfig['telemetry']>;

export function resolveTelemetry(
  written: Written = {},
  refuse: (fault: string) => void,
): AgentConfig['telemetry'] {
  const address = (key: 'statsd_address' | 'statsite_address' | 'dogstatsd_addr') =>
    parseAddress(written[key] ?? '', `telemetry.${key}`, refuse);
  const dogstatsd = address('dogstatsd_addr');
  return {
    prometheusRetentionMs: written.prometheus_retention_time ?? 0,
    statsdAddress: address('statsd_address'),
    statsiteAddress: address('statsite_address'),
    dogstatsd: dogstatsd && { address: dogstatsd, tags: written.dogstatsd_tags ?? [] },
    disableHostname: written.disable_hostname ?? false,
    metricsPrefix: written.metrics_prefix ?? 'consul',
    prefixFilter: written.prefix_filter ?? [],
    filterDefault: written.filter_default ?? true,
  };
}

const portMax = 65_535;

/** "host:port", IPv6 in brackets; undefined for "". */
function parseAddress(text: string, key: string, refuse: (fault: string) => void) {
  if (text === '') return undefined;
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:/\s]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host !== undefined && Number(port) >= 1 && Number(port) <= portMax) return { host, port: Number(port) };
  refuse(`${key} must be "host:port", got ${JSON.stringify(text)}`);
  return undefined;
}
