/**
 * Keys, locks, transactions and watching, by Consul's npm client; what else it can is in `npm-client.test.ts`. Where the
 * edge says `false`, this client gives undefined.
 */
import type Consul from 'consul';
import { describe, expect, test } from 'vitest';
import { shareSystem } from './system-test.ts';
import { until } from './until.ts';

const client = shareSystem(async (system) => {
  const edge = await system.server('edge');
  const host = await system.client('host-a', edge, { address: '127.0.0.2' });
  return host.consul();
});

const newSession = async (consul: Consul, name: string) =>
  (await consul.session.create({ name, lockdelay: '1ms' })).ID;

describe('keys', () => {
  test('are set, read, listed and deleted', async () => {
    const { kv } = client();
    expect(await kv.set('app/one', '1')).toBe(true);
    expect(await kv.set({ key: 'app/two', value: Buffer.from('2'), flags: 42 })).toBe(true);
    expect(await kv.get('app/one')).toMatchObject({ Key: 'app/one', Value: '1', Flags: 0 });
    expect(await kv.get({ key: 'app/two', raw: true })).toEqual(Buffer.from('2'));
    expect(await kv.get({ key: 'app/', recurse: true })).toMatchObject([
      { Value: '1' },
      { Value: '2', Flags: 42 },
    ]);
    expect(await kv.keys('app/')).toEqual(['app/one', 'app/two']);
    expect(await kv.keys({ key: 'a', separator: '/' })).toEqual(['app/']);
    expect(await kv.del('app/one')).toBe(true);
    expect(await kv.get('app/one')).toBeUndefined();
    expect(await kv.del({ key: 'app/', recurse: true })).toBe(true);
    await expect(kv.keys('app/')).rejects.toMatchObject({ statusCode: 404 });
  });

  test('of any text come back as they were', async () => {
    const { kv } = client();
    for (const key of ['grüße 👋', 'a b/c?d=e&f#g', '100%', "it's", 'a+b', 'x.json']) {
      await kv.set(key, key);
      expect(await kv.get(key), key).toMatchObject({ Key: key, Value: key });
    }
  });

  test('are set and deleted only as they were read', async () => {
    const { kv } = client();
    expect(await kv.set({ key: 'cas', value: 'new', cas: 0 })).toBe(true);
    expect(await kv.set({ key: 'cas', value: 'again', cas: 0 })).toBeUndefined();
    const index = (await kv.get('cas'))!.ModifyIndex;
    expect(await kv.set({ key: 'cas', value: 'next', cas: index })).toBe(true);
    expect(await kv.del({ key: 'cas', cas: index })).toBeUndefined();
    expect(await kv.del({ key: 'cas', cas: (await kv.get('cas'))!.ModifyIndex })).toBe(true);
  });

  test('that are too much are refused with words', async () => {
    const { kv } = client();
    await expect(kv.set('big', 'x'.repeat(524_289))).rejects.toMatchObject({ statusCode: 413 });
    expect(await kv.set('big', 'x'.repeat(524_288))).toBe(true);
    expect((await kv.get('big'))?.Value).toHaveLength(524_288);
  });
});

test('a lock is had by one session at a time', async () => {
  const consul = client();
  const [one, two] = [await newSession(consul, 'one'), await newSession(consul, 'two')];
  expect(await consul.kv.set({ key: 'lock', value: 'one', acquire: one })).toBe(true);
  expect(await consul.kv.set({ key: 'lock', value: 'two', acquire: two })).toBeUndefined();
  expect(await consul.kv.get('lock')).toMatchObject({ Value: 'one', Session: one, LockIndex: 1 });
  expect(await consul.kv.set({ key: 'lock', value: '', release: one })).toBe(true);
  expect(await consul.kv.set({ key: 'lock', value: 'two', acquire: two })).toBe(true);
  await consul.session.destroy(two);
  expect(await consul.kv.get('lock')).not.toHaveProperty('Session');
});

test('a transaction is done whole or not at all', async () => {
  const { kv, transaction } = client();
  const set = (key: string) => ({ KV: { Verb: 'set', Key: key, Value: btoa('x') } });
  const done = await transaction.create([set('txn/a'), set('txn/b')] as never);
  expect(done.Results).toMatchObject([{ KV: { Key: 'txn/a' } }, { KV: { Key: 'txn/b' } }]);
  const failing = [set('txn/c'), { KV: { Verb: 'get', Key: 'txn/none' } }];
  await expect(transaction.create(failing as never)).rejects.toMatchObject({ statusCode: 409 });
  expect(await kv.keys('txn/')).toEqual(['txn/a', 'txn/b']);
});

test('a watch tells of every change of a key, and of nothing else', async () => {
  const consul = client();
  const seen: (string | null | undefined)[] = [];
  const watch = consul.watch({ method: consul.kv.get, options: { key: 'watched' } });
  watch.on('change', (entry: { Value: string } | undefined) => seen.push(entry?.Value));
  try {
    for (const value of ['1', '2', '3']) {
      await consul.kv.set('watched', value);
      await consul.kv.set('unrelated', value);
      await until(`the watch saw ${value}`, () => seen.at(-1) === value);
    }
    await consul.kv.del('watched');
    await until('the watch saw the end', () => seen.at(-1) === undefined);
  } finally {
    watch.end();
  }
  expect(seen.filter((value) => value !== undefined)).toEqual(['1', '2', '3']);
});
