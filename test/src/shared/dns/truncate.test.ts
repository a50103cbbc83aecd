import { describe, expect, test } from 'vitest';
import type { CatalogReader } from '../../../../src/shared/catalog-reader.ts';
import { type Transport, udpBytesMax } from '../../../../src/shared/dns/truncate.ts';
import { CatalogFixture, type Registration } from '../../../catalog-fixture.ts';
import { ask, makeResponder, type ResponderOptions } from './dns-responder-fixture.ts';

const catalogOf = (registrations: Registration[]): Pick<Required<ResponderOptions>, 'catalogs'> => {
  const reader: CatalogReader = new CatalogFixture(registrations);
  return { catalogs: { reader: () => reader, staleMs: () => 0 } };
};

/** `big` with this many instances on nodes b0, b1, ..., each with some meta. */
const big = (count: number, NodeMeta: Record<string, string> = {}) =>
  catalogOf(
    Array.from({ length: count }, (_, i) => ({
      Node: `b${i}`,
      Address: `10.${5 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`,
      NodeMeta,
      Service: { Service: 'big', Port: 1000 + i },
    })),
  );

const name = 'big.service.consul';

describe('how many of the instances a client is told', () => {
  test.each<[string, number, { type?: string; edns?: number }, Transport, number, string]>([
    ['all over UDP as long as they are few', 3, {}, 'udp', 3, ''],
    ['three over UDP when there are more', 4, {}, 'udp', 3, 'tc'],
    ['three of SRV', 4, { type: 'SRV' }, 'udp', 3, 'tc'],
    ['three of ANY', 50, { type: 'ANY' }, 'udp', 3, 'tc'],
    ['three to a client that takes 512 bytes', 50, { edns: 512 }, 'udp', 3, 'tc'],
    ['three to one that claims to take less', 50, { edns: 100 }, 'udp', 3, 'tc'],
    // 36 bytes of header and question, 11 of OPT, 16 a record: 513 bytes hold 29.
    ['what fits to one that takes one byte more', 50, { edns: 513 }, 'udp', 29, 'tc'],
    ['all to one that takes more', 50, { edns: 4096 }, 'udp', 50, ''],
    ['exactly what fits', 29, { edns: 36 + 11 + 29 * 16 + 12 }, 'udp', 29, ''],
    ['all over TCP', 50, {}, 'tcp', 50, ''],
    ['so many SRV', 12, { type: 'SRV', edns: 600 }, 'udp', 10, 'tc'],
    ['so many SRV of the usual size', 50, { type: 'SRV', edns: 1232 }, 'udp', 21, 'tc'],
    // 65,535 bytes hold 4,093 records of 16.
    ['as many over TCP as a message holds', 4093, {}, 'tcp', 4093, ''],
    ['and not one more', 4094, {}, 'tcp', 4093, 'tc'],
    ['SRV over TCP beyond the reach of pointers', 900, { type: 'SRV' }, 'tcp', 900, ''],
  ])('%s (%d, %j, %s)', async (_law, count, question, transport, told, flag) => {
    const reply = await ask(makeResponder(big(count)), { name, ...question }, transport);
    const isSrv = question.type === 'SRV';
    expect([reply.answer.length, reply.additional.length]).toEqual([told, isSrv ? told : 0]);
    expect(reply.flags.filter((each) => each === 'tc').join()).toBe(flag);
    expect(new Set(reply.answer).size).toBe(told);
    expect(reply.bytes).toBeLessThanOrEqual(transport === 'tcp' ? 65_535 : Math.max(512, question.edns ?? 0));
  });

  test.each([
    [0, 0],
    [1, 1],
    [8, 8],
    [9, 8],
  ])('udp_answer_limit %d: %d', async (udpAnswerLimit, told) => {
    const reply = await ask(makeResponder({ ...big(20), settings: { udpAnswerLimit } }), name);
    expect([reply.answer.length, reply.flags]).toEqual([told, ['aa', 'tc']]);
  });

  test.each([
    [0, 'udp', 3, ['aa', 'tc']],
    [2, 'udp', 2, ['aa']],
    [2, 'tcp', 2, ['aa']],
    [20, 'tcp', 20, ['aa']],
    [21, 'tcp', 20, ['aa']],
  ] as const)(
    'a_record_limit %d over %s: %d, without a word',
    async (aRecordLimit, transport, told, flags) => {
      const reply = await ask(makeResponder({ ...big(20), settings: { aRecordLimit } }), name, transport);
      expect([reply.answer.length, reply.flags]).toEqual([told, flags]);
    },
  );

  test('a_record_limit is not for SRV', async () => {
    const responder = makeResponder({ ...big(20), settings: { aRecordLimit: 2 } });
    expect((await ask(responder, { name, type: 'SRV' }, 'tcp')).answer).toHaveLength(20);
  });
});

test('enable_truncate false cuts without a word', async () => {
  const reply = await ask(makeResponder({ ...big(20), settings: { enableTruncate: false } }), name);
  expect([reply.answer.length, reply.flags]).toEqual([3, ['aa']]);
});

