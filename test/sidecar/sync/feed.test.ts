import { describe, expect, onTestFinished, test } from 'vitest';
import { CatalogCache } from '../../../sidecar/cache/catalog-cache.ts';
import { Outbound } from '../../../sidecar/outbound/outbound.ts';
import { Feed, type FeedOptions } from '../../../sidecar/sync/feed.ts';
import { makeLogger } from '../../../sidecar/system/logger.ts';
import type { Topic } from '../../../src/shared/catalog-reader.ts';
import type { Change } from '../../../src/shared/protocol/messages.ts';
import { replacedReason } from '../../../src/shared/protocol/version.ts';
import { closedPort } from '../checks/probe-context.ts';
import { FakeClock } from '../fake-clock.ts';
import { aNode } from './a-node.ts';
import { aWelcome, eventually, startScriptedEdge } from './scripted-edge.ts';

const setNode = (Node: string, index: number): Change => ({
  Set: 'node',
  Row: {
    ID: '',
    Node,
    Address: '10.0.0.1',
    Datacenter: 'dc1',
    TaggedAddresses: null,
    Meta: null,
    CreateIndex: index,
    ModifyIndex: index,
  },
});

/** A feed of `edges` that has been started; `told` is what it told. */
function aFeed(edges: URL[], saved?: CatalogCache, more: Partial<FeedOptions> = {}, savedAtMs?: number) {
  const clock = new FakeClock();
  const told: string[] = [];
  const lines: string[] = [];
  const logger = makeLogger(
    'sync',
    { level: 'info', json: false, write: (line) => lines.push(line.slice(25)) },
    clock,
  );
  const outbound = new Outbound(clock);
  const options = {
    datacenter: 'dc1',
    edges,
    token: () => '',
    outbound,
    clock,
    random: () => 0,
    logger,
    ...more,
  };
  const feed = new Feed(
    options,
    {
      live: () => told.push('live'),
      changed: (topics: Set<Topic> | undefined) => told.push(topics ? [...topics].join(' ') : 'replaced'),
      lost: (reason) => told.push(`lost ${reason}`),
    },
    saved,
    savedAtMs,
  );
  onTestFinished(() => feed.stop());
  feed.start();
  const nodes = () => feed.copy.nodes().map(({ Node }) => Node);
  return { feed, clock, told, lines, nodes };
}

/** A copy as it would be read from disk. */
function aSavedCopy(catalogId: string, index: number, ...changes: Change[]): CatalogCache {
  const copy = new CatalogCache('dc1');
  copy.apply(index, changes);
  copy.catalogId = catalogId;
  return copy;
}

describe('a first copy', () => {
  test('arrives in pages with deltas between them, and is the catalog when the last is in', async () => {
    const edge = await startScriptedEdge();
    const { feed, told, nodes } = aFeed([edge.url]);
    const peer = await edge.peer();
    expect(await peer.next()).toEqual({ Type: 'hello', Protocol: 2, CatalogID: '', Index: 0 });
    expect([feed.state, feed.filled]).toEqual(['greeting', false]);
    peer.send(aWelcome({ Index: 5 }));
    peer.send({ Type: 'page', Index: 5, Changes: [setNode('a', 2), setNode('b', 3)], Cursor: 'after b' });
    expect(await peer.next()).toEqual({ Type: 'next', Cursor: 'after b' });
    peer.send({
      Type: 'delta',
      Index: 6,
      Changes: [{ Delete: 'node', Node: 'a', Index: 6, Reason: 'left' }],
    });
    peer.send({ Type: 'delta', Index: 7, Changes: [setNode('d', 7)] });
    expect([feed.state, feed.filled, told]).toEqual(['copying', false, []]);
    peer.send({ Type: 'page', Index: 7, Changes: [setNode('c', 4), setNode('d', 7)] });
    await eventually(() => feed.state === 'live');
    expect([nodes(), told]).toEqual([
      ['b', 'c', 'd'],
      ['replaced', 'live'],
    ]);
    expect([feed.copy.lastIndex, feed.copy.catalogId, feed.staleMs()]).toEqual([7, 'catalog-1', 0]);
  });

  test('is asked for with the node that is spoken for', async () => {
    const edge = await startScriptedEdge();
    aFeed([edge.url], undefined, { agent: () => aNode('n1') });
    const peer = await edge.peer();
    expect(await peer.next()).toMatchObject({ Type: 'hello', Agent: aNode('n1') });
    expect(peer.request.url).not.toContain('follow');
  });
});

