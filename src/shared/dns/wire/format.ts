/** Sizes and bits of DNS messages (RFC 1035 section 4.1, RFC 6891), and reading numbers of them. */

export const headerBytes = 12;
export const labelBytesMax = 63;
export const nameBytesMax = 255;
/** A message over TCP has its length in 16 bits. */
export const messageBytesMax = 65_535;
/** A compression pointer has 14 bits: only names in the first 16 KiB of a message can be pointed at. */
export const pointerOffsetMax = 0x3fff;
export const pointerMark = 0xc000;
/** The two top bits of a length byte: a pointer follows instead of a label. */
export const pointerByteMin = 0xc0;

/** A record after its owner: type, class, TTL and length of the data. */
export const recordFixedBytes = 10;
/** An OPT record without options: empty owner, type, UDP size, extended flags, length. */
export const optBytes = 11;
/** Code and length of an option. */
export const optionHeaderBytes = 4;
export const clientSubnetOption = 8;
/** Family, two prefix lengths and an IPv6 address. */
export const clientSubnetBytesMax = 20;

export const classIn = 1;
export const opcodes = { QUERY: 0, NOTIFY: 4 } as const;

/** Bits of the header's third and fourth byte. */
export const flags = {
  response: 0x80,
  authoritative: 0x04,
  truncated: 0x02,
  recursionDesired: 0x01,
  recursionAvailable: 0x80,
  checkingDisabled: 0x10,
} as const;

export const read16 = (bytes: Uint8Array, at: number): number => (bytes[at]! << 8) | bytes[at + 1]!;
export const read32 = (bytes: Uint8Array, at: number): number =>
  read16(bytes, at) * 0x10000 + read16(bytes, at + 2);

/** A copy. What Node.js receives are Buffers, whose own `slice` gives a view of the same memory. */
export const copyBytes = (bytes: Uint8Array, start = 0, end = bytes.length): Uint8Array =>
  new Uint8Array(bytes.subarray(start, end));

/** Where a name, compressed or not, ends; -1 when the packet ends first. Pointers are not followed. */
export function nameEnd(packet: Uint8Array, start: number): number {
  let at = start;
  while (at < packet.length) {
    const length = packet[at]!;
    if (length === 0) return at + 1;
    if (length >= pointerByteMin) return at + 2 > packet.length ? -1 : at + 2;
    if (length > labelBytesMax) return -1;
    at += 1 + length;
  }
  return -1;
}

/** Where the record ends that starts at `start`; -1 when the packet ends first. */
export function recordEnd(packet: Uint8Array, start: number): number {
  const fixedAt = nameEnd(packet, start);
  if (fixedAt < 0 || fixedAt + recordFixedBytes > packet.length) return -1;
  const end = fixedAt + recordFixedBytes + read16(packet, fixedAt + 8);
  return end > packet.length ? -1 : end;
}

/** Where the records begin; -1 when the packet ends first. */
export function questionsEnd(packet: Uint8Array): number {
  let at: number = headerBytes;
  for (let left = read16(packet, 4); left > 0; left--) {
    const end = nameEnd(packet, at);
    if (end < 0) return -1;
    at = end + 4;
  }
  return at;
}
