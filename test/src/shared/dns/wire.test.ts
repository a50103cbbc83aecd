import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeQuery, decodeQuestionLabels } from '../../../../src/shared/dns/wire/query.ts';
import { decodeAnswers } from '../../../../src/shared/dns/wire/record-reader.ts';
import { isEncodableName } from '../../../../src/shared/dns/wire/record-writer.ts';
import { isReplyTo, withId } from '../../../../src/shared/dns/wire/recursion.ts';
import { decodeReply, encodeAsked } from '../../../dns-message.ts';
import { makeResponder } from './dns-responder-fixture.ts';

const seed = 20_261_122;
const web = encodeAsked({ name: 'web.service.consul', id: 0x1234, recursionDesired: true });
const withByte = (at: number, value: number, packet = web) => {
  const copy = packet.slice();
  copy[at] = value;
  return copy;
};
const withTail = (...tail: number[]) => Uint8Array.from([...web, ...tail]);
/** A question whose name has this many bytes on the wire, in labels of up to 63. */
function questionOf(nameBytes: number): Uint8Array {
  const labels: string[] = [];
  for (let left = nameBytes - 1; left > 0; ) {
    const length = Math.min(63, left - 1 === 64 ? 62 : left - 1);
    labels.push('x'.repeat(length));
    left -= length + 1;
  }
  return encodeAsked({ name: labels.join('.') });
}

const faults: [string, Uint8Array, string][] = [
  ['no question', withByte(5, 0), 'FORMERR'],
  ['two questions', withByte(5, 2), 'FORMERR'],
  ['a question that ends in its name', web.slice(0, 20), 'FORMERR'],
  ['a question without type', web.slice(0, -4), 'FORMERR'],
  ['a question without half its class', web.slice(0, -1), 'FORMERR'],
  ['a label of 64 bytes', withByte(12, 64), 'FORMERR'],
  ['a compressed name', withByte(12, 0xc0), 'FORMERR'],
  ['a name of 256 bytes', questionOf(256), 'FORMERR'],
  ['a record that is announced and missing', withByte(11, 1), 'FORMERR'],
  ['three additional records', withByte(11, 3), 'FORMERR'],
  ['three answers', withByte(7, 3), 'FORMERR'],
  ['an OPT that is cut', withByte(11, 1, withTail(0, 0, 41, 4, 208, 0, 0, 0, 0, 0)), 'FORMERR'],
  ['an OPT longer than the packet', withByte(11, 1, withTail(0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 1)), 'FORMERR'],
  [
    'two OPTs',
    withByte(11, 2, withTail(0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0, 0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0)),
    'FORMERR',
  ],
  ['opcode UPDATE', withByte(2, 5 << 3), 'NOTIMP'],
];

describe('a packet that is not understood', () => {
  test.each(faults)('%s is answered', (_law, packet, rcode) => {
    const reply = makeResponder().answerQuestion(packet, 'udp') as Uint8Array;
    const decoded = decodeReply(reply);
    expect([decoded.rcode, decoded.id, decoded.answer, decoded.question]).toEqual([
      rcode,
      packet[0]! * 256 + packet[1]!,
      [],
      [],
    ]);
  });

  test.each([
    ['less than a header', web.slice(0, 11)],
    ['nothing', new Uint8Array(0)],
    ['a response', withByte(2, 0x80)],
  ])('%s is not', (_law, packet) => {
    expect(makeResponder().answerQuestion(packet, 'udp')).toBeUndefined();
  });

  test('but what only looks odd is', () => {
    const additional = [1, 120, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 1, 2, 3, 4];
    const packets = [questionOf(255), withByte(11, 1, withTail(...additional)), withTail(1, 2, 3)];
    const replies = packets.map((packet) =>
      decodeReply(makeResponder().answerQuestion(packet, 'udp') as Uint8Array),
    );
    expect(replies.map(({ rcode }) => rcode)).toEqual(['REFUSED', 'NOERROR', 'NOERROR']);
  });

  test.each([
    ['an option that ends beyond the record', [0, 10, 0, 9, 1, 2], undefined],
    ['an option that is cut', [0, 8, 0], undefined],
    ['a subnet that is too short', [0, 8, 0, 3, 0, 1, 24], undefined],
    ['a subnet that is too long', [0, 8, 0, 21, ...Array<number>(21).fill(1)], undefined],
    ['a subnet of no bits', [0, 8, 0, 4, 0, 1, 0, 0], [0, 1, 0, 0]],
    [
      'a whole IPv6 address',
      [0, 8, 0, 20, 0, 2, 128, 0, ...Array<number>(16).fill(1)],
      [0, 2, 128, 0, ...Array<number>(16).fill(1)],
    ],
    ['a subnet after another option', [0, 10, 0, 1, 7, 0, 8, 0, 5, 0, 1, 8, 0, 10], [0, 1, 8, 0, 10]],
  ])('EDNS with %s', (_law, options, subnet) => {
    const opt = [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, options.length, ...options];
    const query = decodeQuery(withByte(11, 1, withTail(...opt)))!;
    expect([query.fault, query.edns?.clientSubnet]).toEqual([0, subnet && Uint8Array.from(subnet)]);
  });
});

