/** Blocking queries: who is woken, by what, and what is left behind. */
import { abortAllDurableObjects, evictDurableObject } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { describe, expect, it, vi } from 'vitest';
import { makeCheck, makeRegistration, makeService, openSocket } from './datacenter/edge-socket.ts';

const objectOf = (datacenter: string) => env.DATACENTERS.getByName(datacenter);
const register = (datacenter: string, node: string, service: string, rest: object = {}) =>
  objectOf(datacenter).register(makeRegistration(node, { Service: makeService(service), ...rest }));

/** A datacenter of this name, with a service `web` and a service `api`. */
async function makeDatacenter(datacenter: string): Promise<void> {
  (await openSocket(datacenter)).close();
  await register(datacenter, 'n1', 'web');
  await register(datacenter, 'n2', 'api');
}

async function get(datacenter: string, path: string, init: RequestInit = {}) {
  const separator = path.includes('?') ? '&' : '?';
  const url = `http://127.0.0.1/v1/${path}${separator}dc=${datacenter}`;
  const response = await exports.default.fetch(url, init);
  return { index: Number(response.headers.get('X-Consul-Index')), body: await response.json<object[]>() };
}

/** A wait on the index that the path has now; resolves once the object has it. */
async function wait(datacenter: string, path: string, waitText = '30s') {
  const { index } = await get(datacenter, path);
  const before = await waitersIn(datacenter);
  let isOver = false;
  const answered = get(
    datacenter,
    `${path}${path.includes('?') ? '&' : '?'}index=${index}&wait=${waitText}`,
  ).finally(() => {
    isOver = true;
  });
  await vi.waitFor(async () => expect(await waitersIn(datacenter)).toBe(before + 1));
  return { index, answered, isOver: () => isOver };
}

const waitersIn = async (datacenter: string) => Number((await objectOf(datacenter).stats()).waiters);

