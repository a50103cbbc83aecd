/** Who waits on a key or a prefix is woken by what changes it, and by nothing else. */
import type { env } from 'cloudflare:workers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { KvAnswer } from '../../../src/requests/kv-answer.ts';
import type { KvQuery } from '../../../src/requests/kv-request.ts';
import { EdgeHttp } from '../edge-http.ts';

const get = (Key: string): KvQuery => ({ Kind: 'get', Key, Raw: false });
const under = (Prefix: string): KvQuery => ({ Kind: 'recurse', Prefix });
const queryOf = (name: string): KvQuery => (name.endsWith('*') ? under(name.slice(0, -1)) : get(name));

type Datacenter = ReturnType<typeof env.DATACENTERS.getByName>;

const objects: { object: Datacenter; ids: string[] }[] = [];

/** Reads that wait for what comes after the answer of now, by what they wait on: "a/b" or "a/*". */
async function watch(object: Datacenter, names: string[]): Promise<Map<string, Promise<KvAnswer>>> {
  const ids = names.map(() => crypto.randomUUID());
  const watches = new Map<string, Promise<KvAnswer>>();
  for (const [i, name] of names.entries()) {
    const { Index } = await object.readKv(queryOf(name));
    watches.set(name, object.readKv(queryOf(name), { ID: ids[i]!, Index, WaitMs: 60_000 }));
  }
  objects.push({ object, ids });
  await waiting(object, names.length);
  return watches;
}

const waiting = (object: Datacenter, count: number) =>
  vi.waitFor(async () => expect((await object.stats()).waiters).toBe(String(count)));

/** Those that were woken, in order, once `left` wait on. */
async function woken(object: Datacenter, watches: Map<string, Promise<KvAnswer>>): Promise<string[]> {
  const done: string[] = [];
  for (const [name, answer] of watches) void answer.then(() => done.push(name));
  await vi.waitFor(async () => {
    const left = Number((await object.stats()).waiters);
    expect(done).toHaveLength(watches.size - left);
  });
  return done.sort();
}

afterEach(async () => {
  for (const { object, ids } of objects.splice(0)) for (const id of ids) await object.cancelWait(id);
});

const everyone = ['a', 'a/', 'a/b', 'a/*', 'a*', '*', 'b', 'none'];

