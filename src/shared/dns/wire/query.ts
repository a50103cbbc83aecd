/**
 * Reading questions. Whatever bytes arrive, reading ends and does not throw: in a query, in a query with a fault, or
 * in undefined for what deserves no reply.
 */
import { type Rcode, rcodes, recordTypes } from '../record.ts';
import * as format from './format.ts';

/** A decoded question. Its packet is kept beside it: a reply repeats the question as the bytes it came in. */
export interface Query {
  id: number;
  opcode: number;
  recursionDesired: boolean;
  checkingDisabled: boolean;
  /** Why nothing is looked up; NOERROR when all is well. */
  fault: Rcode;
  qtype: number;
  /** The question is from the header's end to here; empty with a fault that hides it. */
  questionEnd: number;
  edns: Edns | undefined;
}

export interface Edns {
  /** As the client sent it, for the reply repeats it. */
  udpSize: number;
  version: number;
  /** The data of the client subnet option: family, source and scope prefix length, address (RFC 7871). */
  clientSubnet: Uint8Array | undefined;
}

/** Undefined for less than a header, and for responses: two servers could send each other such for ever. */
export function decodeQuery(packet: Uint8Array): Query | undefined {
  if (packet.length < format.headerBytes || (packet[2]! & format.flags.response) !== 0) return undefined;
  const opcode = (packet[2]! >> 3) & 0xf;
  const isQuery = opcode === format.opcodes.QUERY;
  const query: Query = {
    id: format.read16(packet, 0),
    opcode,
    recursionDesired: opcode !== format.opcodes.NOTIFY && (packet[2]! & format.flags.recursionDesired) !== 0,
    checkingDisabled: isQuery && (packet[3]! & format.flags.checkingDisabled) !== 0,
    fault: rcodes.FORMERR,
    qtype: 0,
    questionEnd: format.headerBytes,
    edns: undefined,
  };
  if (isQuery || opcode === format.opcodes.NOTIFY) decodeBody(packet, query);
  else query.fault = rcodes.NOTIMP;
  return query;
}

/** Fills in `query`; returns early, leaving FORMERR, where the packet is not well formed. */
function decodeBody(packet: Uint8Array, query: Query): void {
  const others = format.read16(packet, 6) + format.read16(packet, 8);
  const additional = format.read16(packet, 10);
  if (format.read16(packet, 4) !== 1 || others > 2 || additional > 2) return;
  const end = questionNameEnd(packet);
  if (end < 0 || end + 4 > packet.length) return;
  let at = end + 4;
  for (let record = 0; record < others + additional; record++) {
    const next = format.recordEnd(packet, at);
    if (next < 0) return;
    if (record >= others && isOpt(packet, at)) {
      if (query.edns) return;
      query.edns = decodeOpt(packet, at, next);
    }
    at = next;
  }
  query.qtype = format.read16(packet, end);
  query.questionEnd = end + 4;
  query.fault = selectFault(query);
}

/** There is nothing before a question's name that it could point at, so it is not compressed. */
function questionNameEnd(packet: Uint8Array): number {
  const start = format.headerBytes;
  for (let at = start; at < packet.length && at - start < format.nameBytesMax; at += 1 + packet[at]!) {
    if (packet[at] === 0) return at + 1;
    if (packet[at]! > format.labelBytesMax) return -1;
  }
  return -1;
}

const isOpt = (packet: Uint8Array, at: number) =>
  packet[at] === 0 && format.read16(packet, at + 1) === recordTypes.OPT;

function selectFault(query: Query): Rcode {
  if (query.edns && query.edns.version > 0) return rcodes.BADVERS;
  // Zone transfers: there is no zone, and a catalog has no serial to go by.
  const isTransfer = query.qtype === recordTypes.AXFR || query.qtype === recordTypes.IXFR;
  return isTransfer ? rcodes.NOTIMP : rcodes.NOERROR;
}

