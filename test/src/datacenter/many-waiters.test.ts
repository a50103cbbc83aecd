/** Ten thousand reads that wait, on one object: who is woken, what is refused, and that nothing of them stays. */
import { afterEach, expect, it, vi } from 'vitest';
import { waitersMax } from '../../../src/datacenter/limits.ts';
import type { ReadQuery } from '../../../src/shared/read/read-query.ts';
import { EdgeHttp } from '../edge-http.ts';
import { makeRegistration, makeService } from './edge-socket.ts';

const edge = await EdgeHttp.of('many-waiters');
const { object } = edge;
const waiting = async () => Number((await object.stats()).waiters);
const untilWaiting = (count: number) =>
  vi.waitFor(async () => expect(await waiting()).toBe(count), { timeout: 20_000 });

const health = (Name: string): ReadQuery => ({
  Kind: 'health.service',
  Name,
  Tags: [],
  NodeMeta: [],
  Passing: false,
  Near: '',
  Filter: '',
});
const nodeOf = (Node: string): ReadQuery => ({ Kind: 'catalog.node', Node, Filter: '' });

interface Watched {
  look: (wait?: { ID: string; Index: number; WaitMs: number }) => Promise<{ Index: number }>;
  change: () => unknown;
}

let changes = 0;
function next(): string {
  changes += 1;
  return `change-${changes}`;
}
const put = (Key: string) =>
  object.putKey({ Key, Value: new TextEncoder().encode(next()), Flags: '0', TTLMs: null });
const register = (node: string, service: string) =>
  object.register(makeRegistration(node, { Service: { ...makeService(service), Address: next() } }));

const watched: Record<string, Watched> = {
  'a service': { look: (wait) => object.read(health('web'), wait), change: () => register('n1', 'web') },
  'a node': { look: (wait) => object.read(nodeOf('n2'), wait), change: () => register('n2', 'api') },
  'a key': {
    look: (wait) => object.readKv({ Kind: 'get', Key: 'hot', Raw: false }, wait),
    change: () => put('hot'),
  },
  'a prefix': {
    look: (wait) => object.readKv({ Kind: 'recurse', Prefix: 'many/' }, wait),
    change: () => put('many/a'),
  },
};
const each = waitersMax / Object.keys(watched).length;

let ids: string[] = [];
let answers: Promise<unknown>[] = [];
afterEach(async () => {
  await Promise.all(ids.map((id) => object.cancelWait(id)));
  await Promise.all(answers);
  [ids, answers] = [[], []];
});

/** How many of each have been answered. */
async function watchAll(): Promise<Record<string, number>> {
  const answered: Record<string, number> = {};
  for (const [name, { look, change }] of Object.entries(watched)) {
    await change();
    const { Index } = await look();
    answered[name] = 0;
    for (let i = 0; i < each; i += 1) {
      const ID = `${name}-${i}`;
      ids.push(ID);
      const answer = look({ ID, Index, WaitMs: 600_000 });
      const count = () => {
        answered[name]! += 1;
      };
      answers.push(answer.then(count));
    }
  }
  await untilWaiting(waitersMax);
  return answered;
}

it('each is woken by what it waits for and by nothing else, one too many is refused, the gone are freed', async () => {
  const answered = await watchAll();
  await put('cold');
  await register('n3', 'db');
  expect(await waiting()).toBe(waitersMax);
  const refused = await edge.ask('GET /v1/kv/hot?index=1000000');
  expect([refused.status, refused.body]).toEqual([
    429,
    '10000 blocking queries wait, and 10000 is the limit: rate limit exceeded, try again later',
  ]);
  expect((await watched['a key']!.look()).Index).toBeGreaterThan(0);
  for (const [done, name] of ['a service', 'a node'].entries()) {
    await watched[name]!.change();
    await untilWaiting(waitersMax - (done + 1) * each);
  }
  expect(answered).toEqual({ 'a service': each, 'a node': each, 'a key': 0, 'a prefix': 0 });
  await Promise.all(Array.from({ length: each }, (_, i) => object.cancelWait(`a key-${i}`)));
  expect(await waiting()).toBe(each);
  await watched['a prefix']!.change();
  await untilWaiting(0);
  await Promise.all(answers);
  expect(answered).toEqual({ 'a service': each, 'a node': each, 'a key': each, 'a prefix': each });
}, 60_000);
