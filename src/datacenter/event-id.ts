/**
 * The ID of an event is a random UUID whose two halves, taken as numbers, differ (XOR) by the index of the transaction
 * that fired it. Clients of Consul, `consul watch` among them, derive the index of an event from its ID in this way, to
 * find the events that came after the last they saw; so the number they derive is the index that they were answered
 * with, which never falls and fits a double.
 */
import type { Index } from '../shared/model.ts';

const bytesOfHalf = 8;
const versionByte = 6;

/** `random` are 16 bytes. */
export function makeEventId(index: Index, random: Uint8Array): string {
  const bytes = Uint8Array.from(random);
  const view = new DataView(bytes.buffer);
  bytes[bytesOfHalf] = (bytes[bytesOfHalf]! & 0x3f) | 0x80;
  // The version stands in the first half, so the second has to begin this byte with what makes it 4.
  const indexByte = Number((BigInt(index) >> 8n) & 0xffn);
  const second = bytesOfHalf + versionByte;
  bytes[second] = (bytes[second]! & 0x0f) | (0x40 ^ (indexByte & 0xf0));
  view.setBigUint64(0, view.getBigUint64(bytesOfHalf) ^ BigInt(index));
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
