import { describe, expect, test } from 'vitest';
import { freshMsMax, staleTtlSMax } from '../../../../src/shared/dns/answer-settings.ts';
import type { Recursor } from '../../../../src/shared/dns/catalogs.ts';
import { dc2, exampleQueries, makeCatalogs } from '../../../cases/dns/catalog.ts';
import { dnsCases, formatReply, sortExpected } from '../../../cases/dns/dns-cases.ts';
import { CatalogFixture } from '../../../catalog-fixture.ts';
import { encodeAsked } from '../../../dns-message.ts';
import { ask, makeResponder } from './dns-responder-fixture.ts';

describe.each(dnsCases)('%s', (_file, cases) => {
  test.each(cases)('$law ($asked.name $asked.type)', async ({ asked, config, transport, reply }) => {
    const responder = makeResponder({ settings: config });
    const first = await ask(responder, asked, transport);
    const second = await ask(responder, asked, transport);
    expect(formatReply(first)).toEqual(sortExpected(reply));
    expect(formatReply(second)).toEqual(sortExpected(reply));
  });
});

test('the ID of each question is repeated', async () => {
  const responder = makeResponder();
  const ids = [0, 1, 0xffff].map((id) => ask(responder, { name: 'web.service.consul', id }));
  expect((await Promise.all(ids)).map(({ id }) => id)).toEqual([0, 1, 0xffff]);
});

test('what the local catalog says is answered in the same turn, an unknown datacenter is waited for', () => {
  const responder = makeResponder();
  const answer = (name: string) => responder.answerQuestion(encodeAsked({ name }), 'udp');
  expect(answer('web.service.consul')).toBeInstanceOf(Uint8Array);
  expect(answer('web.service.dc1.consul')).toBeInstanceOf(Uint8Array);
  expect(answer('web.service.dc9.consul')).toBeInstanceOf(Promise);
});

test('a reply stays as it is while others are written', () => {
  const responder = makeResponder();
  const packet = encodeAsked({ name: 'web.service.consul', type: 'SRV' });
  const first = responder.answerQuestion(packet, 'udp') as Uint8Array;
  const copy = first.slice();
  for (let i = 0; i < 5000; i++) responder.answerQuestion(packet, 'tcp');
  expect(first).toEqual(copy);
});

describe('a stale copy of the catalog', () => {
  const rcodeAt = async (staleMs: number, settings = {}) => {
    const catalogs = { ...makeCatalogs(), staleMs: () => staleMs };
    const reply = await ask(
      makeResponder({ catalogs, settings: { serviceTtlMs: { '*': 60_000 }, ...settings } }),
      'v1.web.service.consul',
    );
    return `${reply.rcode} ${reply.answer[0]?.split(' ')[1]}`;
  };

  test.each([
    [0, {}, 'NOERROR 60'],
    [freshMsMax, {}, 'NOERROR 60'],
    [freshMsMax + 1, {}, `NOERROR ${staleTtlSMax}`],
    [60_000, {}, `NOERROR ${staleTtlSMax}`],
    [60_001, {}, 'SERVFAIL undefined'],
    [freshMsMax, { allowStale: false }, 'NOERROR 60'],
    [freshMsMax + 1, { allowStale: false }, 'SERVFAIL undefined'],
    [freshMsMax + 1, { serviceTtlMs: { '*': 2000 } }, 'NOERROR 2'],
  ])('of %d ms, configured %j, answers %s', async (staleMs, settings, expected) => {
    expect(await rcodeAt(staleMs, settings)).toBe(expected);
  });

  test('is noticed for an answer in the cache', async () => {
    let staleMs = 0;
    const catalogs = { ...makeCatalogs(), staleMs: () => staleMs };
    const responder = makeResponder({ catalogs });
    const rcodes: string[] = [];
    for (staleMs of [0, 60_000, 60_001, 0]) rcodes.push((await ask(responder, 'web.service.consul')).rcode);
    expect(rcodes).toEqual(['NOERROR', 'NOERROR', 'SERVFAIL', 'NOERROR']);
  });
});

describe('what cannot be looked up is SERVFAIL, and is told', () => {
  const failure = new Error('edge out of reach');
  const cases = {
    'a catalog that fails at once': () => {
      throw failure;
    },
    'a catalog that fails later': () => Promise.reject(failure),
  };
  test.each(Object.entries(cases))('%s', async (_name, reader) => {
    const failures: unknown[] = [];
    const catalogs = { reader, staleMs: () => 0 };
    const responder = makeResponder({ catalogs, onFailure: (error) => failures.push(error) });
    const reply = await ask(responder, { name: 'web.service.dc2.consul', edns: 1232 });
    expect([reply.rcode, reply.flags, reply.opt?.udpSize]).toEqual(['SERVFAIL', ['ra'], 1232]);
    expect(failures).toEqual([failure]);
  });

  test('as long as there is no copy of the local catalog', async () => {
    const responder = makeResponder({ catalogs: { reader: () => undefined, staleMs: () => 0 } });
    expect((await ask(responder, 'web.service.consul')).rcode).toBe('SERVFAIL');
    expect((await ask(responder, 'web.service.dc2.consul')).rcode).toBe('NXDOMAIN');
    expect((await ask(responder, '0a020002.addr.consul')).rcode).toBe('NOERROR');
  });
});

