/**
 * DNS packets that nobody should send, always the same ones for a seed, and the laws that every reply obeys. What a packet
 * asks is read here apart from the code under test, so that the two do not share faults.
 */
import { expect } from 'vitest';
import type { DnsCatalogs } from '../src/shared/dns/catalogs.ts';
import { dc1, makeCatalogs } from './cases/dns/catalog.ts';
import { dnsCases } from './cases/dns/dns-cases.ts';
import { CatalogFixture } from './catalog-fixture.ts';
import { decodeReply, encodeAsked } from './dns-message.ts';
import { seededRandom } from './seeded-random.ts';

/** A run of a million takes a few minutes: `ROLLCALL_FUZZ_PACKETS=1000000 npm test -- hostile-packets`. */
export const packetCount = Number(process.env.ROLLCALL_FUZZ_PACKETS ?? 10_000);
/** Said by every failure. */
export const fuzzSeed = Number(process.env.ROLLCALL_FUZZ_SEED ?? 20_261_122);

/** What any client takes over UDP. */
const plainBytesMax = 512;

interface Dice {
  /** A whole number below `end`. */
  below(end: number): number;
  pick<Value>(values: readonly Value[]): Value;
  bytes(count: number): number[];
}

function makeDice(seed: number): Dice {
  const random = seededRandom(seed);
  const below = (end: number) => Math.floor(random() * end);
  return {
    below,
    pick: (values) => values[below(values.length)]!,
    bytes: (count) => Array.from({ length: count }, () => below(256)),
  };
}

const questions = dnsCases.flatMap(([, cases]) => cases.map(({ asked }) => encodeAsked(asked)));
const types = ['A', 'AAAA', 'SRV', 'ANY', 'TXT', 'SOA', 'NS', 'PTR', 'MX', 'AXFR'];
const sizes = [undefined, 0, 100, 512, 513, 1232, 4096, 65_535];
const label = (dice: Dice) =>
  dice.pick(['x', 'example', 'consul', 'service', 'a'.repeat(63), `n${dice.below(1e6)}`]);

const crowdSize = 200;

/** Those of the cases, and a service whose answer is more than almost anybody can take. */
export function crowdedCatalogs(): DnsCatalogs {
  const crowd = Array.from({ length: crowdSize }, (_, i) => ({
    Node: `crowd-${i}`,
    Address: `10.7.0.${i}`,
    NodeMeta: { rack: `r${i}` },
    Service: { Service: 'crowd', Port: 7000 + i },
  }));
  return makeCatalogs(new CatalogFixture([...dc1, ...crowd]));
}

/** Asks for the crowd, and says how much of it it can take. */
function beggar(dice: Dice): number[] {
  const edns = dice.pick([undefined, dice.below(2_000), dice.below(65_536)]);
  const name = dice.pick(['crowd.service.consul', '_crowd._tcp.service.consul']);
  return [...encodeAsked({ name, type: dice.pick(types), ...(edns === undefined ? {} : { edns }) })];
}

function outsider(dice: Dice): number[] {
  const name = Array.from({ length: 1 + dice.below(3) }, () => label(dice));
  const edns = dice.pick(sizes);
  return [
    ...encodeAsked({
      name: [...name, dice.pick(['com', 'org', 'consul2', 'xconsul', ''])].join('.'),
      type: dice.pick(types),
      ...(edns === undefined ? {} : { edns }),
    }),
  ];
}

/** A name that nobody has asked before, so that whatever is kept by name grows. */
function stranger(dice: Dice): number[] {
  const kind = dice.pick(['service', 'node', 'query', 'connect', 'addr']);
  const name = `n${dice.below(2 ** 31)}.${kind}.consul`;
  return [...encodeAsked({ name, type: dice.pick(types), edns: 1232 })];
}

function mutant(dice: Dice): number[] {
  const packet = [...dice.pick(questions)];
  for (let steps = 1 + dice.below(4); steps > 0; steps--)
    mutations[dice.below(mutations.length)]!(packet, dice);
  return packet;
}

/** Each leaves a packet that is like one, almost. */
const mutations: ((packet: number[], dice: Dice) => void)[] = [
  (packet, dice) => {
    if (packet.length > 0) packet[dice.below(packet.length)] = dice.below(256);
  },
  (packet, dice) => {
    if (packet.length > 0) packet[dice.below(packet.length)]! ^= 1 << dice.below(8);
  },
  (packet, dice) => void packet.splice(dice.below(packet.length + 1)),
  (packet, dice) => void packet.push(...dice.bytes(dice.below(40))),
  (packet, dice) =>
    void packet.splice(dice.below(packet.length + 1), dice.below(4), ...dice.bytes(dice.below(4))),
  // Counts that promise more, or less, than there is.
  (packet, dice) => {
    if (packet.length >= 12) packet[4 + dice.below(8)] = dice.pick([0, 1, 2, 3, 255]);
  },
  // Opcodes, and responses.
  (packet, dice) => {
    if (packet.length >= 12) packet[2] = dice.below(256);
  },
  // A pointer in the name: at itself, at the header, beyond the end.
  (packet, dice) => {
    if (packet.length > 14) [packet[12], packet[13]] = [0xc0 | dice.below(64), dice.pick([0, 12, 13, 255])];
  },
  // Another record of EDNS, its length a lie now and then.
  (packet, dice) => {
    const option = [0, dice.pick([8, 10]), 0, dice.below(24), ...dice.bytes(dice.below(24))];
    packet.push(...[0, 0, 41, ...dice.bytes(2), 0, dice.pick([0, 0, 1]), 0, 0, 0, option.length], ...option);
    if (packet.length >= 12) packet[11] = (packet[11]! + 1) & 255;
  },
];

