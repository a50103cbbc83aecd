/** Where the agent listens and which address it shows to others. */
import { ipVersion, isAnyAddress } from '../../src/shared/definition/ip-address.ts';
import type { AgentPorts, ListenAddress } from './agent-config.ts';
import { ConfigError } from './config-error.ts';
import { globalIpv6Addresses, type HostFacts, ipv4Addresses } from './host-facts.ts';
import type { FileConfig } from './schema.ts';
import { expandTemplate } from './sockaddr-template.ts';

type Refuse = (fault: string) => void;

const portMax = 65_535;
const portDefaults: AgentPorts = { dns: 8600, http: 8500, https: -1, server: 8300 };

/** -1 for those that are not served. */
export function resolvePorts(written: FileConfig['ports'] = {}, refuse: Refuse): AgentPorts {
  const resolve = (name: keyof AgentPorts) => {
    const port = written[name] ?? portDefaults[name];
    if (port > portMax) refuse(`ports.${name}: invalid port: ${port}`);
    return port > 0 ? port : -1;
  };
  return { dns: resolve('dns'), http: resolve('http'), https: resolve('https'), server: resolve('server') };
}

/** @throws {ConfigError} when two interfaces want the same address and port */
export function resolveListeners(config: FileConfig, ports: AgentPorts, host: HostFacts, refuse: Refuse) {
  const { addresses = {}, client_addr = '127.0.0.1' } = config;
  const resolve = (name: 'dns' | 'http' | 'https') =>
    listenAddresses(
      addresses[name] || client_addr,
      addresses[name] ? `addresses.${name}` : 'client_addr',
      host,
      refuse,
    );
  const listeners = { dns: resolve('dns'), http: resolve('http'), https: resolve('https') };
  refuseClashes(listeners, ports);
  return listeners;
}

function listenAddresses(text: string, key: string, host: HostFacts, refuse: Refuse): ListenAddress[] {
  const words = expandTemplate(text, host)
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length === 0) refuse(`${key} cannot be empty`);
  return words.flatMap((word): ListenAddress[] => {
    if (word.startsWith('unix://') && key === 'addresses.dns') {
      refuse('DNS address cannot be a unix socket');
      return [];
    }
    if (word.startsWith('unix://')) return [{ path: word.slice('unix://'.length) }];
    const ip = word.replace(/^\[(.*)\]$/, '$1');
    if (ipVersion(ip)) return [{ ip }];
    refuse(`${key}: invalid ip address: ${word}`);
    return [];
  });
}

function refuseClashes(
  listeners: Record<'dns' | 'http' | 'https', ListenAddress[]>,
  ports: AgentPorts,
): void {
  const taken = new Map<string, string>();
  for (const name of ['dns', 'http', 'https'] as const) {
    if (ports[name] === -1) continue;
    for (const address of listeners[name]) {
      const text = 'path' in address ? address.path : `${address.ip}:${ports[name]}`;
      const other = taken.get(text);
      if (other)
        throw new ConfigError(
          `${name.toUpperCase()} address ${text} already configured for ${other.toUpperCase()}`,
        );
      taken.set(text, name);
    }
  }
}

/** One IP address of the host, or one that stands for all of them. */
export function resolveBindAddr(text: string, host: HostFacts, refuse: Refuse): string {
  const address = expandTemplate(text, host).replace(/^\[(.*)\]$/, '$1');
  if (address.trim() === '') throw new ConfigError('bind_addr cannot be empty');
  if (/\s/.test(address)) throw new ConfigError('bind_addr cannot contain multiple addresses');
  if (!ipVersion(address)) refuse(`bind_addr: invalid ip address: ${address}`);
  return address;
}

/** @throws {ConfigError} when it is not said and the host leaves a choice */
export function resolveAdvertiseAddr(
  written: string | undefined,
  bindAddr: string,
  host: HostFacts,
  refuse: Refuse,
) {
  if (written) return advertisable(expandTemplate(written, host), 'advertise_addr', refuse);
  return isAnyAddress(bindAddr) ? ownAddress(bindAddr, host) : bindAddr;
}

/** The address for other datacenters. */
export function resolveAdvertiseAddrWan(
  written: string | undefined,
  lan: string,
  host: HostFacts,
  refuse: Refuse,
) {
  return written ? advertisable(expandTemplate(written, host), 'advertise_addr_wan', refuse) : lan;
}

function advertisable(address: string, key: string, refuse: Refuse): string {
  if (isAnyAddress(address)) throw new ConfigError('Advertise address cannot be 0.0.0.0, :: or [::]');
  if (!ipVersion(address)) refuse(`${key}: invalid ip address: ${address}`);
  return address;
}

function ownAddress(bindAddr: string, host: HostFacts): string {
  const isIpv6 = bindAddr !== '0.0.0.0';
  const kind = isIpv6 ? 'public IPv6' : 'private IPv4';
  const candidates = isIpv6 ? globalIpv6Addresses(host) : ipv4Candidates(host);
  if (candidates.length === 1) return candidates[0]!;
  if (candidates.length === 0)
    throw new ConfigError(`No ${kind} address found: set advertise_addr (-advertise)`);
  throw new ConfigError(
    `Multiple ${kind} addresses found. Please configure one with 'bind' and/or 'advertise': ${candidates.join(', ')}`,
  );
}

/** The private ones; for a host without any, those it has. */
function ipv4Candidates(host: HostFacts): string[] {
  const ownPrivate = ipv4Addresses(host, 'private');
  return ownPrivate.length > 0 ? ownPrivate : ipv4Addresses(host, 'all');
}

/** The node's tagged addresses, as Consul names them. */
export function nodeTaggedAddresses(lan: string, wan: string): Record<string, string> {
  return { lan, [`lan_ipv${ipVersion(lan) ?? 4}`]: lan, wan, [`wan_ipv${ipVersion(wan) ?? 4}`]: wan };
}

const keysOfTags = {
  lan_ipv4: 'advertise_addr_ipv4',
  lan_ipv6: 'advertise_addr_ipv6',
  wan_ipv4: 'advertise_addr_wan_ipv4',
  wan_ipv6: 'advertise_addr_wan_ipv6',
} as const;

/** Those of one IP version, for hosts that have two. */
export function resolveTaggedAddresses(config: FileConfig, host: HostFacts, refuse: Refuse) {
  const entries = Object.entries(keysOfTags).flatMap(([tag, key]) => {
    const written = config[key];
    if (!written) return [];
    const address = advertisable(expandTemplate(written, host), key, refuse);
    const version = ipVersion(address);
    if (version && !tag.endsWith(`${version}`)) refuse(`${key}: not an IPv${tag.at(-1)} address: ${address}`);
    return [[tag, address]];
  });
  return Object.fromEntries(entries) as Record<string, string>;
}
