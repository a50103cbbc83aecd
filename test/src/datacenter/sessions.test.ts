/** The life of sessions and what it does to their locks, in a real object. Time passes only when told. */
import { abortAllDurableObjects, evictDurableObject, runDurableObjectAlarm } from 'cloudflare:test';
import { describe, expect, it, vi } from 'vitest';
import { EdgeHttp, type Exchange } from '../edge-http.ts';
import { at, tellTime } from './told-time.ts';

tellTime();

const alarm = (edge: EdgeHttp) => runDurableObjectAlarm(edge.object);
const acquire = (edge: EdgeHttp, key: string, id: string) =>
  edge.ask(`PUT /v1/kv/${key}?acquire=${id}`, 'me');
const sessions = async (edge: EdgeHttp) =>
  (await edge.get<{ ID: string }[]>('/v1/session/list')).map(({ ID }) => ID);

interface Entry {
  Session?: string;
  LockIndex: number;
  ModifyIndex: number;
}
const entry = async (edge: EdgeHttp, key: string) => (await edge.get<[Entry]>(`/v1/kv/${key}`))[0];

/** A node with a service, a check of it and a check of the node, all passing. */
const host = {
  Service: { Service: 'web' },
  Checks: [
    { CheckID: 'alive', Name: 'alive', Status: 'passing' },
    { CheckID: 'web-ok', Name: 'web-ok', ServiceID: 'web', Status: 'passing' },
  ],
};
const bothChecks = { NodeChecks: ['alive'], ServiceChecks: [{ ID: 'web-ok' }] };

async function withLock(name: string, rest: object = {}): Promise<{ edge: EdgeHttp; id: string }> {
  const edge = await EdgeHttp.of(name);
  await edge.register('n1', host);
  const id = await edge.session('n1', { ...bothChecks, ...rest });
  expect((await acquire(edge, 'lock', id)).body).toBe('true');
  return { edge, id };
}

const register = (body: object): Exchange => [
  'PUT /v1/catalog/register',
  { Node: 'n1', Address: '10.0.0.1', ...body },
  200,
  'true',
];
const deregister = (body: object): Exchange => [
  'PUT /v1/catalog/deregister',
  { Node: 'n1', ...body },
  200,
  'true',
];
const txn = (op: object): Exchange => ['PUT /v1/txn', [op], 200, { Errors: null }];
const failing = { CheckID: 'alive', Name: 'alive', Status: 'critical' };

describe('a session ends with its lock', () => {
  it.each<{ when: string; exchange: Exchange }>([
    { when: 'a check of the node is critical', exchange: register({ Check: failing }) },
    {
      when: 'a check of a service is critical',
      exchange: register({ Check: { CheckID: 'web-ok', Name: 'x', ServiceID: 'web', Status: 'critical' } }),
    },
    {
      when: 'a check is critical by a txn',
      exchange: txn({ Check: { Verb: 'set', Check: { Node: 'n1', ...failing } } }),
    },
    { when: 'a check is deregistered', exchange: deregister({ CheckID: 'alive' }) },
    { when: 'the service of a check is deregistered', exchange: deregister({ ServiceID: 'web' }) },
    { when: 'the node is deregistered', exchange: deregister({}) },
    { when: 'the node goes by a txn', exchange: txn({ Node: { Verb: 'delete', Node: { Node: 'n1' } } }) },
  ])('when $when', async ({ exchange }) => {
    const { edge, id } = await withLock('ends');
    const before = await entry(edge, 'lock');
    await edge.exchange(exchange);
    expect(await sessions(edge)).toEqual([]);
    const after = await entry(edge, 'lock');
    expect(after.Session).toBeUndefined();
    expect(after.LockIndex).toBe(1);
    expect(after.ModifyIndex).toBe(before.ModifyIndex + 1);
    expect((await edge.ask(`PUT /v1/kv/lock?acquire=${id}`)).body).toBe(`invalid session "${id}"`);
  });

  it('or is deleted with it', async () => {
    const { edge, id } = await withLock('deleted', { Behavior: 'delete' });
    await edge.exchange([`PUT /v1/session/destroy/${id}`, undefined, 200, 'true']);
    await edge.exchange(['GET /v1/kv/lock', undefined, 404, '']);
    expect(await edge.indexOf('/v1/kv/lock')).toBe(5);
  });

  it('with all of its locks at one index, and nobody else does', async () => {
    const { edge, id } = await withLock('many');
    const other = await edge.session('n1');
    await acquire(edge, 'lock2', id);
    await acquire(edge, 'other', other);
    await edge.exchange([`PUT /v1/session/destroy/${id}`, undefined, 200, 'true']);
    const [one, two] = [await entry(edge, 'lock'), await entry(edge, 'lock2')];
    expect(one.ModifyIndex).toBe(two.ModifyIndex);
    expect((await entry(edge, 'other')).Session).toBe(other);
    expect(await sessions(edge)).toEqual([other]);
  });

  it.each<{ when: string; exchange: Exchange }>([
    { when: 'a check only warns', exchange: register({ Check: { ...failing, Status: 'warning' } }) },
    { when: 'another check is critical', exchange: register({ Check: { ...failing, CheckID: 'another' } }) },
    {
      when: 'the check of another node is critical',
      exchange: [
        'PUT /v1/catalog/register',
        { Node: 'n2', Address: '10.0.0.2', Check: failing },
        200,
        'true',
      ],
    },
    { when: 'the same is registered again', exchange: register(host) },
  ])('and not when $when', async ({ exchange }) => {
    const { edge, id } = await withLock('stays');
    await edge.exchange(exchange);
    expect(await sessions(edge)).toEqual([id]);
    expect((await entry(edge, 'lock')).Session).toBe(id);
  });
});

