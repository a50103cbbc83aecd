/** Puts a reply together: header, the question as it came, the pieces chosen, OPT. */
import { type Rcode, rcodes, recordTypes } from '../record.ts';
import { type ReplyLimits, selectItems } from '../truncate.ts';
import type { EncodedAnswer, Piece } from './encoded-answer.ts';
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
  encoded: EncodedAnswer,
  query: Query,
  packet: Uint8Array,
  options: ReplyOptions,
): number {
  const fixedBytes = query.questionEnd + optLength(query);
  const selection = selectItems(encoded, options.limits, fixedBytes, options.random);
  const { items, order } = encoded;
  let at = copyQuestion(out, packet, query);
  let answers = 0;
  for (let i = 0; i < selection.count; i++) {
    const { answer } = items[order[i]!]!;
    out.set(answer.bytes, at);
    at += answer.bytes.length;
    answers += answer.records;
  }
  let additional = 0;
  if (selection.whole) at = writePiece(out, at, encoded.authority, 0, false);
  let targetAt = query.questionEnd;
  for (let i = 0; i < selection.count && selection.withGlue; i++) {
    const item = items[order[i]!]!;
    at = writePiece(out, at, item.glue, targetAt + item.targetAt, selection.far);
    additional += item.glue.records;
    if (selection.whole) {
      at = writePiece(out, at, item.meta, targetAt + item.targetAt, selection.far);
      additional += item.meta.records;
    }
    targetAt += item.answer.bytes.length;
  }
  if (selection.whole) {
    at = writePiece(out, at, encoded.additional, 0, false);
    additional += encoded.additional.records;
  }
  if (query.edns) {
    at = writeOpt(out, at, query, encoded.rcode, encoded.subnetSpecific);
    additional += 1;
  }
  const authority = selection.whole ? encoded.authority.records : 0;
  const truncated = selection.truncated && options.limits.truncates;
  writeFlags(out, query, encoded.rcode, encoded.authoritative, truncated, options.recursionAvailable);
  writeCounts(out, query, answers, authority, additional);
  return at;
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

function writePiece(out: Uint8Array, at: number, piece: Piece, targetAt: number, far: boolean): number {
  if (piece.records === 0) return at;
  const bytes = far ? piece.farBytes : piece.bytes;
  out.set(bytes, at);
  if (!far) for (const mark of piece.marks) write16(out, at + mark, format.pointerMark | targetAt);
  return at + bytes.length;
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
