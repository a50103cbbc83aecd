import { createSocket } from 'node:dgram';
import { connect } from 'node:net';

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

const types: Record<string, number> = {
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
const typeNames = Object.fromEntries(Object.entries(types).map(([name, code]) => [code, name]));
const rcodes = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'];

export function encodeAsked(asked: Asked): Uint8Array {
  const { name, type = 'A', id = 7, opcode = 0, recursionDesired = false, edns } = asked;
  const header = [id >> 8, id & 255, (opcode << 3) | Number(recursionDesired), 0, 0, 1, 0, 0, 0, 0, 0];
  const labels = name.split('.').filter((label) => label !== '');
  const wireName = labels.flatMap((label) => [label.length, ...Buffer.from(label, 'latin1')]);
  const option = asked.subnet ? [0, 8, 0, asked.subnet.length, ...asked.subnet] : [];
  const opt =
    edns === undefined
      ? []
      : [0, 0, 41, edns >> 8, edns & 255, 0, asked.ednsVersion ?? 0, 0, 0, 0, option.length, ...option];
  const tail = [0, types[type]! >> 8, types[type]! & 255, 0, asked.class ?? 1];
  return Uint8Array.from([...header, edns === undefined ? 0 : 1, ...wireName, ...tail, ...opt]);
}

/** Decodes a reply, strictly: it throws for one that no resolver could read. */
export function decodeReply(packet: Uint8Array): Reply {
  const view = Buffer.from(packet.buffer, packet.byteOffset, packet.length);
  const flags = Object.entries({
    aa: view[2]! & 4,
    tc: view[2]! & 2,
    rd: view[2]! & 1,
    ra: view[3]! & 128,
    cd: view[3]! & 16,
  });
  const reply: Reply = {
    id: view.readUInt16BE(0),
    rcode: rcodes[view[3]! & 15] ?? String(view[3]! & 15),
    flags: flags.filter(([, bit]) => bit !== 0).map(([name]) => name),
    opcode: (view[2]! >> 3) & 15,
    question: [],
    answer: [],
    authority: [],
    additional: [],
    bytes: packet.length,
  };
  let at = 12;
  for (let i = view.readUInt16BE(4); i > 0; i--) {
    const [name, next] = readName(view, at);
    reply.question.push(`${name} ${typeNames[view.readUInt16BE(next)]}`);
    at = next + 4;
  }
  for (const [section, offset] of [
    [reply.answer, 6],
    [reply.authority, 8],
    [reply.additional, 10],
  ] as const) {
    for (let i = view.readUInt16BE(offset); i > 0; i--) at = readRecord(view, at, section, reply);
  }
  if (at !== packet.length) throw new Error(`${packet.length - at} bytes after the last record`);
  return reply;
}

function readRecord(view: Buffer, start: number, section: string[], reply: Reply): number {
  const [name, at] = readName(view, start);
  const type = view.readUInt16BE(at);
  const dataAt = at + 10;
  const end = dataAt + view.readUInt16BE(at + 8);
  if (end > view.length) throw new Error('record beyond the end');
  if (type === types['OPT']) {
    const options = [...view.subarray(dataAt, end)];
    reply.opt = { udpSize: view.readUInt16BE(at + 2), extendedRcode: view[at + 4]!, options };
  } else {
    section.push(
      `${name} ${view.readUInt32BE(at + 4)} ${typeNames[type]} ${readData(view, type, dataAt, end)}`,
    );
  }
  return end;
}

function readData(view: Buffer, type: number, at: number, end: number): string {
  switch (typeNames[type]) {
    case 'A':
      return view.subarray(at, end).join('.');
    case 'AAAA':
      return view.toString('hex', at, end).replace(/(....)(?!$)/g, '$1:');
    case 'SRV': {
      const numbers = [0, 2, 4].map((offset) => view.readUInt16BE(at + offset));
      return `${numbers.join(' ')} ${readName(view, at + 6)[0]}`;
    }
    case 'SOA': {
      const [primary, second] = readName(view, at);
      const [mailbox, numbersAt] = readName(view, second);
      const numbers = [0, 4, 8, 12, 16].map((offset) => view.readUInt32BE(numbersAt + offset));
      return [primary, mailbox, ...numbers].join(' ');
    }
    case 'TXT': {
      const texts: string[] = [];
      for (let text = at; text < end; text += 1 + view[text]!) {
        texts.push(JSON.stringify(view.toString('utf8', text + 1, text + 1 + view[text]!)));
      }
      return texts.join(' ');
    }
    default:
      return readName(view, at)[0];
  }
}

/** The name at `start` and where it ends; pointers may only go back. */
function readName(view: Buffer, start: number): [string, number] {
  const labels: string[] = [];
  let end = -1;
  for (let at = start, barrier = start; ; ) {
    const length = view.readUInt8(at);
    if (length === 0) return [`${labels.join('.')}.`, end < 0 ? at + 1 : end];
    if (length >= 0xc0) {
      if (end < 0) end = at + 2;
      at = view.readUInt16BE(at) & 0x3fff;
      if (at >= barrier) throw new Error(`pointer at ${end - 2} does not go back`);
      barrier = at;
      continue;
    }
    if (at + 1 + length > view.length) throw new Error('name beyond the end');
    labels.push(view.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
}

/** Asks over UDP; rejects when nothing comes within 2 s. */
export function askUdp(port: number, packet: Uint8Array): Promise<Uint8Array> {
  const socket = createSocket('udp4');
  const reply = new Promise<Uint8Array>((resolve, reject) => {
    socket.on('message', resolve).on('error', reject);
    socket.send(packet, port, '127.0.0.1');
    setTimeout(() => reject(new Error('no reply over UDP')), 2000).unref();
  });
  return reply.finally(() => socket.close());
}

/** Asks all questions on one connection at once; the replies as they come. */
export function askTcp(port: number, ...packets: Uint8Array[]): Promise<Uint8Array[]> {
  const socket = connect(port, '127.0.0.1');
  const framed = packets.map((packet) => Buffer.from([packet.length >> 8, packet.length & 255, ...packet]));
  socket.write(Buffer.concat(framed));
  const replies: Uint8Array[] = [];
  let received = Buffer.alloc(0);
  const all = new Promise<Uint8Array[]>((resolve, reject) => {
    socket.on('error', reject).on('close', () => reject(new Error(`closed after ${replies.length} replies`)));
    socket.setTimeout(2000, () => reject(new Error(`no reply over TCP after ${replies.length}`)));
    socket.on('data', (bytes) => {
      received = Buffer.concat([received, bytes]);
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const end = 2 + received.readUInt16BE(0);
        replies.push(received.subarray(2, end));
        received = received.subarray(end);
      }
      if (replies.length === packets.length) resolve(replies);
    });
  });
  return all.finally(() => socket.destroy());
}
