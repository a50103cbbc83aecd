/** consul.kv, session, query, transaction and watch: what the edge keeps; and consul.acl, of which there is nothing. */
import Consul from 'consul';
import { expect } from 'vitest';
import { until } from '../until.ts';
import { type Client, loosely, type MethodRows, refused } from './method-row.ts';

const node = 'host-a';
const nowhere = '00000000-0000-0000-0000-000000000000';

const withoutRules =
  (call: (acl: Consul['acl']) => Promise<unknown>): MethodRows[string] =>
  ({ consul }) =>
    refused(call(consul.acl), 401, '^ACL support disabled$');

/** A session in the hands of `use`. */
async function withSession(consul: Consul, use: (id: string) => Promise<void>): Promise<void> {
  const { ID } = await consul.session.create({
    name: 'mine',
    ttl: '60s',
    lockdelay: '1s',
    behavior: 'delete',
  });
  await use(ID).finally(() => consul.session.destroy(ID));
}
const mine = { Name: 'mine', Node: node, TTL: '60s', LockDelay: 1e9, Behavior: 'delete' };

/** A prepared query in the hands of `use`. */
async function withQuery(consul: Client, use: (id: string) => Promise<void>): Promise<void> {
  const service = { service: 'hello', onlypassing: true, tags: ['v1'], failover: { nearestn: 2 } };
  const { ID } = await consul.query.create(loosely({ name: 'greet', service, dns: { ttl: '7s' } }));
  await use(ID).finally(() => consul.query.destroy(ID));
}
const greet = {
  Name: 'greet',
  Service: { Service: 'hello', OnlyPassing: true, Tags: ['v1'], Failover: { NearestN: 2 } },
  DNS: { TTL: '7s' },
};

