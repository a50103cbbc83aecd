/** The settings of DNS. What they mean is documented at their keys in schema.ts. */
import { ipVersion, isAnyAddress } from '../../src/shared/definition/ip-address.ts';
import type { DnsConfig } from './agent-config.ts';
import { ConfigError } from './config-error.ts';
import type { HostFacts } from './host-facts.ts';
import type { FileConfig } from './schema.ts';
import { expandTemplate } from './sockaddr-template.ts';

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
      expireS: soaSeconds('expire', soa.expire ?? 86_400),
      minTtlS: soaSeconds('min_ttl', soa.min_ttl ?? 0),
      refreshS: soaSeconds('refresh', soa.refresh ?? 3600),
      retryS: soaSeconds('retry', soa.retry ?? 600),
    },
  };
}

function count(key: string, value: number): number {
  if (value >= 0) return value;
  throw new ConfigError(`dns_config.${key} cannot be ${value}. Must be greater than or equal to zero`);
}

/** What fits into the record. */
const soaSecondsMax = 2 ** 32 - 1;

function soaSeconds(key: string, value: number): number {
  if (value <= soaSecondsMax) return count(`soa.${key}`, value);
  throw new ConfigError(`dns_config.soa.${key} cannot be ${value}. Must be at most ${soaSecondsMax}`);
}

const threadsMax = 64;

function threads(value: number): number {
  if (value <= threadsMax) return count('threads', value);
  throw new ConfigError(`dns_config.threads cannot be ${value}. Must be at most ${threadsMax}`);
}

/** Each as "address:port", with IPv6 in brackets, from texts of one or several, or of templates. The same recursor twice counts once. */
export function resolveRecursors(
  written: readonly string[],
  host: HostFacts,
  refuse: (fault: string) => void,
): string[] {
  const words = written
    .flatMap((text) => expandTemplate(text, host).split(/\s+/))
    .filter((word) => word !== '');
  return [...new Set(words.flatMap((word) => resolveRecursor(word, refuse)))];
}

function resolveRecursor(text: string, refuse: (fault: string) => void): string[] {
  if (isAnyAddress(text)) refuse('DNS recursor address cannot be 0.0.0.0, :: or [::]');
  if (ipVersion(text) === 6) return [`[${text}]:${dnsPort}`];
  const [, bracketed, plain, port = dnsPort] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(text) ?? [];
  if (bracketed && ipVersion(bracketed) === 6) return [`[${bracketed}]:${port}`];
  if (plain && ipVersion(plain) === 4) return [`${plain}:${port}`];
  refuse(`Invalid recursor address: ${text}`);
  return [];
}
