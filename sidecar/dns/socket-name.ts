/**
 * Addresses as the kernel has them: `struct sockaddr_in` and `sockaddr_in6` of Linux. Family, port, then the address, which
 * IPv6 has after a flow label and before the zone.
 */
import { formatIpAddress, parseIpAddress } from '../../src/shared/dns/ip-address.ts';

export const families = { ipv4: 2, ipv6: 10 } as const;
/** The longer one. */
export const nameBytesMax = 28;
const ipv4NameBytes = 16;
const addressAt = { ipv4: 4, ipv6: 8 };

/** Undefined for what is no IP address by itself: one with a zone, `fe80::1%eth0`, is left to Node.js. */
export function encodeSocketName(address: string, port: number): Uint8Array | undefined {
  const bytes = parseIpAddress(address);
  if (!bytes) return undefined;
  const isIpv4 = bytes.length === 4;
  const name = new Uint8Array(isIpv4 ? ipv4NameBytes : nameBytesMax);
  // The family in the machine's order, the port in the network's.
  name[0] = isIpv4 ? families.ipv4 : families.ipv6;
  name[2] = port >> 8;
  name[3] = port & 0xff;
  name.set(bytes, isIpv4 ? addressAt.ipv4 : addressAt.ipv6);
  return name;
}

/** The IP address, as Node.js prints it but without a zone. */
export function formatSocketName(name: Uint8Array): string {
  if (name[0] === families.ipv4) return formatIpAddress(name.subarray(addressAt.ipv4, addressAt.ipv4 + 4));
  const address = name.subarray(addressAt.ipv6, addressAt.ipv6 + 16);
  return isIpv4Mapped(address) ? `::ffff:${formatIpAddress(address.subarray(12))}` : formatIpAddress(address);
}

const isIpv4Mapped = (address: Uint8Array) =>
  address.subarray(0, 10).every((byte) => byte === 0) && address[10] === 0xff && address[11] === 0xff;

/** Whatever the ports: each question of a client may come from another one. */
export function isSameHost(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  for (let i = addressAt.ipv4; i < one.length; i++) if (one[i] !== other[i]) return false;
  return true;
}
