/**
 * DNS messages as tests write and read them. Made apart from the code under test, so that the two do not share faults.
 */

/** A question as a test writes it. */
export interface Asked {
  name: string;
  type?: string;
  class?: number;
  opcode?: number;
  id?: number;
  recursionDesired?: boolean;
  /** The UDP size of an OPT record; none is sent without it. */
  edns?: number;
  ednsVersion?: number;
  /** Data of a client subnet option. */
  subnet?: number[];
}

/** A reply as text: records are `name ttl type data`, names with their final dot, sections in the order they came. */
export interface Reply {
  id: number;
  rcode: string;
  /** Of aa, tc, rd, ra, cd those that are set. */
  flags: string[];
  opcode: number;
  question: string[];
  answer: string[];
  authority: string[];
  additional: string[];
  opt?: { udpSize: number; extendedRcode: number; options: number[] };
  bytes: number;
}

const types = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  OPT: 41,
  IXFR: 251,
  AXFR: 252,
  ANY: 255,
};
type TypeName = keyof typeof types;
const typeNames: Record<number, string> = Object.fromEntries(
  Object.entries(types).map(([name, code]) => [code, name]),
);
const rcodes = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'];

const latin1 = (text: string) => Array.from(text, (character) => character.charCodeAt(0));
const bytesOf = (view: DataView, start: number, end: number) =>
  Array.from({ length: end - start }, (_, i) => view.getUint8(start + i));

export function encodeAsked(asked: Asked): Uint8Array {
  const { name, type = 'A', id = 7, opcode = 0, recursionDesired = false, edns } = asked;
  const header = [id >> 8, id & 255, (opcode << 3) | Number(recursionDesired), 0, 0, 1, 0, 0, 0, 0, 0];
  const labels = name.split('.').filter((label) => label !== '');
  const wireName = labels.flatMap((label) => [label.length, ...latin1(label)]);
  const option = asked.subnet ? [0, 8, 0, asked.subnet.length, ...asked.subnet] : [];
  const opt =
    edns === undefined
      ? []
      : [0, 0, 41, edns >> 8, edns & 255, 0, asked.ednsVersion ?? 0, 0, 0, 0, option.length, ...option];
  const tail = [0, types[type as TypeName] >> 8, types[type as TypeName] & 255, 0, asked.class ?? 1];
  return Uint8Array.from([...header, edns === undefined ? 0 : 1, ...wireName, ...tail, ...opt]);
}

/** Decodes a reply, strictly: it throws for one that no resolver could read. */
export function decodeReply(packet: Uint8Array): Reply {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.length);
  const flags = Object.entries({
    aa: packet[2]! & 4,
    tc: packet[2]! & 2,
    rd: packet[2]! & 1,
    ra: packet[3]! & 128,
    cd: packet[3]! & 16,
  });
  const reply: Reply = {
    id: view.getUint16(0),
    rcode: rcodes[packet[3]! & 15] ?? String(packet[3]! & 15),
    flags: flags.filter(([, bit]) => bit !== 0).map(([name]) => name),
    opcode: (packet[2]! >> 3) & 15,
    question: [],
    answer: [],
    authority: [],
    additional: [],
    bytes: packet.length,
  };
  let at = 12;
  for (let i = view.getUint16(4); i > 0; i--) {
    const [name, next] = readName(view, at);
    reply.question.push(`${name} ${typeNames[view.getUint16(next)]}`);
    at = next + 4;
  }
  for (const [section, offset] of [
    [reply.answer, 6],
    [reply.authority, 8],
    [reply.additional, 10],
  ] as const) {
    for (let i = view.getUint16(offset); i > 0; i--) at = readRecord(view, at, section, reply);
  }
  if (at !== packet.length) throw new Error(`${packet.length - at} bytes after the last record`);
  return reply;
}

function readRecord(view: DataView, start: number, section: string[], reply: Reply): number {
  const [name, at] = readName(view, start);
  const type = view.getUint16(at);
  const dataAt = at + 10;
  const end = dataAt + view.getUint16(at + 8);
  if (end > view.byteLength) throw new Error('record beyond the end');
  if (type === types.OPT) {
    const options = bytesOf(view, dataAt, end);
    reply.opt = { udpSize: view.getUint16(at + 2), extendedRcode: view.getUint8(at + 4), options };
  } else {
    section.push(`${name} ${view.getUint32(at + 4)} ${typeNames[type]} ${readData(view, type, dataAt, end)}`);
  }
  return end;
}

function readData(view: DataView, type: number, at: number, end: number): string {
  switch (typeNames[type]) {
    case 'A':
      return bytesOf(view, at, end).join('.');
    case 'AAAA':
      return Array.from({ length: 8 }, (_, i) => view.getUint16(at + 2 * i).toString(16)).join(':');
    case 'SRV': {
      const numbers = [0, 2, 4].map((offset) => view.getUint16(at + offset));
      return `${numbers.join(' ')} ${readName(view, at + 6)[0]}`;
    }
    case 'SOA': {
      const [primary, second] = readName(view, at);
      const [mailbox, numbersAt] = readName(view, second);
      const numbers = [0, 4, 8, 12, 16].map((offset) => view.getUint32(numbersAt + offset));
      return [primary, mailbox, ...numbers].join(' ');
    }
    case 'TXT': {
      const texts: string[] = [];
      for (let text = at; text < end; text += 1 + view.getUint8(text)) {
        const bytes = bytesOf(view, text + 1, text + 1 + view.getUint8(text));
        texts.push(JSON.stringify(new TextDecoder().decode(Uint8Array.from(bytes))));
      }
      return texts.join(' ');
    }
    default:
      return readName(view, at)[0];
  }
}

/** The name at `start` and where it ends; pointers may only go back. */
function readName(view: DataView, start: number): [string, number] {
  const labels: string[] = [];
  let end = -1;
  for (let at = start, barrier = start; ; ) {
    const length = view.getUint8(at);
    if (length === 0) return [`${labels.join('.')}.`, end < 0 ? at + 1 : end];
    if (length >= 0xc0) {
      if (end < 0) end = at + 2;
      at = view.getUint16(at) & 0x3fff;
      if (at >= barrier) throw new Error(`pointer at ${end - 2} does not go back`);
      barrier = at;
      continue;
    }
    if (at + 1 + length > view.byteLength) throw new Error('name beyond the end');
    labels.push(String.fromCharCode(...bytesOf(view, at + 1, at + 1 + length)));
    at += 1 + length;
  }
}
