import { expect, onTestFinished, test } from 'vitest';
import { CatalogCache } from '../../../sidecar/cache/catalog-cache.ts';
import { SavedCopies } from '../../../sidecar/cache/saved-copies.ts';
import { Outbound } from '../../../sidecar/outbound/outbound.ts';
import { Catalogs } from '../../../sidecar/sync/catalogs.ts';
import { EdgeClient } from '../../../sidecar/sync/edge-client.ts';
import { Feed } from '../../../sidecar/sync/feed.ts';
import { makeLogger } from '../../../sidecar/system/logger.ts';
import { FakeClock } from '../fake-clock.ts';
import { startEdge } from '../http/an-edge.ts';
import { aFolder } from '../scratch.ts';
import { aWelcome, eventually, startScriptedEdge } from './scripted-edge.ts';

const setNode = {
  Set: 'node' as const,
  Row: {
    ID: '',
    Node: 'far',
    Address: '',
    Datacenter: 'dc2',
    TaggedAddresses: null,
    Meta: null,
    CreateIndex: 1,
    ModifyIndex: 1,
  },
};

/** The catalogs of a host in dc1; the edge knows dc1 and dc2, and connections go to `sockets`. */
async function someCatalogs({ dataDir = '' } = {}) {
  const [edge, sockets] = [await startEdge(), await startScriptedEdge()];
  edge.answer = () => ({ body: '["dc1","dc2"]' });
  const clock = new FakeClock();
  const logger = makeLogger('sync', { level: 'error', json: false, write: () => undefined }, clock);
  const options = {
    edges: [sockets.url],
    token: () => '',
    outbound: new Outbound(clock),
    clock,
    random: () => 0,
    logger,
  };
  const own = new Feed({ ...options, datacenter: 'dc1' }, {});
  const client = new EdgeClient(() => edge.url, options.outbound, clock);
  const changed: string[] = [];
  const catalogs = new Catalogs({
    ...options,
    own,
    datacenter: 'dc1',
    edge: client,
    saved: dataDir === '' ? undefined : new SavedCopies(dataDir, clock, () => 0, logger),
    changed: (datacenter, topics) =>
      changed.push(`${datacenter} ${topics ? [...topics].join() : 'replaced'}`),
  });
  onTestFinished(() => {
    catalogs.stop();
    client.stop();
  });
  return { catalogs, edge, sockets, clock, changed };
}

test('a datacenter without a copy of it has none, the own one too', async () => {
  const { catalogs, edge } = await someCatalogs();
  expect([catalogs.reader(), catalogs.reader('dc1'), catalogs.staleMs()]).toEqual([
    undefined,
    undefined,
    Number.POSITIVE_INFINITY,
  ]);
  expect(edge.asked).toEqual([]);
});

test('another datacenter is copied on the first question, and followed', async () => {
  const { catalogs, sockets, changed } = await someCatalogs();
  const [first, second] = [catalogs.reader('dc2'), catalogs.reader('dc2')];
  const peer = await sockets.peer();
  expect(peer.request.url).toBe('/v1/sync?dc=dc2&follow');
  peer.send(aWelcome({ Datacenter: 'dc2' }), { Type: 'page', Index: 1, Changes: [setNode] });
  const copy = (await first) as CatalogCache;
  expect([copy.nodes().length, copy.datacenter, await second, sockets.peers.length]).toEqual([
    1,
    'dc2',
    copy,
    1,
  ]);
  expect([catalogs.reader('dc2'), catalogs.staleMs('dc2')]).toEqual([copy, 0]);
  peer.send({
    Type: 'delta',
    Index: 2,
    Changes: [{ Delete: 'node', Node: 'far', Index: 2, Reason: 'left' }],
  });
  await eventually(() => copy.nodes().length === 0);
  expect(changed).toEqual(['dc2 replaced', expect.stringMatching(/^dc2 nodes,.*node:far/)]);
});