test('a datagram is never larger than a datagram can be', async () => {
  const reply = await ask(makeResponder(big(3000)), { name, type: 'SRV', edns: 65_535 });
  expect(reply.bytes).toBeLessThanOrEqual(udpBytesMax);
  expect(reply.bytes).toBeGreaterThan(udpBytesMax - 120);
  expect(reply.additional).toHaveLength(reply.answer.length);
});

test('meta makes room for answers', async () => {
  const meta = { about: 'x'.repeat(100) };
  const responder = makeResponder(big(8, meta));
  const whole = await ask(responder, { name, type: 'SRV', edns: 4096 });
  const small = await ask(responder, { name, type: 'SRV', edns: 600 });
  expect([whole.answer.length, whole.additional.length, whole.flags]).toEqual([8, 16, ['aa']]);
  expect([small.answer.length, small.additional.length, small.flags]).toEqual([8, 8, ['aa']]);
});

test('meta makes room for the SOA that says how long there is no answer', async () => {
  const responder = makeResponder(big(1, { about: 'x'.repeat(450) }));
  const asked = { name: 'b0.node.consul', type: 'AAAA' };
  const small = await ask(responder, asked);
  const whole = await ask(responder, { ...asked, edns: 1232 });
  expect([small.authority.length, small.additional.length, small.flags]).toEqual([1, 0, ['aa']]);
  expect([whole.authority.length, whole.additional.length, whole.flags]).toEqual([1, 1, ['aa']]);
});

test('once answers are cut, a plain UDP reply fits 512 bytes even when it is expanded', async () => {
  const Node = `${'n'.repeat(50)}.${'m'.repeat(50)}`;
  const registrations = [1, 2, 3, 4].map((i) => ({
    Node: `${Node}${i}`,
    Address: `10.0.0.${i}`,
    Service: { Service: 'big', Port: i },
  }));
  const reply = await ask(makeResponder(catalogOf(registrations)), { name, type: 'SRV' });
  expect([reply.answer.length, reply.additional.length]).toEqual([1, 1]);
});

describe('an answer that is too large by itself', () => {
  const long = (length: number) => `${'n'.repeat(60)}.${'m'.repeat(60)}.${'o'.repeat(length)}`;
  const Service = { Service: 's'.repeat(60), Port: 1 };
  const responder = (enableTruncate: boolean) =>
    makeResponder({
      ...catalogOf([{ Node: long(60), Address: '10.0.0.1', NodeMeta: { about: 'x'.repeat(400) }, Service }]),
      settings: { enableTruncate },
    });
  const question = { name: `${Service.Service}.service.consul`, type: 'SRV' };

  test('is sent without what comes beside it', async () => {
    const reply = await ask(responder(true), question);
    expect([reply.answer.length, reply.additional.length, reply.flags]).toEqual([1, 1, ['aa']]);
  });

  const text = { name: `${long(60)}.node.consul`, type: 'TXT' };

  test('is left out and TC set', async () => {
    const reply = await ask(responder(true), text);
    expect([reply.answer.length, reply.additional.length, reply.flags]).toEqual([0, 0, ['aa', 'tc']]);
  });

  test('or is sent all the same, where answers are cut without a word', async () => {
    const reply = await ask(responder(false), text);
    expect([reply.answer.length, reply.flags]).toEqual([1, ['aa']]);
    expect(reply.bytes).toBeGreaterThan(512);
  });
});

test('without compression all names are written out, and the limits are kept', async () => {
  const compressed = await ask(makeResponder(big(8)), { name, type: 'SRV', edns: 4096 });
  const plain = makeResponder({ ...big(8), settings: { disableCompression: true } });
  const whole = await ask(plain, { name, type: 'SRV', edns: 4096 });
  const cut = await ask(plain, { name, type: 'SRV', edns: 600 });
  expect(whole.answer.toSorted()).toEqual(compressed.answer.toSorted());
  expect(whole.bytes - compressed.bytes).toBe(8 * (18 + 18));
  expect([cut.bytes <= 600, cut.answer.length, cut.flags]).toEqual([true, 6, ['aa', 'tc']]);
});

describe('the order of answers', () => {
  /** How often each instance of four comes first in 4,000 replies, to a client that is told all and one that is not. */
  test.each([4096, undefined])('is random for each reply (EDNS %s)', async (edns) => {
    const responder = makeResponder(big(4));
    const first = new Map<string, number>();
    for (let i = 0; i < 4000; i++) {
      const { answer } = await ask(responder, { name, ...(edns ? { edns } : {}) });
      first.set(answer[0]!, (first.get(answer[0]!) ?? 0) + 1);
    }
    expect(first.size).toBe(4);
    for (const count of first.values()) expect(Math.abs(count - 1000)).toBeLessThan(120);
  });

  test('leaves nobody out for good when answers are cut', async () => {
    const responder = makeResponder(big(50));
    const seen = new Set<string>();
    for (let i = 0; i < 300; i++) for (const record of (await ask(responder, name)).answer) seen.add(record);
    expect(seen.size).toBe(50);
  });
});