describe('a time to live', () => {
  it('ends the session after twice its length, and not before', async () => {
    const { edge, id } = await withLock('ttl', { TTL: '10s' });
    at(19_999);
    await alarm(edge);
    expect(await sessions(edge)).toEqual([id]);
    at(20_000);
    expect(await alarm(edge)).toBe(true);
    expect(await sessions(edge)).toEqual([]);
    expect((await entry(edge, 'lock')).Session).toBeUndefined();
  });

  it('begins anew with each renewal, though few of them write a row', async () => {
    const { edge, id } = await withLock('renewed', { TTL: '10s' });
    const before = await edge.indexOf('/v1/session/list');
    for (let ms = 0; ms <= 100_000; ms += 5_000) {
      at(ms);
      await alarm(edge);
      expect((await edge.ask(`PUT /v1/session/renew/${id}`)).status, `after ${ms} ms`).toBe(200);
    }
    expect(await edge.indexOf('/v1/session/list')).toBe(before);
    at(109_999);
    await alarm(edge);
    expect(await sessions(edge)).toEqual([id]);
    at(120_000);
    await alarm(edge);
    expect(await sessions(edge)).toEqual([]);
  });

  it('is kept by an object that was evicted', async () => {
    const { edge } = await withLock('evicted', { TTL: '10s' });
    await evictDurableObject(edge.object);
    at(20_000);
    expect(await alarm(edge)).toBe(true);
    expect(await sessions(edge)).toEqual([]);
  });
});

describe('lock-delay', () => {
  it.each([
    { law: 'keeps others out for its length', LockDelay: '5s', freeAtMs: 5_000 },
    { law: 'is fifteen seconds if nothing was said', LockDelay: undefined, freeAtMs: 15_000 },
  ])('$law', async ({ LockDelay, freeAtMs }) => {
    const { edge, id } = await withLock('delay', LockDelay === undefined ? {} : { LockDelay });
    const next = await edge.session('n1');
    await edge.exchange([`PUT /v1/session/destroy/${id}`, undefined, 200, 'true']);
    at(freeAtMs - 1);
    expect((await acquire(edge, 'lock', next)).body).toBe('false');
    at(freeAtMs);
    expect((await acquire(edge, 'lock', next)).body).toBe('true');
  });

  it('of none keeps nobody out', async () => {
    const { edge, id } = await withLock('none', { LockDelay: '0s' });
    const next = await edge.session('n1');
    await edge.exchange([`PUT /v1/session/destroy/${id}`, undefined, 200, 'true']);
    expect((await acquire(edge, 'lock', next)).body).toBe('true');
  });

  it('does not follow a lock that was given back', async () => {
    const { edge, id } = await withLock('given back');
    const next = await edge.session('n1');
    await edge.exchange([`PUT /v1/kv/lock?release=${id}`, 'x', 200, 'true']);
    expect((await acquire(edge, 'lock', next)).body).toBe('true');
  });

  it.each(['evicted', 'aborted'])('holds when the object is %s', async (how) => {
    const { edge, id } = await withLock(how);
    const next = await edge.session('n1');
    await edge.exchange([`PUT /v1/session/destroy/${id}`, undefined, 200, 'true']);
    if (how === 'evicted') await evictDurableObject(edge.object);
    else await abortAllDurableObjects();
    expect((await acquire(edge, 'lock', next)).body).toBe('false');
    at(15_000);
    await alarm(edge);
    expect((await acquire(edge, 'lock', next)).body).toBe('true');
  });

  it('refuses a lock in a txn too', async () => {
    const { edge, id } = await withLock('in txn');
    const next = await edge.session('n1');
    await edge.exchange([`PUT /v1/session/destroy/${id}`, undefined, 200, 'true']);
    const lock = [{ KV: { Verb: 'lock', Key: 'lock', Session: next } }];
    await edge.exchange(['PUT /v1/txn', lock, 409, { Errors: [{ OpIndex: 0 }] }]);
  });
});

