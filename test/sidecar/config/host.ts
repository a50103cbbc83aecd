import type { HostAddress, HostFacts } from '../../../sidecar/config/host-facts.ts';

const loopback: HostAddress = { interfaceName: 'lo', address: '127.0.0.1', family: 'IPv4', internal: true };

/** A host with these addresses besides its loopback one: the first on eth0, the next on eth1, … */
export function host(...addresses: string[]): HostFacts {
  const others = addresses.map((address, i): HostAddress => {
    const family = address.includes(':') ? 'IPv6' : 'IPv4';
    return { interfaceName: `eth${i}`, address, family, internal: false };
  });
  return { name: 'host1', addresses: [loopback, ...others], defaultInterface: '' };
}