test('without prepared queries their names do not exist', async () => {
  expect((await ask(makeResponder({ queries: undefined }), 'pq.query.consul')).rcode).toBe('NXDOMAIN');
});

describe('an alias that leads to many addresses', () => {
  /** Answers every question with this many addresses. */
  const recursorOf = (addresses: number): Recursor => ({
    exchange(packet) {
      const reply = [...packet];
      [reply[2], reply[3], reply[7]] = [0x81, 0x80, addresses];
      for (let i = 0; i < addresses; i++) reply.push(0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, i);
      return Promise.resolve(Uint8Array.from(reply));
    },
  });

  test.each([
    [4, undefined, 4],
    [5, undefined, 5],
    [6, undefined, 5],
    [6, 1232, 6],
    [60, 4096, 60],
  ])('%d of them, EDNS %s: %d', async (addresses, edns, told) => {
    const responder = makeResponder({ recursor: recursorOf(addresses) });
    const asked = { name: 'ext.service.consul', ...(edns ? { edns } : {}) };
    const { answer, flags } = await ask(responder, asked);
    expect(answer).toHaveLength(1 + told);
    expect(answer[0]).toBe('ext.service.consul. 0 CNAME db.example.org.');
    expect(flags).toEqual(['aa', 'ra']);
  });
});

describe('a prepared query', () => {
  test.each<[string, number[] | undefined, string | undefined]>([
    ['the client', undefined, '192.0.2.9'],
    ['its subnet', [0, 1, 24, 0, 10, 1, 2], '10.1.2.0'],
    ['its IPv6 subnet', [0, 2, 16, 0, 0xfd, 0], 'fd00::'],
    ['the client, whose subnet is of no known family', [0, 3, 8, 0, 1], '192.0.2.9'],
    ['the client, whose subnet is longer than an address', [0, 1, 32, 0, 10, 1, 2, 3, 4], '192.0.2.9'],
  ])('learns where the question came from: %s', (_law, subnet, source) => {
    const seen: unknown[] = [];
    const queries = { execute: (...call: unknown[]) => void seen.push(call) };
    const packet = encodeAsked({ name: 'Near.query.dc7.consul', edns: 1232, ...(subnet ? { subnet } : {}) });
    makeResponder({ queries }).answerQuestion(packet, 'udp', '192.0.2.9');
    expect(seen).toEqual([['near', { datacenter: 'dc7', source }]]);
  });

  test.each([
    [0, {}, 'NOERROR 17'],
    [freshMsMax, {}, 'NOERROR 17'],
    [freshMsMax + 1, {}, `NOERROR ${staleTtlSMax}`],
    [60_000, {}, `NOERROR ${staleTtlSMax}`],
    [60_001, {}, 'SERVFAIL undefined'],
    [freshMsMax + 1, { allowStale: false }, 'SERVFAIL undefined'],
  ])('that was executed %d ms ago, configured %j, answers %s', async (staleMs, settings, expected) => {
    const result = exampleQueries.execute('pq', { datacenter: undefined, source: undefined });
    const queries = { execute: async () => ({ ...(await result)!, staleMs }) };
    const { rcode, answer } = await ask(makeResponder({ queries, settings }), 'pq.query.consul');
    expect(`${rcode} ${answer[0]?.split(' ')[1]}`).toBe(expected);
  });

  test('keeps the order of what is sorted, and names the datacenter where it was found', async () => {
    const [far] = new CatalogFixture(dc2, 'dc2').serviceInstances('web');
    const near = { ...far!, Service: { ...far!.Service, Address: '10.9.1.2' } };
    const found = {
      datacenter: 'dc2',
      instances: [near, far!],
      isSorted: true,
      service: 'web',
      ttlMs: 0,
      staleMs: 0,
    };
    const responder = makeResponder({ queries: { execute: () => found } });
    for (let i = 0; i < 20; i++) {
      const { answer } = await ask(responder, { name: 'q.query.consul', type: 'SRV' });
      expect(answer.map((record) => record.split(' ').at(-1))).toEqual([
        '0a090102.addr.dc2.consul.',
        '0a090101.addr.dc2.consul.',
      ]);
    }
  });
});

test('a node is found by its ID, as long as that is its ID', async () => {
  const id = '0b7e2c1a-0000-4000-8000-000000000001';
  const catalog = new CatalogFixture();
  const responder = makeResponder({ catalogs: { reader: () => catalog, staleMs: () => 0 } });
  const rcodes: string[] = [];
  const asked = async () => rcodes.push((await ask(responder, `${id}.node.consul`)).rcode);
  await asked();
  catalog.register({ Node: 'n1', Address: '10.0.0.1', ID: id });
  await asked();
  catalog.deregister('n1');
  await asked();
  expect(rcodes).toEqual(['NXDOMAIN', 'NOERROR', 'NXDOMAIN']);
});