describe('a copy that is there already', () => {
  test('catches up by one delta and names what it has', async () => {
    const edge = await startScriptedEdge();
    const { feed, told, nodes } = aFeed([edge.url], aSavedCopy('catalog-1', 4, setNode('a', 4)));
    expect([feed.filled, nodes()]).toEqual([true, ['a']]);
    const peer = await edge.peer();
    expect(await peer.next()).toMatchObject({ CatalogID: 'catalog-1', Index: 4 });
    peer.send(aWelcome({ Copy: 'delta', Index: 9 }), { Type: 'delta', Index: 9, Changes: [setNode('b', 9)] });
    await eventually(() => feed.state === 'live');
    expect([nodes(), told, feed.copy.lastIndex]).toEqual([['a', 'b'], ['nodes node:b', 'live'], 9]);
  });

  test('that is of another catalog answers until the new one is in, and leaves nothing behind', async () => {
    const edge = await startScriptedEdge();
    const { feed, nodes } = aFeed([edge.url], aSavedCopy('old', 900, setNode('a', 900)));
    const peer = await edge.peer();
    peer.send(aWelcome(), { Type: 'page', Index: 1, Changes: [setNode('b', 1)], Cursor: 'more' });
    await eventually(() => peer.heard.length === 2);
    expect(nodes()).toEqual(['a']);
    peer.send({ Type: 'page', Index: 1, Changes: [] });
    await eventually(() => feed.state === 'live');
    expect([nodes(), feed.copy.lastIndex, feed.copy.catalogId]).toEqual([['b'], 1, 'catalog-1']);
  });

  test('is as old as its file until it is live', async () => {
    const clock = new FakeClock();
    const { feed } = aFeed(
      [new URL('http://127.0.0.1:1')],
      aSavedCopy('x', 1),
      { clock },
      clock.nowMs() - 5000,
    );
    expect(feed.staleMs()).toBe(5000);
    clock.jump(3_600_000);
    expect(feed.staleMs()).toBe(5000);
    const never = aFeed([new URL('http://127.0.0.1:1')]);
    expect(never.feed.staleMs()).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('a connection that is lost', () => {
  test('during a copy begins the copy anew, and the half of it is forgotten', async () => {
    const edge = await startScriptedEdge();
    const { feed, clock, told, nodes } = aFeed([edge.url]);
    const first = await edge.peer();
    first.send(aWelcome(), { Type: 'page', Index: 1, Changes: [setNode('gone', 1)], Cursor: 'more' });
    await eventually(() => first.heard.length === 2);
    first.close(1001, '');
    await eventually(() => feed.state === 'waiting');
    clock.advance(125);
    const second = await edge.peer(2);
    expect(await second.next()).toMatchObject({ CatalogID: '', Index: 0 });
    second.send(aWelcome(), { Type: 'page', Index: 2, Changes: [setNode('a', 2)] });
    await eventually(() => feed.state === 'live');
    expect([nodes(), told]).toEqual([['a'], ['lost closed with code 1001', 'replaced', 'live']]);
  });

  test('that another agent of the same node has taken is not taken back at once', async () => {
    const edge = await startScriptedEdge();
    const { feed, clock, lines } = aFeed([edge.url]);
    const first = await edge.peer();
    first.send(aWelcome(), { Type: 'page', Index: 1, Changes: [setNode('a', 1)] });
    await eventually(() => feed.state === 'live');
    first.close(4000, replacedReason);
    await eventually(() => feed.state === 'waiting');
    clock.advance(7499);
    expect([feed.state, lines.at(-1)]).toEqual(['waiting', expect.stringContaining(replacedReason)]);
    clock.advance(1);
    expect(feed.state).toBe('connecting');
  });

  test('is opened again after growing waits, and the copy grows old meanwhile', async () => {
    const edge = await startScriptedEdge();
    const { feed, clock, lines } = aFeed([edge.url]);
    const first = await edge.peer();
    first.send(aWelcome(), { Type: 'page', Index: 1, Changes: [setNode('a', 1)] });
    await eventually(() => feed.state === 'live');
    edge.refusal = { status: '503 Away', body: '' };
    first.close(1001, '');
    await eventually(() => feed.state === 'waiting');
    for (const waitMs of [125, 250, 500]) {
      clock.advance(waitMs - 1);
      expect(feed.state).toBe('waiting');
      clock.advance(1);
      expect(feed.state).toBe('connecting');
      await eventually(() => feed.state === 'waiting');
    }
    expect([feed.staleMs(), feed.lastReason, feed.triedAll]).toEqual([875, '503 Away', true]);
    expect(lines.filter((line) => line.includes('Away'))).toHaveLength(1);
    edge.refusal = undefined;
    clock.advance(1000);
    const next = await edge.peer(2);
    expect(await next.next()).toMatchObject({ CatalogID: 'catalog-1', Index: 1 });
    next.send(aWelcome({ Copy: 'delta' }), { Type: 'delta', Index: 1, Changes: [] });
    await eventually(() => feed.state === 'live');
    expect([feed.staleMs(), feed.lastReason, feed.triedAll]).toEqual([0, '', false]);
  });

  test('is opened to the next edge of the list, round and round', async () => {
    const edge = await startScriptedEdge();
    const dead = new URL(`http://127.0.0.1:${await closedPort()}`);
    const { feed, clock } = aFeed([dead, edge.url]);
    expect(feed.edge).toBe(dead);
    await eventually(() => feed.state === 'waiting');
    expect([feed.edge, feed.triedAll]).toEqual([edge.url, false]);
    clock.advance(250);
    (await edge.peer()).close(4000, 'not here');
    await eventually(() => feed.lastReason === 'not here');
    expect([feed.edge, feed.triedAll]).toEqual([dead, true]);
  });
});

test('a connection that did not stand is no success: the waits go on growing until one has stood for 10 s', async () => {
  const edge = await startScriptedEdge();
  const { feed, clock } = aFeed([edge.url]);
  const standing = async (count: number, ms: number) => {
    const peer = await edge.peer(count);
    peer.send(aWelcome({ HeartbeatIntervalMs: 3_600_000 }), { Type: 'page', Index: 1, Changes: [] });
    await eventually(() => feed.state === 'live');
    clock.advance(ms);
    peer.close(1001, '');
    await eventually(() => feed.state === 'waiting');
  };
  const waits = (ms: number) => {
    clock.advance(ms - 1);
    expect(feed.state).toBe('waiting');
    clock.advance(1);
    expect(feed.state).toBe('connecting');
  };
  await standing(1, 0);
  waits(125);
  await standing(2, 9_999);
  waits(250);
  await standing(3, 0);
  waits(500);
  await standing(4, 10_000);
  waits(125);
});

test('one that only a human can change is tried again at the longest wait', async () => {
  const edge = await startScriptedEdge();
  const { feed, clock } = aFeed([edge.url]);
  const peer = await edge.peer();
  peer.send({ Type: 'refused', Message: 'no', Retry: false });
  peer.close(4000, 'no');
  await eventually(() => feed.state === 'waiting');
  clock.advance(7_499);
  expect(feed.state).toBe('waiting');
  clock.advance(1);
  expect(feed.state).toBe('connecting');
});

test('the first try waits for as long as the edge needs for all the nodes of the copy', async () => {
  const edge = await startScriptedEdge();
  const nodes = Array.from({ length: 3_000 }, (_, i) => setNode(`n${i}`, 1));
  const { feed, clock } = aFeed([edge.url], aSavedCopy('x', 1, ...nodes), { random: () => 1 });
  (await edge.peer()).close(1001, '');
  await eventually(() => feed.state === 'waiting');
  clock.advance(2_999);
  expect(feed.state).toBe('waiting');
  clock.advance(1);
  expect(feed.state).toBe('connecting');
});

test('a refusal is told to whoever reads the log', async () => {
  const edge = await startScriptedEdge();
  const { feed, lines } = aFeed([edge.url]);
  const peer = await edge.peer();
  const Message = 'sync protocol 1 is not spoken here, this edge speaks 2: upgrade the sidecar';
  peer.send({ Type: 'refused', Message, Retry: false });
  peer.close(4000, Message);
  await eventually(() => feed.state === 'waiting');
  expect([lines[0], feed.lastReason]).toEqual([
    `[ERROR] sync: the edge refuses this sidecar: reason="${Message}"`,
    Message,
  ]);
});

test('once stopped it stays so: no connection, no timer, no word', async () => {
  const edge = await startScriptedEdge();
  const { feed, clock, told } = aFeed([edge.url]);
  const peer = await edge.peer();
  await peer.next();
  feed.stop();
  await eventually(() => peer.closed);
  expect([feed.state, clock.pending, told]).toEqual(['stopped', 0, []]);
});