describe('a lock', () => {
  it('counts who took it, not who holds it on', async () => {
    const { edge, id } = await withLock('count');
    expect((await entry(edge, 'lock')).LockIndex).toBe(1);
    await edge.exchange([`PUT /v1/kv/lock?acquire=${id}`, 'again', 200, 'true']);
    expect((await entry(edge, 'lock')).LockIndex).toBe(1);
    await edge.exchange([`PUT /v1/kv/lock?release=${id}`, 'x', 200, 'true']);
    expect((await entry(edge, 'lock')).LockIndex).toBe(1);
    await edge.exchange([`PUT /v1/kv/lock?acquire=${id}`, 'x', 200, 'true']);
    expect((await entry(edge, 'lock')).LockIndex).toBe(2);
  });

  it('is had by one only, who alone gives it back', async () => {
    const { edge, id } = await withLock('one');
    const other = await edge.session('n1');
    expect((await acquire(edge, 'lock', other)).body).toBe('false');
    await edge.exchange([`PUT /v1/kv/lock?release=${other}`, 'x', 200, 'false']);
    expect(await entry(edge, 'lock')).toMatchObject({ Session: id, Value: btoa('me') });
    await edge.exchange([`PUT /v1/kv/lock?release=${id}`, 'bye', 200, 'true']);
    expect(await entry(edge, 'lock')).toMatchObject({ Value: btoa('bye') });
  });

  it('is advisory: a plain write keeps the holder and begins the count anew, a deletion is done', async () => {
    const { edge, id } = await withLock('advisory');
    await edge.exchange(['PUT /v1/kv/lock', 'x', 200, 'true']);
    expect(await entry(edge, 'lock')).toMatchObject({ Session: id, LockIndex: 0 });
    await edge.exchange(['DELETE /v1/kv/lock', undefined, 200, 'true']);
    await edge.exchange(['GET /v1/kv/lock', undefined, 404, '']);
  });

  it('that is asked for by many at once is had by one', async () => {
    const edge = await EdgeHttp.of('race');
    await edge.register('n1');
    const ids = await Promise.all(Array.from({ length: 20 }, () => edge.session('n1')));
    const answers = await Promise.all(ids.map((id) => acquire(edge, 'lock', id)));
    expect(answers.filter(({ body }) => body === 'true')).toHaveLength(1);
  });
});

describe('who waits for a session', () => {
  it.each([
    { path: '/v1/session/list', wakes: true },
    { path: '/v1/session/node/N1', wakes: true },
    { path: '/v1/session/node/n2', wakes: false },
    { path: '/v1/session/info/ID', wakes: true },
    { path: '/v1/session/info/d0a1e2f3-0000-4000-8000-000000000000', wakes: false },
  ])('at $path is woken by its end: $wakes', async ({ path, wakes }) => {
    const { edge, id } = await withLock('waits');
    const url = path.replace('ID', id);
    const index = await edge.indexOf(url);
    const waiting = edge.ask(`GET ${url}?index=${index}&wait=${wakes ? '50s' : '100ms'}`);
    await vi.waitFor(async () => expect((await edge.object.stats()).waiters).toBe('1'));
    await edge.exchange([`PUT /v1/session/destroy/${id}`, undefined, 200, 'true']);
    const { headers, body } = await waiting;
    expect(body).toBe('[]');
    expect(Number(headers.get('X-Consul-Index')) > index).toBe(wakes);
  });
});
