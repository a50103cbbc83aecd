/** Keys with a time to live of their own, in a real object. Time passes only when told. */
import { createScheduledController, evictDurableObject, runDurableObjectAlarm } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it, vi } from 'vitest';
import worker from '../../../src/index.ts';
import { EdgeHttp } from '../edge-http.ts';
import { at, tellTime } from './told-time.ts';

tellTime();

const put = (edge: EdgeHttp, path: string, body = 'x') =>
  edge.exchange([`PUT /v1/kv/${path}`, body, 200, 'true']);
const alarm = (edge: EdgeHttp) => runDurableObjectAlarm(edge.object);
const keys = async (edge: EdgeHttp) => JSON.parse((await edge.ask('GET /v1/kv/?keys')).body);

describe('a key with a time to live', () => {
  it('goes when its time is over, by the alarm, and raises the index', async () => {
    const edge = await EdgeHttp.of('goes');
    await put(edge, 'a?ttl=30s');
    await put(edge, 'b');
    at(29_999);
    await alarm(edge);
    expect(await keys(edge)).toEqual(['a', 'b']);
    at(30_000);
    expect(await alarm(edge)).toBe(true);
    expect(await keys(edge)).toEqual(['b']);
    expect(await edge.indexOf('/v1/kv/a')).toBe(4);
    expect(await edge.indexOf('/v1/kv/?recurse')).toBe(4);
  });

  it('goes by the cron trigger', async () => {
    const edge = await EdgeHttp.of('cron');
    await put(edge, 'a?ttl=1s');
    at(1_000);
    await worker.scheduled(createScheduledController(), env);
    expect(await keys(edge)).toEqual([]);
  });

  it('goes though the object was evicted meanwhile', async () => {
    const edge = await EdgeHttp.of('evicted');
    await put(edge, 'a?ttl=1s');
    await evictDurableObject(edge.object);
    at(1_000);
    expect(await alarm(edge)).toBe(true);
    expect(await keys(edge)).toEqual([]);
  });

  it('wakes who waits on it when it goes', async () => {
    const edge = await EdgeHttp.of('wakes');
    await put(edge, 'a?ttl=1s');
    const waits = edge.object.readKv(
      { Kind: 'get', Key: 'a', Raw: false },
      { ID: 'w', Index: 2, WaitMs: 60_000 },
    );
    await vi.waitFor(async () => expect((await edge.object.stats()).waiters).toBe('1'));
    at(1_000);
    await alarm(edge);
    expect(await waits).toEqual({ Index: 3 });
  });

  it('has its whole time again with every write, also one that changes nothing', async () => {
    const edge = await EdgeHttp.of('renewed');
    await put(edge, 'a?ttl=30s');
    at(20_000);
    await put(edge, 'a?ttl=30s');
    expect(await edge.indexOf('/v1/kv/a')).toBe(2);
    at(49_999);
    await alarm(edge);
    expect(await keys(edge)).toEqual(['a']);
    at(50_000);
    await alarm(edge);
    expect(await keys(edge)).toEqual([]);
  });

  it.each([
    { by: 'a plain write', write: ['PUT /v1/kv/a', 'x'] },
    { by: 'a write in a txn', write: ['PUT /v1/txn', [{ KV: { Verb: 'set', Key: 'a', Value: 'eA==' } }]] },
  ])('loses it by $by', async ({ write: [request = '', body] }) => {
    const edge = await EdgeHttp.of('cleared');
    await put(edge, 'a?ttl=1s');
    expect((await edge.ask(request as string, body)).status).toBe(200);
    expect((await edge.ask('GET /v1/kv/a')).body).not.toContain('TTL');
    at(10_000);
    await alarm(edge);
    expect(await keys(edge)).toEqual(['a']);
  });

  it('may be written in a txn', async () => {
    const edge = await EdgeHttp.of('txn');
    await edge.exchange([
      'PUT /v1/txn',
      [{ KV: { Verb: 'set', Key: 'a', TTL: '1s' } }],
      200,
      { Errors: null },
    ]);
    await edge.exchange(['GET /v1/kv/a', undefined, 200, [{ TTL: '1s' }]]);
    at(1_000);
    await alarm(edge);
    expect(await keys(edge)).toEqual([]);
  });

  it('may be a lock, and goes with it', async () => {
    const edge = await EdgeHttp.of('lock');
    await edge.register('n1');
    const id = await edge.session('n1');
    await put(edge, `a?acquire=${id}&ttl=1s`);
    at(1_000);
    await alarm(edge);
    expect(await keys(edge)).toEqual([]);
    await put(edge, `a?acquire=${await edge.session('n1')}`);
  });

  it('is not shortened for a key that waits longer', async () => {
    const edge = await EdgeHttp.of('two');
    await put(edge, 'long?ttl=60s');
    await put(edge, 'short?ttl=10s');
    at(10_000);
    await alarm(edge);
    expect(await keys(edge)).toEqual(['long']);
    at(60_000);
    expect(await alarm(edge)).toBe(true);
    expect(await keys(edge)).toEqual([]);
  });
});