describe('a blocking query', () => {
  it('is answered when its topic changes, with the index of the change', async () => {
    await makeDatacenter('woken');
    const { index, answered } = await wait('woken', 'health/service/web');
    const written = await register('woken', 'n3', 'web');
    const { index: after, body } = await answered;
    expect([index, after]).toEqual([2, written]);
    expect(body).toHaveLength(2);
    expect(await waitersIn('woken')).toBe(0);
  });

  it.each([
    { path: 'catalog/nodes', node: 'n9', service: 'api' },
    { path: 'catalog/services', node: 'n9', service: 'api' },
    { path: 'catalog/node/n2', node: 'n2', service: 'other' },
    { path: 'health/node/n2', node: 'n2', service: 'other' },
    { path: 'health/service/api', node: 'n9', service: 'API' },
    { path: 'catalog/service/never-seen', node: 'n9', service: 'never-seen' },
  ])('on $path is woken by $service on $node, and one on another topic sleeps on', async (one) => {
    const datacenter = one.path.replaceAll('/', '-');
    await makeDatacenter(datacenter);
    const [woken, asleep] = [await wait(datacenter, one.path), await wait(datacenter, 'health/service/web')];
    const index = await register(datacenter, one.node, one.service);
    expect((await woken.answered).index).toBe(index);
    expect(asleep.isOver()).toBe(false);
    expect(await waitersIn(datacenter)).toBe(1);
    await register(datacenter, 'n8', 'web');
    await asleep.answered;
  });

  it('on checks in a state is woken by a check', async () => {
    await makeDatacenter('checks');
    const { answered } = await wait('checks', 'health/state/critical');
    await register('checks', 'n1', 'web', { Checks: [makeCheck('c', 'critical', 'web')] });
    expect((await answered).body).toMatchObject([{ CheckID: 'c' }]);
  });

  it('sleeps through a write that changes nothing', async () => {
    await makeDatacenter('idle');
    const { answered, isOver } = await wait('idle', 'health/service/web');
    await register('idle', 'n1', 'web');
    expect(isOver()).toBe(false);
    expect(await waitersIn('idle')).toBe(1);
    await register('idle', 'n1', 'web', { Address: '10.0.0.8' });
    await answered;
  });

  it('near a node sleeps through a coordinate, which sorts the answers from then on', async () => {
    await makeDatacenter('near');
    await register('near', 'n3', 'web');
    await register('near', 'n4', 'web');
    const place = (Node: string, x: number) =>
      objectOf('near').setCoordinate({
        Node,
        Segment: '',
        Coord: { Vec: [x, 0, 0, 0, 0, 0, 0, 0], Error: 1, Adjustment: 0, Height: 0 },
      });
    const path = 'catalog/service/web?near=n2';
    const nodes = async () => (await get('near', path)).body.map((row) => (row as { Node: string }).Node);
    const { index, answered, isOver } = await wait('near', 'health/service/web?near=n2');
    expect(await nodes()).toEqual(['n1', 'n3', 'n4']);
    for (const [node, x] of [['n2', 0] as const, ['n3', 0.02] as const, ['n4', 0.01] as const])
      await place(node, x);
    expect(await nodes()).toEqual(['n4', 'n3', 'n1']);
    await place('n4', 0.03);
    expect(await nodes()).toEqual(['n3', 'n4', 'n1']);
    expect((await get('near', path)).index).toBe(index);
    expect([isOver(), await waitersIn('near')]).toEqual([false, 1]);
    await register('near', 'n5', 'web');
    await answered;
  });

  it('is woken by the last instance that goes', async () => {
    await makeDatacenter('last');
    const { answered } = await wait('last', 'health/service/web');
    await objectOf('last').deregister({ Datacenter: '', Node: 'n1', ServiceID: '', CheckID: '' });
    expect(await answered).toEqual({ index: 4, body: [] });
  });

  it('is answered with the same index when its time is over', async () => {
    await makeDatacenter('over');
    const { index, answered } = await wait('over', 'health/service/web', '100ms');
    expect((await answered).index).toBe(index);
    expect(await waitersIn('over')).toBe(0);
  });

  it('on an index that has passed is answered at once, also when the object was away', async () => {
    await makeDatacenter('passed');
    await register('passed', 'n1', 'web', { Address: '10.0.0.8' });
    await evictDurableObject(objectOf('passed'));
    expect((await get('passed', 'health/service/web?index=2&wait=30s')).index).toBe(4);
  });

  it.each([
    {
      law: 'left memory',
      begin: () => evictDurableObject(objectOf('last-evicted')),
      datacenter: 'last-evicted',
    },
    { law: 'was started again', begin: () => abortAllDurableObjects(), datacenter: 'last-aborted' },
  ])('on a service whose last instance went is answered at once, also when the object $law', async (one) => {
    await makeDatacenter(one.datacenter);
    await objectOf(one.datacenter).deregister({ Datacenter: '', Node: 'n1', ServiceID: 'web', CheckID: '' });
    await one.begin();
    const answered = await get(one.datacenter, 'health/service/web?index=2&wait=30s');
    expect(answered).toEqual({ index: 4, body: [] });
    expect(await register(one.datacenter, 'n1', 'web')).toBe(5);
  });

  it('on an index of the future waits the whole time, and is answered with the lower one', async () => {
    await makeDatacenter('future');
    const waiting = get('future', 'health/service/web?index=100&wait=300ms');
    await vi.waitFor(async () => expect(await waitersIn('future')).toBe(1));
    const written = await register('future', 'n3', 'web');
    expect(await waitersIn('future')).toBe(1);
    expect((await waiting).index).toBe(written);
  });

  it('leaves nothing behind when its client goes', async () => {
    await makeDatacenter('abort');
    const controller = new AbortController();
    const init = { signal: controller.signal };
    const aborted = get('abort', 'health/service/web?index=2&wait=30s', init).catch(() => 'aborted');
    await vi.waitFor(async () => expect(await waitersIn('abort')).toBe(1));
    controller.abort();
    expect(await aborted).toBe('aborted');
    await vi.waitFor(async () => expect(await waitersIn('abort')).toBe(0));
  });

  it('with a filter that is none is refused at once', async () => {
    await makeDatacenter('filter');
    const url = 'http://127.0.0.1/v1/health/service/web?dc=filter&index=99&wait=30s&filter=Nope==1';
    expect((await exports.default.fetch(url)).status).toBe(400);
  });

  it('wakes everybody who waits on the same', async () => {
    await makeDatacenter('all');
    const waits = [];
    for (let i = 0; i < 10; i++) waits.push(await wait('all', 'health/service/web'));
    const index = await register('all', 'n3', 'web');
    const answers = await Promise.all(waits.map(({ answered }) => answered));
    expect(new Set(answers.map((answer) => answer.index))).toEqual(new Set([index]));
  });
});
