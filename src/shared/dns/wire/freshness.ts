/**
 * How long a whole reply may be used again: the smallest TTL among its answers, or where it says that there is nothing,
 * for as long as its SOA allows.
 *
 * Source: RFC 8484 section 5.1, RFC 2308 section 5.
 */
import { rcodes, recordTypes } from '../record.ts';
import * as format from './format.ts';

/** A TTL with its first bit set is 0: RFC 2181, section 8. */
const ttlSMax = 0x7fff_ffff;
/** The last of the five numbers of an SOA record. */
const soaMinimumBytes = 4;

interface Found {
  type: number;
  ttlS: number;
  end: number;
}

/** Whole seconds; 0 for failures, and for a reply that cannot be read to its answers' end. */
export function freshnessS(reply: Uint8Array): number {
  if (reply.length < format.headerBytes) return 0;
  const rcode = reply[3]! & 0xf;
  if (rcode !== rcodes.NOERROR && rcode !== rcodes.NXDOMAIN) return 0;
  const answers = format.read16(reply, 6);
  if (answers === 0) return negativeS(reply);
  const records = firstRecords(reply, answers);
  return records.length < answers ? 0 : Math.min(...records.map(({ ttlS }) => ttlS));
}

function negativeS(reply: Uint8Array): number {
  const authority = firstRecords(reply, format.read16(reply, 8));
  const soa = authority.find(({ type }) => type === recordTypes.SOA);
  return soa ? Math.min(soa.ttlS, readTtlS(reply, soa.end - soaMinimumBytes)) : 0;
}

/** As many as can be read. */
function firstRecords(reply: Uint8Array, count: number): Found[] {
  const records: Found[] = [];
  for (let at = format.questionsEnd(reply); at >= 0 && records.length < count; ) {
    const end = format.recordEnd(reply, at);
    if (end < 0) break;
    const fixedAt = format.nameEnd(reply, at);
    records.push({ type: format.read16(reply, fixedAt), ttlS: readTtlS(reply, fixedAt + 4), end });
    at = end;
  }
  return records;
}

function readTtlS(reply: Uint8Array, at: number): number {
  const ttlS = format.read32(reply, at);
  return ttlS > ttlSMax ? 0 : ttlS;
}
