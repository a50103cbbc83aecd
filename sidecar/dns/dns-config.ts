import type { AnswerSettings } from '../../src/shared/dns/answer-settings.ts';

/**
 * Everything about DNS that is configured: `dns_config`, `recursors`, `domain`, `alt_domain`, `ports.dns` and
 * `addresses.dns` of Consul's configuration. All of it but `addresses` and `port` can change while running.
 */
export interface DnsConfig extends AnswerSettings {
  /** IP addresses that UDP and TCP are bound to. */
  addresses: string[];
  /** 0 takes a free port. */
  port: number;
  /** Other name servers, as `10.0.0.53`, `10.0.0.53:5353`, `fd00::53` or `[fd00::53]:5353`. */
  recursors: string[];
  /** The order they are asked in: as written, or shuffled for each question. */
  recursorStrategy: 'sequential' | 'random';
  /** How long one of them is waited for. */
  recursorTimeoutMs: number;
}

export const dnsConfigDefaults: DnsConfig = {
  addresses: ['127.0.0.1'],
  port: 8600,
  domain: 'consul',
  altDomain: '',
  datacenter: 'dc1',
  nodeTtlMs: 0,
  serviceTtlMs: {},
  soa: { refreshS: 3600, retryS: 600, expireS: 86_400, minTtlS: 0 },
  // Unlike Consul's: a resolver that is not told of a cut takes three instances for all there are.
  enableTruncate: true,
  onlyPassing: false,
  disableCompression: false,
  udpAnswerLimit: 3,
  aRecordLimit: 0,
  enableAdditionalNodeMetaTxt: true,
  allowStale: true,
  maxStaleMs: 87_600 * 3_600_000,
  translateWanAddresses: false,
  recursors: [],
  recursorStrategy: 'sequential',
  recursorTimeoutMs: 2_000,
};