export const recordRows: MethodRows = {
  'acl.bootstrap': withoutRules((acl) => acl.bootstrap()),
  'acl.replication': withoutRules((acl) => acl.replication()),
  'acl.legacy.create': withoutRules((acl) => acl.legacy.create({ name: 'x' })),
  'acl.legacy.update': withoutRules((acl) => acl.legacy.update({ id: nowhere, name: 'x' })),
  'acl.legacy.destroy': withoutRules((acl) => acl.legacy.destroy(nowhere)),
  'acl.legacy.info': withoutRules((acl) => acl.legacy.info(nowhere)),
  'acl.legacy.get': withoutRules((acl) => acl.legacy.get(nowhere)),
  'acl.legacy.clone': withoutRules((acl) => acl.legacy.clone(nowhere)),
  'acl.legacy.list': withoutRules((acl) => acl.legacy.list()),
  'kv.set': async ({ consul }) => {
    expect(await consul.kv.set('set/a', 'x')).toBe(true);
    expect(await consul.kv.set({ key: 'set/a', value: Buffer.from([0, 255]), flags: 42 })).toBe(true);
    expect(await consul.kv.get(loosely({ key: 'set/a', buffer: true }))).toMatchObject({
      Flags: 42,
      Value: Buffer.from([0, 255]),
    });
  },
  'kv.get': async ({ consul }) => {
    await consul.kv.set('get/a', 'x');
    const entry = { Key: 'get/a', Value: 'x', Flags: 0, LockIndex: 0, CreateIndex: expect.any(Number) };
    expect(await consul.kv.get('get/a')).toMatchObject(entry);
    expect(await consul.kv.get({ key: 'get/', recurse: true })).toMatchObject([entry]);
    expect(await consul.kv.get({ key: 'get/a', raw: true })).toEqual(Buffer.from('x'));
    expect(await consul.kv.get('get/none')).toBeUndefined();
  },
  'kv.keys': async ({ consul }) => {
    for (const key of ['keys/a', 'keys/b/c']) await consul.kv.set(key, '');
    expect(await consul.kv.keys('keys/')).toEqual(['keys/a', 'keys/b/c']);
    expect(await consul.kv.keys({ key: 'keys/', separator: '/' })).toEqual(['keys/a', 'keys/b/']);
  },
  'kv.del': async ({ consul }) => {
    for (const key of ['del/a', 'del/b']) await consul.kv.set(key, '');
    expect(await consul.kv.del('del/a')).toBe(true);
    expect(await consul.kv.keys('del/')).toEqual(['del/b']);
    expect(await consul.kv.del({ key: 'del/', recurse: true })).toBe(true);
    await refused(consul.kv.keys('del/'), 404, '');
  },
  'kv.delete': async ({ consul }) => {
    await consul.kv.set('delete', '');
    expect(await consul.kv.delete('delete')).toBe(true);
    expect(await consul.kv.get('delete')).toBeUndefined();
  },
  'session.create': async ({ consul }) => {
    const { ID } = await consul.session.create();
    const defaults = { ID, Name: '', Node: node, NodeChecks: ['serfHealth'], LockDelay: 15e9, TTL: '' };
    const info = await consul.session.info(ID);
    await consul.session.destroy(ID);
    expect(info).toMatchObject({ ...defaults, Behavior: 'release' });
    await refused(consul.session.create({ ttl: '1s' }), 500, 'Invalid Session TTL');
  },
  'session.destroy': async ({ consul }) => {
    await withSession(consul, async (id) => {
      await consul.session.destroy({ id });
      expect(await consul.session.info(id)).toBeUndefined();
    });
  },
  'session.info': async ({ consul }) => {
    await withSession(consul, async (ID) => {
      expect(await consul.session.info(ID)).toMatchObject({ ID, ...mine });
    });
    expect(await consul.session.info(nowhere)).toBeUndefined();
  },
  'session.get': async ({ consul }) => {
    await withSession(consul, async (ID) => {
      expect(await consul.session.get(ID)).toMatchObject({ ID, ...mine });
    });
  },
  'session.node': async ({ consul }) => {
    await withSession(consul, async (ID) => {
      expect(await consul.session.node(node)).toMatchObject([{ ID, ...mine }]);
      expect(await consul.session.node('nobody')).toEqual([]);
    });
  },
  'session.list': async ({ consul }) => {
    await withSession(consul, async (ID) => {
      expect(await consul.session.list()).toMatchObject([{ ID, ...mine }]);
    });
  },
  'session.renew': async ({ consul }) => {
    await withSession(consul, async (ID) => {
      expect(await consul.session.renew(ID)).toMatchObject([{ ID, ...mine }]);
    });
    await refused(consul.session.renew(nowhere), 404, '');
  },
  'query.create': async ({ consul }) => {
    await withQuery(consul, async (id) => expect(id).toMatch(/^[0-9a-f-]{36}$/));
  },
  'query.list': async ({ consul }) => {
    await withQuery(consul, async (ID) => {
      expect(await consul.query.list()).toMatchObject([{ ID, ...greet }]);
    });
    expect(await consul.query.list()).toEqual([]);
  },
  'query.get': async ({ consul }) => {
    await withQuery(consul, async (ID) => {
      expect(await consul.query.get(ID)).toMatchObject({ ID, ...greet, Session: '', Token: '' });
    });
    await refused(consul.query.get(nowhere), 404, 'Query not found');
  },
  'query.update': async ({ consul }) => {
    await withQuery(consul, async (query) => {
      await consul.query.update(loosely({ query, name: 'other', service: { service: 'hello' } }));
      const changed = { Name: 'other', Service: { OnlyPassing: false }, DNS: { TTL: '' } };
      expect(await consul.query.get(query)).toMatchObject(changed);
    });
  },
  'query.destroy': async ({ consul }) => {
    const { ID } = await consul.query.create(loosely({ name: 'brief', service: { service: 'hello' } }));
    await consul.query.destroy(ID);
    await refused(consul.query.get(ID), 404, 'Query not found');
  },
  'query.execute': async ({ consul }) => {
    await withQuery(consul, async (id) => {
      const nodes = [{ Node: { Node: node }, Service: { ID: 'hello', Port: 7001 } }];
      const answer = { Service: 'hello', Nodes: nodes, DNS: { TTL: '7s' }, Datacenter: 'dc1', Failovers: 0 };
      expect(await consul.query.execute(id)).toMatchObject(answer);
      expect(await consul.query.execute('greet')).toMatchObject(answer);
    });
  },
  'query.explain': async ({ consul }) => {
    await withQuery(consul, async (ID) => {
      // The client takes the first of a list, and this is none.
      expect(await consul.query.explain(ID)).toBeUndefined();
    });
    await refused(consul.query.explain('none'), 404, 'Query not found');
  },
  'transaction.create': async ({ consul }) => {
    const set = { KV: { Verb: 'set', Key: 'txn', Value: btoa('x') } };
    const read = { KV: { Verb: 'get', Key: 'txn' } };
    const { Results, Errors } = await consul.transaction.create(loosely([set, read]));
    expect([Results, Errors]).toMatchObject([[{ KV: { Key: 'txn' } }, { KV: { Value: btoa('x') } }], null]);
  },
  watch: async ({ consul }) => {
    const watch = consul.watch({ method: consul.kv.get, options: { key: 'watched' } });
    const seen: unknown[] = [];
    watch.on('change', (entry: { Value: string } | undefined) => seen.push(entry?.Value));
    for (const value of ['1', '2']) {
      await consul.kv.set('watched', value);
      await until(`it saw ${value}`, () => seen.at(-1) === value);
    }
    watch.end();
  },
  'watch.isRunning': async ({ consul }) => {
    const watch = consul.watch({ method: consul.catalog.service.list, options: loosely({}) });
    expect(watch.isRunning()).toBe(true);
    watch.end();
    expect(watch.isRunning()).toBe(false);
  },
  'watch.updateTime': async ({ consul }) => {
    const watch = consul.watch({ method: consul.health.state, options: loosely({ state: 'any' }) });
    expect(watch.updateTime()).toBeUndefined();
    await until('it was answered', () => watch.updateTime() !== undefined);
    watch.end();
  },
  'watch.end': async ({ consul }) => {
    const watch = consul.watch({ method: consul.kv.keys, options: loosely({ key: 'txn' }) });
    const ended = new Promise((resolve) => watch.once('end', () => resolve(true)));
    watch.end();
    expect(await ended).toBe(true);
  },
  destroy: async ({ host }) => {
    const own = host.consul();
    await own.kv.set('idle', '');
    const index = (await own.kv.get('idle'))?.ModifyIndex;
    const waiting = own.kv.get(loosely({ key: 'idle', index, wait: '10m' }));
    const broken = expect(waiting).rejects.toThrow('socket hang up');
    own.destroy();
    await broken;
  },
  parseQueryMeta: async ({ host }) => {
    const { parseQueryMeta } = Consul as unknown as { parseQueryMeta(response: object): object };
    const { headers } = await fetch(`${host.url}/v1/catalog/services?stale`);
    const meta = { LastIndex: expect.stringMatching(/^\d+$/), LastContact: 0, KnownLeader: true };
    expect(parseQueryMeta({ headers: Object.fromEntries(headers) })).toEqual(meta);
  },
};
