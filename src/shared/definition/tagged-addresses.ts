/** The tagged addresses that an agent adds to what its host declares, as Consul does since 1.7. */
import type { NodeService, ServiceAddress } from '../model.ts';
import { ipVersion } from './ip-address.ts';

const mappedPrefix = /^::ffff:(?=\d+\.)/i;

/**
 * The service's tagged addresses, with `lan_ipv4` and `wan_ipv4` (or v6) added when its address is an IP and they are not
 * set. Undefined if that leaves none.
 */
export function withIpTags(service: Pick<NodeService, 'Address' | 'Port' | 'TaggedAddresses'>) {
  const { Address, Port } = service;
  const version = ipVersion(Address.replace(mappedPrefix, ''));
  if (!version) return service.TaggedAddresses;
  const own: ServiceAddress = { Address, Port };
  return { [`lan_ipv${version}`]: own, [`wan_ipv${version}`]: own, ...service.TaggedAddresses };
}
