/** The settings of DNS. What they mean is documented at their keys in schema.ts. */
import { ipVersion } from '../../src/shared/definition/ip-address.ts';
import type { DnsConfig } from './agent-config.ts';
import { ConfigError } from './config-error.ts';
import type { FileConfig } from './schema.ts';

const hourMs = 3_600_000;
const dnsPort = 53;

/** @throws {ConfigError} */
export function resolveDns(written: FileConfig['dns_config'] = {}): DnsConfig {
  const { soa = {}, recursor_strategy: strategy = 'sequential' } = written;
  if (strategy !== 'sequential' && strategy !== 'random') {
    throw new ConfigError(
      `dns_config.recursor_strategy must be "sequential" or "random", got ${JSON.stringify(strategy)}`,
    );
  }
  return {
    allowStale: written.allow_stale ?? true,
    maxStaleMs: written.max_stale ?? 87_600 * hourMs,
    nodeTtlMs: written.node_ttl ?? 0,
    serviceTtlMs: written.service_ttl ?? {},
    enableTruncate: written.enable_truncate ?? true,
    onlyPassing: written.only_passing ?? false,
    recursorStrategy: strategy,
    recursorTimeoutMs: written.recursor_timeout || 2000,
    disableCompression: written.disable_compression ?? false,
    udpAnswerLimit: count('udp_answer_limit', written.udp_answer_limit ?? 3),
    aRecordLimit: count('a_record_limit', written.a_record_limit ?? 0),
    threads: threads(written.threads ?? 0),
    enableAdditionalNodeMetaTxt: written.enable_additional_node_meta_txt ?? true,
    soa: {
      expireS: soa.expire ?? 86_400,
      minTtlS: soa.min_ttl ?? 0,
      refreshS: soa.refresh ?? 3600,
      retryS: soa.retry ?? 600,
    },
  };
}

function count(key: string, value: number): number {
  if (value >= 0) return value;
  throw new ConfigError(`dns_config.${key} cannot be ${value}. Must be greater than or equal to zero`);
}

const threadsMax = 64;

function threads(value: number): number {
  if (value <= threadsMax) return count('threads', value);
  throw new ConfigError(`dns_config.threads cannot be ${value}. Must be at most ${threadsMax}`);
}

/** Each as "address:port", with IPv6 in brackets. The same recursor twice counts once. */
export function resolveRecursors(written: readonly string[], refuse: (fault: string) => void): string[] {
  return [...new Set(written.flatMap((text) => resolveRecursor(text, refuse)))];
}

function resolveRecursor(text: string, refuse: (fault: string) => void): string[] {
  if (ipVersion(text) === 6) return [`[${text}]:${dnsPort}`];
  const [, bracketed, plain, port = dnsPort] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(text) ?? [];
  if (bracketed && ipVersion(bracketed) === 6) return [`[${bracketed}]:${port}`];
  if (plain && ipVersion(plain) === 4) return [`${plain}:${port}`];
  refuse(`Invalid recursor address: ${text}`);
  return [];
}