const noise = (dice: Dice): number[] => dice.bytes(dice.below(dice.pick([14, 80, 600])));

/** @param count how many. */
export function* hostilePackets(count: number, seed = fuzzSeed): Generator<Uint8Array<ArrayBuffer>> {
  const dice = makeDice(seed);
  const kinds = [mutant, mutant, mutant, outsider, stranger, beggar, noise];
  for (let i = 0; i < count; i++) yield Uint8Array.from(dice.pick(kinds)(dice));
}

interface Understood {
  name: string;
  /** The most that this client takes over UDP. */
  bytesMax: number;
}

/** Undefined for what RFC 1035 does not allow a question to be. Whatever follows its records is no part of it. */
function understand(packet: Uint8Array): Understood | undefined {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.length);
  try {
    if (view.getUint16(4) !== 1) return undefined;
    const [name, nameEnd] = readPlainName(view, 12);
    view.getUint32(nameEnd);
    let at = nameEnd + 4;
    let bytesMax = plainBytesMax;
    for (let left = view.getUint16(6) + view.getUint16(8) + view.getUint16(10); left > 0; left--) {
      const fixed = skipName(view, at);
      if (view.getUint16(fixed) === 41) bytesMax = Math.max(bytesMax, view.getUint16(fixed + 2));
      at = fixed + 10 + view.getUint16(fixed + 8);
      if (at > packet.length) return undefined;
    }
    return { name, bytesMax };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** @throws {RangeError} for one that is compressed, too long, or ends outside the packet. */
function readPlainName(view: DataView, start: number): [name: string, end: number] {
  const labels: string[] = [];
  let at = start;
  for (let length = view.getUint8(at); length !== 0; length = view.getUint8(at)) {
    if (length > 63 || at - start > 254) throw new RangeError('no name');
    const bytes = new Uint8Array(view.buffer, view.byteOffset + at + 1, length);
    labels.push(String.fromCharCode(...bytes));
    at += 1 + length;
  }
  if (at + 1 - start > 255) throw new RangeError('no name');
  return [labels.join('.'), at + 1];
}

/** @throws {RangeError} */
function skipName(view: DataView, start: number): number {
  for (let at = start; ; at += 1 + view.getUint8(at)) {
    const length = view.getUint8(at);
    if (length === 0) return at + 1;
    if (length >= 0xc0) return at + 2;
    if (length > 63) throw new RangeError('no label');
  }
}

const isOutside = ({ name }: Understood) => !/(^|\.)(consul|arpa)$/i.test(name);
const refusals = ['FORMERR', 'NOTIMP', 'REFUSED'];

/** Whether there is to be a reply: none to less than a header, and none to what is a reply itself. */
export const deservesReply = (packet: Uint8Array): boolean => packet.length >= 12 && packet[2]! < 0x80;

/**
 * What holds for the reply to any packet, without a recursor.
 *
 * @param transport over TCP a reply may be as long as a message can be.
 * @throws unless it holds.
 */
export function expectLawful(
  packet: Uint8Array,
  reply: Uint8Array | undefined,
  transport: 'udp' | 'tcp' = 'udp',
): void {
  if (!reply || !deservesReply(packet)) {
    expect(reply !== undefined).toBe(deservesReply(packet));
    return;
  }
  const understood = understand(packet);
  const { rcode, id, opcode, answer } = decodeReply(reply);
  const isFailure = refusals.includes(rcode);
  const isQuery = packet[2]! >> 3 === 0;
  const faults = [
    id !== packet[0]! * 256 + packet[1]! && 'another ID',
    reply[2]! < 0x80 && 'no response',
    opcode !== packet[2]! >> 3 && 'another opcode',
    !understood && !isFailure && 'an answer to what is no question',
    isFailure && answer.length > 0 && 'a refusal with an answer',
    isFailure && reply.length > packet.length && 'a refusal that is longer than what was asked',
    transport === 'udp' &&
      reply.length > (understood?.bytesMax ?? plainBytesMax) &&
      'more than the client takes',
    understood &&
      isQuery &&
      isOutside(understood) &&
      !isFailure &&
      !isBadVersion(reply) &&
      'an answer about others',
  ];
  const broken = faults.filter((fault) => fault !== false && fault !== undefined);
  if (broken.length > 0)
    throw new Error(
      `${broken.join(', ')} (seed ${fuzzSeed}): ${Buffer.from(packet).toString('hex')} got ${Buffer.from(reply).toString('hex')}`,
    );
}

/** BADVERS, whose upper bits are in the OPT, looks like NOERROR in the header; it carries nothing. */
const isBadVersion = (reply: Uint8Array): boolean => decodeReply(reply).opt?.extendedRcode === 1;