describe('a waiting read', () => {
  it.each([
    { write: 'PUT /v1/kv/a', wakes: ['*', 'a', 'a*'] },
    { write: 'PUT /v1/kv/a/b', wakes: ['*', 'a*', 'a/*', 'a/b'] },
    { write: 'PUT /v1/kv/a/', wakes: ['*', 'a*', 'a/', 'a/*'] },
    { write: 'PUT /v1/kv/ab', wakes: ['*', 'a*'] },
    { write: 'PUT /v1/kv/none', wakes: ['*', 'none'] },
    { write: 'PUT /v1/kv/other', wakes: ['*'] },
    { write: 'DELETE /v1/kv/a/b', wakes: ['*', 'a*', 'a/*', 'a/b'] },
    { write: 'DELETE /v1/kv/a/?recurse', wakes: ['*', 'a*', 'a/*', 'a/b'] },
    { write: 'DELETE /v1/kv/none', wakes: [] },
    { write: 'DELETE /v1/kv/none?recurse', wakes: [] },
    { write: 'PUT /v1/kv/a/b?cas=1', wakes: [] },
    { write: 'PUT /v1/kv/b?flags=0', wakes: [], body: 'same' },
    { write: 'PUT /v1/kv/b?flags=1', wakes: ['*', 'b'], body: 'same' },
    { write: 'PUT /v1/catalog/register', wakes: [], body: { Node: 'n1', Address: '10.0.0.1' } },
  ])('$write wakes $wakes', async ({ write, wakes, body = 'new' }) => {
    const edge = await EdgeHttp.of('wakes');
    await edge.exchange(['PUT /v1/kv/a/b', 'old', 200, 'true']);
    await edge.exchange(['PUT /v1/kv/b', 'same', 200, 'true']);
    const watches = await watch(edge.object, everyone);
    expect((await edge.ask(write, body)).status).toBe(200);
    expect(await woken(edge.object, watches)).toEqual(wakes);
  });

  it('on a key that is not there waits until it is', async () => {
    const edge = await EdgeHttp.of('missing');
    const watches = await watch(edge.object, ['none', 'dir/*']);
    await edge.exchange(['PUT /v1/kv/unrelated', 'x', 200, 'true']);
    expect(await woken(edge.object, watches)).toEqual([]);
    await edge.exchange(['PUT /v1/kv/none', 'x', 200, 'true']);
    expect((await watches.get('none'))?.Body).toContain('"Key":"none"');
  });

  it('on a key that goes answers that it is gone, with a higher index', async () => {
    const edge = await EdgeHttp.of('gone');
    await edge.exchange(['PUT /v1/kv/a', 'x', 200, 'true']);
    const watches = await watch(edge.object, ['a', '*']);
    await edge.exchange(['DELETE /v1/kv/a', undefined, 200, 'true']);
    expect(await watches.get('a')).toEqual({ Index: 3 });
    expect(await watches.get('*')).toEqual({ Index: 3 });
  });

  it('on a lock is woken when it is taken, given back and lost', async () => {
    const edge = await EdgeHttp.of('lock');
    await edge.register('n1');
    await edge.exchange(['PUT /v1/kv/a', 'x', 200, 'true']);
    const id = await edge.session('n1');
    for (const request of [
      `PUT /v1/kv/a?acquire=${id}`,
      `PUT /v1/kv/a?release=${id}`,
      `PUT /v1/kv/a?acquire=${id}`,
      `PUT /v1/session/destroy/${id}`,
    ]) {
      const watches = await watch(edge.object, ['a']);
      await edge.exchange([request, 'x', 200, 'true']);
      expect(await woken(edge.object, watches), request).toEqual(['a']);
    }
  });

  it('is over after its time, with what is there', async () => {
    const edge = await EdgeHttp.of('over');
    await edge.exchange(['PUT /v1/kv/a', 'x', 200, 'true']);
    const { status, headers, body } = await edge.ask('GET /v1/kv/a?index=2&wait=10ms');
    expect([status, headers.get('X-Consul-Index')]).toEqual([200, '2']);
    expect(body).toContain('"Key":"a"');
    await edge.exchange(['GET /v1/kv/none?index=2&wait=10ms', undefined, 404, '']);
  });

  it('for an index of the future is not ended by a write below it', async () => {
    const edge = await EdgeHttp.of('future');
    const { object } = edge;
    const future = object.readKv(get('a'), { ID: 'future', Index: 100, WaitMs: 60_000 });
    await waiting(object, 1);
    await edge.exchange(['PUT /v1/kv/a', 'x', 200, 'true']);
    await waiting(object, 1);
    await object.cancelWait('future');
    expect((await future).Index).toBe(2);
  });

  it('after a txn that failed sees what the next write changed', async () => {
    const edge = await EdgeHttp.of('undone');
    await edge.exchange(['PUT /v1/kv/dir/a', '1', 200, 'true']);
    const failing = [{ KV: { Verb: 'set', Key: 'dir/a' } }, { KV: { Verb: 'get', Key: 'none' } }];
    await edge.exchange(['PUT /v1/txn', failing, 409, { Results: null }]);
    expect(await edge.indexOf('/v1/kv/dir/?recurse')).toBe(2);
    const watches = await watch(edge.object, ['dir/*']);
    await edge.exchange(['PUT /v1/kv/dir/a', '2', 200, 'true']);
    expect((await watches.get('dir/*'))?.Index).toBe(3);
  });

  it('is one of ten thousand, of which one write wakes those it concerns', { timeout: 60_000 }, async () => {
    const { object } = await EdgeHttp.of('crowd');
    const ids = Array.from({ length: 10_000 }, (_, i) => `crowd-${i}`);
    const nameOf = (i: number) => ['hot', 'hot/*', `cold/${i}`, `cold/${i}/*`][i % 4]!;
    let answered = 0;
    const answers = ids.map((ID, i) =>
      object.readKv(queryOf(nameOf(i)), { ID, Index: 1, WaitMs: 600_000 }).then((answer) => {
        answered += 1;
        return answer;
      }),
    );
    const settled = { timeout: 30_000 };
    await vi.waitFor(async () => expect((await object.stats()).waiters).toBe('10000'), settled);
    await object.putKey({ Key: 'hot', Value: new Uint8Array(1), Flags: '0', TTLMs: null });
    await vi.waitFor(() => expect(answered).toBe(2_500), settled);
    await object.putKey({ Key: 'hot/x', Value: new Uint8Array(1), Flags: '0', TTLMs: null });
    await vi.waitFor(() => expect(answered).toBe(5_000), settled);
    expect((await object.stats()).waiters).toBe('5000');
    for (const id of ids) void object.cancelWait(id);
    await Promise.all(answers);
    expect((await object.stats()).waiters).toBe('0');
  });
});
