import { type AnswerSettings, answerSettingsDefaults } from '../../src/shared/dns/answer-settings.ts';

/**
 * Everything about DNS that is configured: `dns_config`, `recursors`, `domain`, `alt_domain`, `ports.dns` and
 * `addresses.dns` of Consul's configuration. All of it but `addresses` and `port` can change while running.
 */
export interface DnsConfig extends AnswerSettings {
  /** IP addresses that UDP and TCP are bound to. */
  addresses: string[];
  /** 0 takes a free port. */
  port: number;
  /** Threads that answer over UDP; 0: the main thread does. */
  threads: number;
  /** Other name servers, as `10.0.0.53`, `10.0.0.53:5353`, `fd00::53` or `[fd00::53]:5353`. */
  recursors: string[];
  /** The order they are asked in: as written, or shuffled for each question. */
  recursorStrategy: 'sequential' | 'random';
  /** How long one of them is waited for. */
  recursorTimeoutMs: number;
}

export const dnsConfigDefaults: DnsConfig = {
  ...answerSettingsDefaults,
  addresses: ['127.0.0.1'],
  port: 8600,
  threads: 0,
  recursors: [],
  recursorStrategy: 'sequential',
  recursorTimeoutMs: 2_000,
};
