/** IP addresses as the 4 or 16 bytes of A and AAAA records, as text, as hex digits and as reverse names. */

/** The bytes of an IPv4 or IPv6 address, or undefined when `text` is something else (a host name). */
export function parseIpAddress(text: string): Uint8Array | undefined {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

function parseIpv4(text: string): Uint8Array | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (!match) return undefined;
  const bytes = match.slice(1).map(Number);
  return bytes.every((byte) => byte <= 255) ? Uint8Array.from(bytes) : undefined;
}

function parseIpv6(text: string): Uint8Array | undefined {
  const parts = withIpv4TailAsHex(text)?.split('::');
  if (!parts || parts.length > 2) return undefined;
  const head = parts[0] === '' ? [] : parts[0]!.split(':');
  if (parts.length === 1) return fromGroups(head);
  const tail = parts[1] === '' ? [] : parts[1]!.split(':');
  const zeros = 8 - head.length - tail.length;
  return zeros < 1 ? undefined : fromGroups([...head, ...Array<string>(zeros).fill('0'), ...tail]);
}

/** "::ffff:10.0.0.1" becomes "::ffff:0a00:0001". */
function withIpv4TailAsHex(text: string): string | undefined {
  const tail = /[^:]*\.[^:]*$/.exec(text);
  if (!tail) return text;
  const bytes = parseIpv4(tail[0]);
  if (!bytes) return undefined;
  const hex = formatHex(bytes);
  return `${text.slice(0, tail.index)}${hex.slice(0, 4)}:${hex.slice(4)}`;
}

function fromGroups(groups: string[]): Uint8Array | undefined {
  if (groups.length !== 8 || !groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return parseHex(groups.map((group) => group.padStart(4, '0')).join(''));
}

/** Two hex digits a byte: `0a020002`. */
export const formatHex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** The bytes of an even number of hex digits, or undefined. */
export function parseHex(digits: string): Uint8Array | undefined {
  if (!/^([0-9a-f]{2})+$/i.test(digits)) return undefined;
  return Uint8Array.from(digits.match(/../g)!, (pair) => Number.parseInt(pair, 16));
}

/** As Go prints it, RFC 5952 for IPv6: lower case, the longest run of zero groups as `::`. */
export function formatIpAddress(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i]! << 8) | bytes[2 * i + 1]!).toString(16));
  const run = longestZeroRun(groups);
  if (run.length < 2) return groups.join(':');
  return `${groups.slice(0, run.start).join(':')}::${groups.slice(run.start + run.length).join(':')}`;
}

function longestZeroRun(groups: string[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let end = start;
    while (groups[end] === '0') end++;
    if (end - start > best.length) best = { start, length: end - start };
  }
  return best;
}

/**
 * The address that `labels` name under `in-addr.arpa` or `ip6.arpa`: the labels before these two, least significant
 * first. Undefined for partial and malformed ones.
 */
export function parseReverseLabels(zone: string, labels: string[]): Uint8Array | undefined {
  const digits = labels.toReversed();
  if (zone === 'in-addr') return parseIpv4(digits.join('.'));
  if (zone !== 'ip6' || digits.length !== 32 || !digits.every((digit) => digit.length === 1))
    return undefined;
  return parseHex(digits.join(''));
}
