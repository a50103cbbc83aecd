/** What the configuration asks of the host it is on: its name and its network addresses. */
import { hostname, networkInterfaces } from 'node:os';
import { readIfThere } from '../system/durable-file.ts';

export interface HostAddress {
  interfaceName: string;
  address: string;
  family: 'IPv4' | 'IPv6';
  /** A loopback address. */
  internal: boolean;
}

export interface HostFacts {
  name: string;
  addresses: HostAddress[];
  /** What it reaches strangers by; "" where that cannot be told. */
  defaultInterface: string;
}

export function readHostFacts(): HostFacts {
  const addresses = Object.entries(networkInterfaces()).flatMap(([interfaceName, infos = []]) =>
    infos.map(({ address, family, internal }) => ({ interfaceName, address, family, internal })),
  );
  return { name: hostname(), addresses, defaultInterface: defaultInterfaceOf(routesOfKernel()) };
}

function routesOfKernel(): string {
  try {
    return readIfThere('/proc/net/route') ?? '';
  } catch {
    return '';
  }
}

/** The interface of the route to 0.0.0.0/0 with the lowest metric, from the table of IPv4 as Linux prints it. */
export function defaultInterfaceOf(table: string): string {
  const routes = table.split('\n').map((line) => line.trim().split(/\s+/));
  const toAll = routes.filter((fields) => fields[1] === '00000000' && fields[7] === '00000000');
  const best = toAll.sort((a, b) => Number(a[6]) - Number(b[6]))[0];
  return best?.[0] ?? '';
}

const privateRanges = /^(10\.|172\.(1[6-9]|2\d|3[01])\.|192\.168\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/;

/** True for the addresses of RFC 1918 and RFC 6598. */
export const isPrivateIpv4 = (address: string) => privateRanges.test(address);

/** The host's own IPv4 addresses, or only the private ones. */
export function ipv4Addresses({ addresses }: HostFacts, only: 'all' | 'private'): string[] {
  return addresses
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address)
    .filter((address) => only === 'all' || isPrivateIpv4(address));
}

/** The host's IPv6 addresses that others can reach: neither loopback nor link-local. */
export function globalIpv6Addresses({ addresses }: HostFacts): string[] {
  return addresses
    .filter(({ family, internal, address }) => family === 'IPv6' && !internal && !/^fe[89ab]/i.test(address))
    .map(({ address }) => address);
}
