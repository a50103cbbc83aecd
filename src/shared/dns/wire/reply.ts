/** Puts a reply together: header, the question as it came, the pieces chosen, OPT. */
import { type Rcode, rcodes, recordTypes } from '../record.ts';
import { type ReplyLimits, selectItems } from '../truncate.ts';
import type { EncodedAnswer, EncodedItem } from './encoded-answer.ts';
import * as format from './format.ts';
import type { Query } from './query.ts';

/** What a reply depends on besides the answer. */
export interface ReplyOptions {
  limits: ReplyLimits;
  recursionAvailable: boolean;
  /** A number in [0, 1), for the shuffle. */
  random: () => number;
}

/**
 * Writes the reply to `query` (decoded from `packet`) at the start of `out`, and returns its length.
 *
 * @param out has room for `options.limits.bytesMax`; a whole message (65,535 bytes) where answers are cut silently.
 */
export function writeReply(
  out: Uint8Array,
  answer: EncodedAnswer,
  query: Query,
  packet: Uint8Array,
  options: ReplyOptions,
): number {
  const fixedBytes = query.questionEnd + optLength(query);
  const selection = selectItems(answer, options.limits, fixedBytes, options.random);
  const { encoded, count, whole, withAuthority, withGlue } = selection;
  const { items, order, bytes, authority, additional } = encoded;
  let at = copyQuestion(out, packet, query);
  let answers = 0;
  for (let i = 0; i < count; i++) {
    const item = items[order[i]!]!;
    at = copy(out, at, bytes, item.start, item.glueStart);
    answers += item.answerRecords;
  }
  if (withAuthority) at = copy(out, at, bytes, authority.start, authority.end);
  let extras = 0;
  let answerAt = query.questionEnd;
  for (let i = 0; i < count && withGlue; i++) {
    const item = items[order[i]!]!;
    at = copyAbout(out, at, encoded, item, whole, answerAt + item.targetAt);
    extras += item.glueRecords + (whole ? item.metaRecords : 0);
    answerAt += item.glueStart - item.start;
  }
  if (whole) {
    at = copy(out, at, bytes, additional.start, additional.end);
    extras += additional.records;
  }
  if (query.edns) {
    at = writeOpt(out, at, query, answer.rcode, answer.subnetSpecific);
    extras += 1;
  }
  const truncated = selection.truncated && options.limits.truncates;
  writeFlags(out, query, answer.rcode, answer.authoritative, truncated, options.recursionAvailable);
  writeCounts(out, query, answers, withAuthority ? authority.records : 0, extras);
  return at;
}

/** Copies what comes beside an item's answer, with pointers at the target. */
function copyAbout(
  out: Uint8Array,
  at: number,
  { bytes, marks }: EncodedAnswer,
  item: EncodedItem,
  withMeta: boolean,
  targetAt: number,
): number {
  const end = copy(out, at, bytes, item.glueStart, withMeta ? item.end : item.metaStart);
  const marksEnd = withMeta ? item.marksEnd : item.metaMarks;
  for (let i = item.glueMarks; i < marksEnd; i++) {
    write16(out, at + marks[i]! - item.glueStart, format.pointerMark | targetAt);
  }
  return end;
}

/** The reply to a query that nothing is looked up for: the rcode of its fault. */
export function writeFault(out: Uint8Array, query: Query, packet: Uint8Array): number {
  let at = copyQuestion(out, packet, query);
  if (query.edns) at = writeOpt(out, at, query, query.fault, false);
  // Consul's NOTIMP for a transfer is authoritative; what was not understood is nobody's.
  const authoritative = query.fault === rcodes.NOTIMP && query.questionEnd > format.headerBytes;
  writeFlags(out, query, query.fault, authoritative, false, false);
  writeCounts(out, query, 0, 0, query.edns ? 1 : 0);
  return at;
}

function copyQuestion(out: Uint8Array, packet: Uint8Array, query: Query): number {
  for (let at = format.headerBytes; at < query.questionEnd; at++) out[at] = packet[at]!;
  return query.questionEnd;
}

/** Replies are made of short pieces: for these a loop is faster than the copy of typed arrays. */
function copy(out: Uint8Array, at: number, bytes: Uint8Array, start: number, end: number): number {
  const shift = at - start;
  for (let i = start; i < end; i++) out[i + shift] = bytes[i]!;
  return end + shift;
}

function optLength(query: Query): number {
  if (!query.edns) return 0;
  const { clientSubnet } = query.edns;
  return format.optBytes + (clientSubnet ? format.optionHeaderBytes + clientSubnet.length : 0);
}

/** Repeats the client's size and subnet. A scope of 0 says that the answer holds for every subnet (RFC 7871). */
function writeOpt(out: Uint8Array, at: number, query: Query, rcode: Rcode, subnetSpecific: boolean): number {
  const { udpSize, clientSubnet } = query.edns!;
  out.fill(0, at, at + format.optBytes);
  write16(out, at + 1, recordTypes.OPT);
  write16(out, at + 3, udpSize);
  out[at + 5] = rcode >> 4;
  if (!clientSubnet) return at + format.optBytes;
  const optionAt = at + format.optBytes;
  const dataAt = optionAt + format.optionHeaderBytes;
  write16(out, optionAt - 2, format.optionHeaderBytes + clientSubnet.length);
  write16(out, optionAt, format.clientSubnetOption);
  write16(out, optionAt + 2, clientSubnet.length);
  out.set(clientSubnet, dataAt);
  out[dataAt + 3] = subnetSpecific ? clientSubnet[2]! : 0;
  return dataAt + clientSubnet.length;
}

function writeFlags(
  out: Uint8Array,
  query: Query,
  rcode: Rcode,
  authoritative: boolean,
  truncated: boolean,
  recursionAvailable: boolean,
): void {
  write16(out, 0, query.id);
  out[2] =
    format.flags.response |
    (query.opcode << 3) |
    (authoritative ? format.flags.authoritative : 0) |
    (truncated ? format.flags.truncated : 0) |
    (query.recursionDesired ? format.flags.recursionDesired : 0);
  out[3] =
    (recursionAvailable ? format.flags.recursionAvailable : 0) |
    (query.checkingDisabled ? format.flags.checkingDisabled : 0) |
    (rcode & 0xf);
}

function writeCounts(
  out: Uint8Array,
  query: Query,
  answers: number,
  authority: number,
  additional: number,
): void {
  write16(out, 4, query.questionEnd > format.headerBytes ? 1 : 0);
  write16(out, 6, answers);
  write16(out, 8, authority);
  write16(out, 10, additional);
}

function write16(out: Uint8Array, at: number, value: number): void {
  out[at] = (value >> 8) & 0xff;
  out[at + 1] = value & 0xff;
}
