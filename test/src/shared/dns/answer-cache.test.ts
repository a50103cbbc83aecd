import { describe, expect, test } from 'vitest';
import type { CatalogReader } from '../../../../src/shared/catalog-reader.ts';
import { AnswerCache, weighAnswer } from '../../../../src/shared/dns/answer-cache.ts';
import { asked, makeAnswer, rcodes } from '../../../../src/shared/dns/record.ts';
import { encodeAnswer } from '../../../../src/shared/dns/wire/encoded-answer.ts';
import { decodeQuery } from '../../../../src/shared/dns/wire/query.ts';
import { CatalogFixture, type Registration } from '../../../catalog-fixture.ts';
import { encodeAsked } from '../../../dns-message.ts';
import { ask, exampleSettings, makeResponder } from './dns-responder-fixture.ts';

const web = (node: string, address: string): Registration => ({
  Node: node,
  Address: address,
  Service: { Service: 'web', Port: 80 },
});
const check = (registration: Registration, Status: string): Registration => ({
  ...registration,
  Check: { CheckID: 'c', ServiceID: 'web', Status },
});

/** A catalog with one instance of web that counts how often its instances are read. */
function countingCatalog() {
  const catalog = new CatalogFixture([web('n1', '10.0.0.1')]);
  let reads = 0;
  const reader: CatalogReader = Object.assign(Object.create(catalog), {
    serviceInstances: (name: string) => {
      reads += 1;
      return catalog.serviceInstances(name);
    },
  });
  return { catalog, reader, reads: () => reads };
}

describe('an answer in the cache', () => {
  test('is not looked up again, whoever asks', async () => {
    const { reader, reads } = countingCatalog();
    const responder = makeResponder({ catalogs: { reader: () => reader, staleMs: () => 0 } });
    const asked = { name: 'web.service.consul' };
    await ask(responder, asked);
    await ask(responder, { ...asked, edns: 4096, id: 9 });
    await ask(responder, { ...asked, recursionDesired: true }, 'tcp');
    expect(reads()).toBe(1);
    await ask(responder, { ...asked, class: 3 });
    const scrambled = await ask(responder, { name: 'wEB.Service.CONSUL' });
    expect(scrambled.answer).toEqual(['wEB.Service.CONSUL. 0 A 10.0.0.1']);
    expect(reads()).toBe(1);
    await ask(responder, { ...asked, type: 'SRV' });
    expect(reads()).toBe(2);
  });

  test('is not for questions of another type whose number looks like a letter', async () => {
    const responder = makeResponder();
    const rcodes: number[] = [];
    for (const type of [0x0141, 0x0161, 0x0001]) {
      const packet = encodeAsked({ name: 'web.service.consul' });
      packet.set([type >> 8, type & 255], packet.length - 4);
      rcodes.push((responder.answerQuestion(packet, 'udp') as Uint8Array)[7]!);
    }
    expect(rcodes).toEqual([0, 0, 2]);
  });

  test('spells the letters of each question where names are not compressed', async () => {
    const responder = makeResponder({ settings: { disableCompression: true } });
    for (const name of ['v1.web.service.consul', 'V1.Web.Service.Consul']) {
      expect((await ask(responder, name)).answer).toEqual([`${name}. 0 A 10.1.0.1`]);
    }
  });

  test('is not disturbed by changes of others', async () => {
    const { catalog, reader, reads } = countingCatalog();
    const responder = makeResponder({ catalogs: { reader: () => reader, staleMs: () => 0 } });
    for (let i = 0; i < 100; i++) {
      catalog.register({ Node: `other${i}`, Address: '10.0.1.1', Service: { Service: `other${i}` } });
      await ask(responder, 'web.service.consul');
    }
    expect(reads()).toBe(1);
  });

  const changes: [string, string, (catalog: CatalogFixture) => void][] = [
    ['a new instance', 'web.service.consul', (c) => c.register(web('n2', '10.0.0.2'))],
    ['a check that fails', 'web.service.consul', (c) => c.register(check(web('n1', '10.0.0.1'), 'critical'))],
    ['an instance that goes', 'web.service.consul', (c) => c.deregister('n1', 'web')],
    [
      'a name that comes into being',
      'new.service.consul',
      (c) => c.register({ Node: 'n3', Address: '10.0.0.3', Service: { Service: 'New' } }),
    ],
    ['a node that goes', 'n1.node.consul', (c) => c.deregister('N1')],
    ['an address that gets an owner', '9.0.0.10.in-addr.arpa', (c) => c.register(web('n9', '10.0.0.9'))],
  ];
  test.each(changes)('%s changes the answer at once', async (_law, name, change) => {
    const catalog = new CatalogFixture([web('n1', '10.0.0.1')]);
    const responder = makeResponder({ catalogs: { reader: () => catalog, staleMs: () => 0 } });
    const before = await ask(responder, name);
    change(catalog);
    const after = await ask(responder, name);
    const fresh = await ask(makeResponder({ catalogs: { reader: () => catalog, staleMs: () => 0 } }), name);
    expect(after.answer.toSorted()).toEqual(fresh.answer.toSorted());
    expect(after.rcode).toBe(fresh.rcode);
    expect([after.rcode, ...after.answer]).not.toEqual([before.rcode, ...before.answer]);
  });

  test('is not used for another copy of the catalog, whatever its indexes', async () => {
    const copies = [new CatalogFixture([web('n1', '10.0.0.1')]), new CatalogFixture([web('n2', '10.0.0.2')])];
    let copy = 0;
    const responder = makeResponder({ catalogs: { reader: () => copies[copy], staleMs: () => 0 } });
    const seen: string[] = [];
    for (copy of [0, 1, 0]) seen.push(...(await ask(responder, 'web.service.consul')).answer);
    expect(seen.map((record) => record.split(' ')[3])).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.1']);
  });

  test('goes when the configuration changes', async () => {
    const responder = makeResponder();
    const ttls: string[] = [];
    for (const ttlMs of [1000, 2000]) {
      responder.reconfigure({ ...exampleSettings, serviceTtlMs: { '*': ttlMs } }, undefined);
      ttls.push((await ask(responder, 'v1.web.service.consul')).answer[0]!.split(' ')[1]!);
    }
    expect(ttls).toEqual(['1', '2']);
  });
});