test('a made-up datacenter has no copy, and the edge is asked about names every five seconds at most', async () => {
  const { catalogs, edge, clock, sockets } = await someCatalogs();
  for (const waitMs of [0, 1, 4998, 1]) {
    clock.advance(waitMs);
    expect(await catalogs.reader(`made-up-${waitMs}`)).toBeUndefined();
  }
  expect(edge.asked.map(({ path }) => path)).toEqual(['/v1/catalog/datacenters', '/v1/catalog/datacenters']);
  expect([sockets.peers, catalogs.staleMs('made-up-0')]).toEqual([[], Number.POSITIVE_INFINITY]);
});

test('a clock that is set back keeps nobody from asking about names again', async () => {
  const { catalogs, edge, clock } = await someCatalogs();
  expect(await catalogs.reader('made-up')).toBeUndefined();
  clock.jump(-3_600_000);
  clock.advance(5_000);
  expect(await catalogs.reader('made-up')).toBeUndefined();
  expect(edge.asked).toHaveLength(2);
});

test('a first copy is waited for three seconds', async () => {
  const { catalogs, sockets, clock } = await someCatalogs();
  const asked = catalogs.reader('dc2');
  await sockets.peer();
  clock.advance(3000);
  await expect(asked).rejects.toThrow('there is no copy of datacenter dc2 yet: it is coming');
  await expect(catalogs.reader('dc2')).rejects.toThrow('there is no copy of datacenter dc2 yet');
});

test('whether there is a datacenter is not said for as long as the edge cannot be asked', async () => {
  const { catalogs, edge, clock } = await someCatalogs();
  edge.answer = () => ({ status: 503, body: 'away' });
  await expect(catalogs.reader('dc3')).rejects.toThrow(
    'the edge cannot say whether there is a datacenter dc3: 503 away',
  );
  edge.answer = () => ({ body: '["dc1","dc2"]' });
  await expect(catalogs.reader('dc3')).rejects.toThrow('503 away');
  clock.advance(5000);
  expect(await catalogs.reader('dc3')).toBeUndefined();
  edge.answer = () => ({ status: 503, body: 'away' });
  clock.advance(5000);
  await expect(catalogs.reader('dc3')).rejects.toThrow('503 away');
});

test('what nobody asks for is followed for half an hour, then no longer', async () => {
  const { catalogs, sockets, clock } = await someCatalogs();
  const asked = catalogs.reader('dc2');
  const peer = await sockets.peer();
  peer.send(aWelcome({ HeartbeatIntervalMs: 36_000_000 }), { Type: 'page', Index: 1, Changes: [setNode] });
  await asked;
  clock.advance(30 * 60_000);
  catalogs.forgetUnasked();
  expect(catalogs.staleMs('dc2')).toBe(0);
  clock.advance(1);
  catalogs.forgetUnasked();
  expect(catalogs.staleMs('dc2')).toBe(Number.POSITIVE_INFINITY);
  await eventually(() => peer.closed);
});

test('without the edge, a copy on disk answers', async () => {
  const dataDir = aFolder();
  const before = await someCatalogs({ dataDir });
  const asked = before.catalogs.reader('dc2');
  const peer = await before.sockets.peer();
  peer.send(aWelcome({ HeartbeatIntervalMs: 36_000_000 }), { Type: 'page', Index: 1, Changes: [setNode] });
  await asked;
  const copy = new CatalogCache('dc2');
  copy.apply(1, [setNode]);
  copy.catalogId = 'catalog-1';
  const saved = new SavedCopies(
    dataDir,
    before.clock,
    () => 0,
    makeLogger('', { level: 'error', json: false, write: () => undefined }, before.clock),
  );
  saved.changed({ copy });
  await saved.stop();

  const { catalogs, edge, sockets } = await someCatalogs({ dataDir });
  await edge.stop();
  sockets.refusal = { status: '503 Away', body: '' };
  const found = await catalogs.reader('dc2');
  expect([found?.nodes().length, catalogs.staleMs('dc2')]).toEqual([1, 0]);
});