describe('any bytes at all', () => {
  const responder = makeResponder({ recursor: { exchange: () => Promise.resolve(undefined) } });

  test('a question of any labels comes back as it was', async () => {
    const label = fc
      .uint8Array({ minLength: 1, maxLength: 63 })
      .map((bytes) => String.fromCharCode(...bytes));
    const name = fc
      .tuple(fc.array(label, { maxLength: 3 }), fc.constantFrom('service', 'node', 'query', 'addr', ''))
      .map(([labels, kind]) => [...labels.map((l) => l.replaceAll('.', '-')), kind, 'consul'].join('.'));
    const holds = fc.asyncProperty(name, fc.constantFrom('A', 'SRV', 'ANY', 'TXT'), async (asked, type) => {
      const reply = decodeReply((await responder.answerQuestion(encodeAsked({ name: asked, type }), 'tcp'))!);
      expect(reply.question).toEqual([`${asked.replace('..', '.')}. ${type}`.replace(/^\./, '')]);
    });
    await fc.assert(holds, { seed, numRuns: 500 });
  });

  test('a recursor may send what it likes', () => {
    const recorded = encodeAsked({ name: 'db.example.org', edns: 512 });
    const packet = fc
      .tuple(fc.uint8Array({ maxLength: 60 }), fc.nat(40))
      .map(([tail, keep]) => Uint8Array.from([...recorded.slice(0, keep), ...tail]));
    const holds = fc.property(packet, (bytes) => {
      expect(decodeAnswers(bytes).length).toBeLessThan(60);
      expect(isReplyTo(recorded, bytes)).toBeTypeOf('boolean');
    });
    fc.assert(holds, { seed, numRuns: 5000 });
  });
});

describe('the answers of a recursor', () => {
  const header = (answers: number) => [0, 1, 0x81, 0x80, 0, 1, 0, answers, 0, 0, 0, 0];
  const question = [1, 97, 0, 0, 1, 0, 1];
  const fixed = (type: number, length: number) => [0, type, 0, 1, 0, 0, 0, 60, 0, length];
  const reply = (answers: number, ...bytes: number[]) =>
    decodeAnswers(Uint8Array.from([...header(answers), ...question, ...bytes])).map((record) =>
      [record.name, record.ttlS, record.type, 'address' in record ? record.address.join('.') : '']
        .join(' ')
        .trim(),
    );

  test.each<[string, number, number[], string[]]>([
    ['an address', 1, [0xc0, 12, ...fixed(1, 4), 10, 0, 0, 1], ['a 60 A 10.0.0.1']],
    ['an address of the wrong length', 1, [0xc0, 12, ...fixed(1, 5), 10, 0, 0, 1, 2], []],
    [
      'an alias and another type',
      2,
      [0xc0, 12, ...fixed(5, 2), 0xc0, 12, 0, ...fixed(16, 1), 0],
      ['a 60 CNAME'],
    ],
    ['an alias to a name that points at itself', 1, [0xc0, 12, ...fixed(5, 2), 0xc0, 31], []],
    ['a name that points beyond the end', 1, [0xff, 0xff, ...fixed(1, 4), 10, 0, 0, 1], []],
    ['a name with a dot in a label', 1, [3, 97, 46, 98, 0, ...fixed(1, 4), 10, 0, 0, 1], []],
    ['a record that is cut', 1, [0xc0, 12, ...fixed(1, 4), 10, 0, 0], []],
    ['fewer records than announced', 9, [0xc0, 12, ...fixed(1, 4), 10, 0, 0, 1], ['a 60 A 10.0.0.1']],
  ])('%s', (_law, answers, bytes, records) => {
    expect(reply(answers, ...bytes)).toEqual(records);
  });

  test.each([
    ['the same ID and question', (r: Uint8Array) => r, true],
    ['another ID', (r: Uint8Array) => withId(r, 1), false],
    ['another name', (r: Uint8Array) => withByte(13, 88, r), false],
    ['another type', (r: Uint8Array) => withByte(r.length - 3, 28, r), false],
    ['no question', (r: Uint8Array) => r.slice(0, 12), false],
    ['a question instead', (r: Uint8Array) => withByte(2, 1, r), false],
  ])('%s: belongs to the question or not', (_law, change, belongs) => {
    expect(isReplyTo(web, change(withByte(2, 0x81)))).toBe(belongs);
  });
});

test.each([
  ['a', true],
  ['', true],
  ['x'.repeat(63), true],
  ['x'.repeat(64), false],
  ['ü'.repeat(31), true],
  ['ü'.repeat(32), false],
  ['a..b', false],
  ['.a', false],
  [`${'x'.repeat(63)}.`.repeat(3) + 'y'.repeat(61), true],
  [`${'x'.repeat(63)}.`.repeat(3) + 'y'.repeat(62), false],
])('%s can be a name: %s', (name, is) => {
  expect(isEncodableName(name)).toBe(is);
});

test('labels are read as they were asked', () => {
  expect(decodeQuestionLabels(encodeAsked({ name: 'Web.SERVICE.consul' }))).toEqual([
    'Web',
    'SERVICE',
    'consul',
  ]);
});
