/** What can be told of an address by looking at it. */

/** 4 or 6 if the text is an IP address (IPv6 without brackets or zone), else undefined. */
export function ipVersion(text: string): 4 | 6 | undefined {
  if (isIpv4(text)) return 4;
  return isIpv6(text) ? 6 : undefined;
}

function isIpv4(text: string): boolean {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256);
}

function isIpv6(text: string): boolean {
  const [head = '', tail, ...more] = text.split('::');
  if (more.length > 0) return false;
  const groups = ipv6Groups(head, tail === undefined) + ipv6Groups(tail ?? '', true);
  return tail === undefined ? groups === 8 : groups < 8;
}

/** How many 16-bit groups a part between "::" has; NaN if it is malformed. */
function ipv6Groups(part: string, mayEndInIpv4: boolean): number {
  if (part === '') return 0;
  const groups = part.split(':');
  const last = groups.at(-1)!;
  const ipv4 = mayEndInIpv4 && isIpv4(last);
  const hex = ipv4 ? groups.slice(0, -1) : groups;
  return hex.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group)) ? hex.length + (ipv4 ? 2 : 0) : Number.NaN;
}

/** The addresses that mean "all of this host" and so cannot be advertised. */
export const isAnyAddress = (address: string) => ['0.0.0.0', '::', '[::]'].includes(address);