test('an answer that was waited for is not kept when the configuration has changed meanwhile', async () => {
  const remote = new CatalogFixture([web('n1', '10.0.0.1')], 'dc2');
  let arrive = (_reader: CatalogReader) => {};
  let reader: CatalogReader | Promise<CatalogReader> = new Promise((resolve) => (arrive = resolve));
  const responder = makeResponder({ catalogs: { reader: () => reader, staleMs: () => 0 } });
  const early = ask(responder, 'web.service.dc2.consul');
  responder.reconfigure({ ...exampleSettings, serviceTtlMs: { web: 9000 } }, undefined);
  arrive(remote);
  await early;
  reader = remote;
  expect((await ask(responder, 'web.service.dc2.consul')).answer).toEqual([
    'web.service.dc2.consul. 9 A 10.0.0.1',
  ]);
});

describe('the weight of the cache', () => {
  const catalogs = { reader: () => undefined, staleMs: () => 0 };
  const basis = {
    datacenter: undefined,
    reader: undefined,
    topics: [],
    current: [],
    indexes: [],
    isStale: false,
  };
  const packetOf = (name: string) => encodeAsked({ name: `${name}.service.consul` });
  const encode = (name: string, items: number) => {
    const address = Uint8Array.of(10, 0, 0, 1);
    const item = { answer: [{ name: asked, ttlS: 0, type: 'A' as const, address }], glue: [], meta: [] };
    const answer = makeAnswer(rcodes.NOERROR, { items: Array(items).fill(item) });
    return encodeAnswer(answer, packetOf(name), true);
  };
  const light = weighAnswer(encode('light', 1));

  function makeProbe(bytesMax: number) {
    const cache = new AnswerCache(catalogs, bytesMax);
    return {
      cache,
      store(name: string, items = 1) {
        const packet = packetOf(name);
        cache.store(packet, decodeQuery(packet)!, encode(name, items), basis);
      },
      has(name: string) {
        const packet = packetOf(name);
        return cache.find(packet, decodeQuery(packet)!, exampleSettings) !== undefined;
      },
    };
  }

  test.each([
    [4, 4],
    [8, 8],
    [9, 5],
    [1000, 8],
  ])('after %d names, where four are a generation: %d', (names, size) => {
    const { cache, store } = makeProbe(4 * light);
    for (let i = 0; i < names; i++) store(`name${i}`);
    expect(cache.size).toBe(size);
  });

  test('the same name again adds nothing', () => {
    const { cache, store, has } = makeProbe(4 * light);
    store('other');
    for (let i = 0; i < 100; i++) store('again');
    expect([cache.size, has('other')]).toEqual([2, true]);
  });

  test('is that of the items, too', () => {
    const { store, has } = makeProbe(weighAnswer(encode('heavy', 100)));
    store('light');
    store('heavy', 100);
    store('light2');
    expect([has('light'), has('heavy')]).toEqual([false, true]);
  });

  test('has no room for what weighs more than a generation', () => {
    const { store, has } = makeProbe(weighAnswer(encode('heavy', 100)));
    store('light');
    store('heavy', 101);
    expect([has('light'), has('heavy')]).toEqual([true, false]);
  });

  test('an answer whose far form is kept with it weighs both', () => {
    const far = encode('far', 1100);
    expect(far.far).toBeDefined();
    expect(weighAnswer(far)).toBe(2 * weighAnswer({ ...far, far: undefined }));
  });

  test('is kept by those that are asked for', () => {
    const { store, has } = makeProbe(4 * light);
    store('wanted');
    store('unwanted');
    for (let i = 0; i < 100; i++) {
      store(`name${i}`);
      expect(has('wanted')).toBe(true);
    }
    expect(has('unwanted')).toBe(false);
  });
});