function decodeOpt(packet: Uint8Array, start: number, end: number): Edns {
  return {
    udpSize: format.read16(packet, start + 3),
    version: packet[start + 6]!,
    clientSubnet: findClientSubnet(packet, start + format.optBytes, end),
  };
}

function findClientSubnet(packet: Uint8Array, start: number, end: number): Uint8Array | undefined {
  for (let at = start; at + format.optionHeaderBytes <= end; ) {
    const dataAt = at + format.optionHeaderBytes;
    const length = format.read16(packet, at + 2);
    if (dataAt + length > end) return undefined;
    const isSubnet = format.read16(packet, at) === format.clientSubnetOption;
    if (isSubnet && length >= 4 && length <= format.clientSubnetBytesMax) {
      return format.copyBytes(packet, dataAt, dataAt + length);
    }
    at = dataAt + length;
  }
  return undefined;
}

/** The address in a client subnet option, its missing bytes zero; undefined for an unknown family. */
export function subnetAddress(clientSubnet: Uint8Array): Uint8Array | undefined {
  const family = format.read16(clientSubnet, 0);
  const length = family === 1 ? 4 : family === 2 ? 16 : 0;
  const bytes = clientSubnet.subarray(4);
  if (length === 0 || bytes.length > length) return undefined;
  const address = new Uint8Array(length);
  address.set(bytes);
  return address;
}

const utf8 = new TextDecoder();

/** The labels of the question's name as text, in the asked case. */
export function decodeQuestionLabels(packet: Uint8Array): string[] {
  const labels: string[] = [];
  for (let at = format.headerBytes; packet[at] !== 0; at += 1 + packet[at]!) {
    labels.push(utf8.decode(packet.subarray(at + 1, at + 1 + packet[at]!)));
  }
  return labels;
}

const classBytes = 2;
const typeBytes = 2;

/** Bytes of a name without regard to case: what is not a letter stays, for lengths are below the letters. */
const toLower = (byte: number) => (byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte);

/**
 * What equal answers are found by: the name without regard to case, and the type. The class is left out, since it
 * makes no difference to an answer.
 */
export function sliceQuestionKey(packet: Uint8Array, query: Query): Uint8Array {
  const key = format.copyBytes(packet, format.headerBytes, query.questionEnd - classBytes);
  for (let i = 0; i < key.length - typeBytes; i++) key[i] = toLower(key[i]!);
  return key;
}

/** Equal for questions with equal keys: FNV-1a, as a small integer. */
export function hashQuestionKey(packet: Uint8Array, query: Query): number {
  const typeAt = query.questionEnd - classBytes - typeBytes;
  let hash = 0x811c9dc5 ^ query.qtype;
  for (let at = format.headerBytes; at < typeAt; at++) {
    hash = Math.imul(hash ^ toLower(packet[at]!), 0x01000193);
  }
  return (hash ^ (hash >>> 15)) & 0x3fffffff;
}

/** Whether `key` is that of the question in `packet`. */
export function hasQuestionKey(packet: Uint8Array, query: Query, key: Uint8Array): boolean {
  const length = query.questionEnd - classBytes - format.headerBytes;
  const nameLength = length - typeBytes;
  if (length !== key.length) return false;
  if (packet[format.headerBytes + nameLength + 1] !== key[nameLength + 1]) return false;
  if (packet[format.headerBytes + nameLength] !== key[nameLength]) return false;
  for (let i = 0; i < nameLength; i++) if (toLower(packet[format.headerBytes + i]!) !== key[i]) return false;
  return true;
}

/** A query for `name`, with ID 0, that asks for recursion. @param name one that DNS can carry. */
export function encodeQuestion(name: string, qtype: number): Uint8Array {
  const labels = name.split('.').map((label) => new TextEncoder().encode(label));
  const bytes = [0, 0, format.flags.recursionDesired, 0, 0, 1, 0, 0, 0, 0, 0, 0];
  for (const label of labels) bytes.push(label.length, ...label);
  bytes.push(0, qtype >> 8, qtype & 0xff, 0, format.classIn);
  return Uint8Array.from(bytes);
}
