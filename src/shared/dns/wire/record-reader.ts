/** Reads the answers of a recursor's reply: addresses and aliases. Ends at the first thing that is malformed. */
import type { RecordData, ResourceRecord } from '../record.ts';
import { recordTypes } from '../record.ts';
import * as format from './format.ts';

const utf8 = new TextDecoder();
/** Names chain a few pointers at most; a packet with more is made to keep us busy. */
const pointersMax = 16;

/** The A, AAAA and CNAME records in the Answer section. Never throws. */
export function decodeAnswers(packet: Uint8Array): ResourceRecord[] {
  const records: ResourceRecord[] = [];
  if (packet.length < format.headerBytes) return records;
  let at = format.questionsEnd(packet);
  for (let left = format.read16(packet, 6); left > 0 && at >= 0; left--) {
    const end = format.recordEnd(packet, at);
    if (end < 0) break;
    const record = decodeRecord(packet, at, end);
    if (record) records.push(record);
    at = end;
  }
  return records;
}

function decodeRecord(packet: Uint8Array, start: number, end: number): ResourceRecord | undefined {
  const name = decodeName(packet, start);
  const fixedAt = format.nameEnd(packet, start);
  const data = decodeData(packet, format.read16(packet, fixedAt), fixedAt + format.recordFixedBytes, end);
  if (name === undefined || data === undefined) return undefined;
  return { name, ttlS: format.read32(packet, fixedAt + 4), ...data };
}

function decodeData(packet: Uint8Array, type: number, start: number, end: number): RecordData | undefined {
  if (type === recordTypes.CNAME) {
    const target = decodeName(packet, start);
    return target === undefined ? undefined : { type: 'CNAME', target };
  }
  const address = format.copyBytes(packet, start, end);
  if (type === recordTypes.A && address.length === 4) return { type: 'A', address };
  return type === recordTypes.AAAA && address.length === 16 ? { type: 'AAAA', address } : undefined;
}

/** A name in dotted form; undefined for one that ends outside the packet, runs in circles, or has dots of its own. */
function decodeName(packet: Uint8Array, start: number): string | undefined {
  const labels: string[] = [];
  let bytes = 1;
  let pointers = 0;
  for (let at = start; at < packet.length; ) {
    const length = packet[at]!;
    if (length === 0) return labels.join('.');
    if (length >= format.pointerByteMin) {
      if (at + 1 >= packet.length || ++pointers > pointersMax) return undefined;
      at = format.read16(packet, at) & format.pointerOffsetMax;
      continue;
    }
    bytes += 1 + length;
    if (length > format.labelBytesMax || bytes > format.nameBytesMax) return undefined;
    const label = utf8.decode(packet.subarray(at + 1, at + 1 + length));
    if (label.includes('.') || label.includes('\ufffd')) return undefined;
    labels.push(label);
    at += 1 + length;
  }
  return undefined;
}
