import type { AgentConfig } from '../config/agent-config.ts';
import type { DnsConfig } from '../dns/dns-config.ts';

/** The DNS server's settings within the agent's. */
export function dnsServerConfig(config: AgentConfig): DnsConfig {
  const { dns, datacenter, ports, recursors, addresses, translateWanAddrs } = config;
  return {
    ...dns,
    addresses: addresses.dns.flatMap((address) => ('ip' in address ? [address.ip] : [])),
    port: ports.dns,
    domain: withoutDot(config.domain),
    altDomain: withoutDot(config.altDomain),
    datacenter,
    translateWanAddresses: translateWanAddrs,
    recursors,
  };
}

const withoutDot = (domain: string) => domain.replace(/\.$/, '');
