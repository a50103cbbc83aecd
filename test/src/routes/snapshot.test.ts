/** /v1/snapshot at the edge: what was taken comes back, all of it or nothing, and everybody hears of it. */
import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { exports } from 'cloudflare:workers';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { snapshotStateBytesMax } from '../../../src/datacenter/limits.ts';
import { packArchive } from '../../../src/datacenter/snapshot-archive.ts';
import { tarEntry } from '../../../src/shared/tar.ts';
import { randomBytes } from '../../seeded-bytes.ts';
import { openSocket } from '../datacenter/edge-socket.ts';
import { EdgeHttp } from '../edge-http.ts';

const seed = 20_261_122;

/** Reads that together show all there is. */
const paths = [
  '/v1/catalog/nodes',
  '/v1/health/state/any',
  '/v1/health/service/web',
  '/v1/kv/?recurse',
  '/v1/session/list',
];

const everythingOf = (edge: EdgeHttp) =>
  Promise.all(paths.map(async (path) => (await edge.ask(`GET ${path}`)).body));

async function fill(edge: EdgeHttp): Promise<void> {
  const Check = { CheckID: 'alive', Status: 'passing', ServiceID: 'web' };
  await edge.register('n1', { Service: { Service: 'web', Meta: { a: 'ü "b"' } }, Check });
  await edge.register('n2', { ID: '11111111-0000-4000-8000-000000000002', NodeMeta: { env: 'prod' } });
  const session = await edge.session('n1');
  await edge.ask(`PUT /v1/kv/lock?acquire=${session}`, 'held');
  await edge.ask('PUT /v1/kv/bytes?flags=18446744073709551615', new Uint8Array([0, 255, 10, 13]));
  await edge.ask('PUT /v1/kv/empty');
}

async function snapshotOf(edge: EdgeHttp): Promise<Uint8Array<ArrayBuffer>> {
  const response = await exports.default.fetch(`http://127.0.0.1/v1/snapshot?dc=${edge.datacenter}`);
  expect(response.headers.get('Content-Type')).toBe('application/x-gzip');
  expect(Number(response.headers.get('X-Consul-Index'))).toBeGreaterThan(1);
  return new Uint8Array(await response.arrayBuffer());
}

/** The catalog is gone, and the object forgets it. */
async function wipe(edge: EdgeHttp): Promise<void> {
  await runInDurableObject(edge.object, (_object, { storage }) => storage.deleteAll());
  await evictDurableObject(edge.object);
}

/** What is left of snapshots on their way. */
const spooled = (edge: EdgeHttp) =>
  runInDurableObject(
    edge.object,
    (_object, { storage }) => storage.sql.exec('SELECT Part FROM snapshot_spool').toArray().length,
  );

async function untilWaiting(edge: EdgeHttp, count: number): Promise<void> {
  while (Number((await edge.object.stats()).waiters) < count)
    await new Promise((resolve) => setTimeout(resolve, 5));
}

async function change(edge: EdgeHttp): Promise<void> {
  await edge.ask('PUT /v1/catalog/deregister', { Node: 'n1' });
  await edge.register('n3');
  await edge.ask('PUT /v1/kv/other', 'x');
}

describe('a snapshot', () => {
  it('brings back what was there when it was taken', async () => {
    const edge = await EdgeHttp.of('snapshot round trip');
    await fill(edge);
    const before = await everythingOf(edge);
    const snapshot = await snapshotOf(edge);
    await change(edge);
    expect(await everythingOf(edge)).not.toEqual(before);
    await edge.exchange(['PUT /v1/snapshot', snapshot, 200, '']);
    expect(await everythingOf(edge)).toEqual(before);
  });

  it('can be restored into a new catalog of the same name, after the object has begun anew', async () => {
    const edge = await EdgeHttp.of('snapshot into a new catalog');
    await fill(edge);
    const before = await everythingOf(edge);
    const snapshot = await snapshotOf(edge);
    await wipe(edge);
    expect(await everythingOf(edge)).not.toEqual(before);
    await edge.exchange(['PUT /v1/snapshot', snapshot, 200, '']);
    expect(await everythingOf(edge)).toEqual(before);
  });

  it('is of one instant though writes go on while it is sent, and leaves nothing when it has been', async () => {
    const edge = await EdgeHttp.of('snapshot instant');
    for (let i = 0; i < 8; i++) await edge.ask(`PUT /v1/kv/k${i}`, randomBytes(500_000, i));
    const before = await everythingOf(edge);
    const response = await exports.default.fetch(`http://127.0.0.1/v1/snapshot?dc=${edge.datacenter}`);
    const reader = response.body!.getReader();
    const chunks = [(await reader.read()).value!];
    for (let i = 0; i < 8; i++) await edge.ask(`DELETE /v1/kv/k${i}`);
    expect(await spooled(edge)).toBeGreaterThan(0);
    for (let next = await reader.read(); !next.done; next = await reader.read()) chunks.push(next.value);
    expect(await spooled(edge)).toBe(0);
    await edge.exchange(['PUT /v1/snapshot', new Blob(chunks), 200, '']);
    expect(await everythingOf(edge)).toEqual(before);
  });

  it('that nobody reads to its end leaves nothing', async () => {
    const edge = await EdgeHttp.of('snapshot cancelled');
    for (let i = 0; i < 8; i++) await edge.ask(`PUT /v1/kv/k${i}`, randomBytes(500_000, i));
    const response = await exports.default.fetch(`http://127.0.0.1/v1/snapshot?dc=${edge.datacenter}`);
    expect(await spooled(edge)).toBeGreaterThan(0);
    await response.body!.cancel();
    await vi.waitFor(async () => expect(await spooled(edge)).toBe(0));
  });

  it('leaves time where it stood: what had time to live has it again', async () => {
    const edge = await EdgeHttp.of('snapshot and time');
    await edge.ask('PUT /v1/kv/short?ttl=1s', 'x');
    const snapshot = await snapshotOf(edge);
    const index = await edge.indexOf('/v1/kv/short');
    await edge.exchange([`GET /v1/kv/short?index=${index}&wait=10s`, undefined, 404, '']);
    await edge.exchange(['PUT /v1/snapshot', snapshot, 200, '']);
    await edge.exchange(['GET /v1/kv/short?raw', undefined, 200, 'x']);
    await edge.exchange([
      `GET /v1/kv/short?index=${await edge.indexOf('/v1/kv/short')}&wait=10s`,
      undefined,
      404,
      '',
    ]);
  });
});

describe('a restore', () => {
  it('wakes every watcher with an index past all that were given', async () => {
    const edge = await EdgeHttp.of('snapshot wakes');
    await fill(edge);
    const snapshot = await snapshotOf(edge);
    for (let i = 0; i < 5; i++) await edge.ask('PUT /v1/kv/other', String(i));
    const watched = [
      ...paths,
      '/v1/kv/lock',
      '/v1/kv/nothing',
      '/v1/health/service/nothing',
      '/v1/catalog/services',
    ];
    const indexes = await Promise.all(watched.map((path) => edge.indexOf(path)));
    const waits = watched.map((path, i) =>
      edge.ask(`GET ${path}${path.includes('?') ? '&' : '?'}index=${indexes[i]}&wait=20s`),
    );
    await untilWaiting(edge, watched.length);
    await edge.exchange(['PUT /v1/snapshot', snapshot, 200, '']);
    for (const [i, answer] of (await Promise.all(waits)).entries())
      expect(Number(answer.headers.get('X-Consul-Index')), watched[i]).toBeGreaterThan(indexes[i]!);
  });

  it('makes every sidecar copy anew', async () => {
    const edge = await EdgeHttp.of('snapshot and sidecars');
    await fill(edge);
    const snapshot = await snapshotOf(edge);
    const first = await openSocket(edge.datacenter);
    const { welcome } = await first.join();
    await edge.exchange(['PUT /v1/snapshot', snapshot, 200, '']);
    expect(await first.closed).toBe('a snapshot was restored');
    const second = await openSocket(edge.datacenter);
    const { CatalogID, Index } = welcome;
    const again = await second.join({ CatalogID, Index });
    expect(again.welcome.Copy).toBe('pages');
    expect(again.welcome.CatalogID).not.toBe(CatalogID);
    expect(again.welcome.Index).toBeGreaterThan(Index);
  });

  it('refuses what is no snapshot, in the words of Consul', async () => {
    const edge = await EdgeHttp.of('snapshot refused');
    await fill(edge);
    const snapshot = await snapshotOf(edge);
    const refusals: [BodyInit | undefined, string][] = [
      [undefined, 'failed to decompress snapshot: EOF'],
      ['short', 'failed to decompress snapshot: unexpected EOF'],
      ['not gzip at all', 'failed to decompress snapshot: gzip: invalid header'],
      [snapshot.subarray(0, 10), 'failed to decompress snapshot: unexpected EOF'],
      [snapshot.subarray(0, snapshot.length - 1), 'failed to decompress snapshot: unexpected EOF'],
      [await gzip('x'), 'failed to read snapshot file: failed reading snapshot: unexpected EOF'],
      [
        await gzip('x'.repeat(512)),
        'failed to read snapshot file: failed reading snapshot: archive/tar: invalid tar header',
      ],
      [
        await gzip(new Uint8Array(1024)),
        'failed to read snapshot file: failed checking integrity of snapshot: file missing for "SHA256SUMS"',
      ],
    ];
    const before = await everythingOf(edge);
    for (const [body, text] of refusals) await edge.exchange(['PUT /v1/snapshot', body, 500, text]);
    expect(await everythingOf(edge)).toEqual(before);
  });

  it('refuses an archive that is not ours, holds what it should not, or is too large', async () => {
    const edge = await EdgeHttp.of('snapshot foreign');
    await fill(edge);
    const before = await everythingOf(edge);
    const archive = async (meta: object, state: Uint8Array[] = []) => {
      const bytes = state.reduce((sum, { byteLength }) => sum + byteLength, 0);
      const packed = packArchive(JSON.stringify(meta), { bytes, pieces: state, done: () => undefined }, 0);
      return new Uint8Array(await new Response(packed).arrayBuffer());
    };
    const tar = (...files: [name: string, size: number][]) =>
      gzip(new Blob(files.map(([name, size]) => tarEntry(name, size, 0).header as Uint8Array<ArrayBuffer>)));
    const consul = { Version: 1, ID: '2-18-1763827200000', Index: 18, Term: 2, Peers: 'kXCh', Size: 9 };
    const refusals: [BodyInit, string][] = [
      [
        await archive(consul, [new Uint8Array(3_000_000)]),
        'failed to restore snapshot: it was not taken here: its meta.json names no datacenter, index and time. Of a ' +
          'Consul, keys can be taken along with `consul kv export` and `consul kv import`',
      ],
      [
        await archive({ Version: 2, Index: 1, Datacenter: edge.datacenter, TakenAtMs: 0 }),
        'failed to restore snapshot: it has version 2, this reads 1',
      ],
      [await tar(['x', 0]), 'failed to read snapshot file: unexpected file "x" in snapshot'],
      [
        await tar(['meta.json', 0], ['meta.json', 0]),
        'failed to read snapshot file: failed reading snapshot: two files called "meta.json"',
      ],
      [
        await tar(['meta.json', 65_537]),
        'failed to read snapshot file: meta.json has 65537 bytes, the limit is 65536',
      ],
      [
        await tar(['state.bin', snapshotStateBytesMax + 1]),
        `failed to read snapshot file: state.bin has ${snapshotStateBytesMax + 1} bytes, the limit is ${snapshotStateBytesMax}`,
      ],
      [
        await tar(['meta.json', 65_536]),
        'failed to read snapshot file: failed reading snapshot: unexpected EOF',
      ],
      [
        await tar(['state.bin', snapshotStateBytesMax]),
        'failed to read snapshot file: failed reading snapshot: unexpected EOF',
      ],
    ];
    for (const [body, text] of refusals) await edge.exchange(['PUT /v1/snapshot', body, 500, text]);
    expect(await everythingOf(edge)).toEqual(before);
    expect(await spooled(edge)).toBe(0);
  });

  it('refuses a snapshot of another datacenter', async () => {
    const edge = await EdgeHttp.of('snapshot of one');
    await fill(edge);
    const other = await EdgeHttp.of('snapshot of two');
    await other.exchange([
      'PUT /v1/snapshot',
      await snapshotOf(edge),
      500,
      `failed to restore snapshot: it is of datacenter "${edge.datacenter}", this is "${other.datacenter}"`,
    ]);
  });

  it(`with one byte changed is refused, and nothing changes; seed ${seed}`, async () => {
    const edge = await EdgeHttp.of('snapshot corrupt');
    await fill(edge);
    const snapshot = await snapshotOf(edge);
    const taken = await everythingOf(edge);
    await change(edge);
    let changed = await everythingOf(edge);
    const places = fc.integer({ min: 0, max: snapshot.length - 1 });
    await fc.assert(
      fc.asyncProperty(places, fc.integer({ min: 1, max: 255 }), async (at, mask) => {
        const corrupt = snapshot.slice();
        corrupt[at]! ^= mask;
        const { status, body } = await edge.ask('PUT /v1/snapshot', corrupt);
        // gzip has bytes that say nothing of the content (its date): then it is the same snapshot still.
        expect(await everythingOf(edge), body).toEqual(status === 200 ? taken : changed);
        if (status !== 200) expect(body).toMatch(/^failed to (decompress|read|restore) snapshot/);
        else {
          await change(edge);
          changed = await everythingOf(edge);
        }
      }),
      { seed, numRuns: 60 },
    );
  });
});

async function gzip(body: BodyInit): Promise<Uint8Array<ArrayBuffer>> {
  const packed = new Response(body).body!.pipeThrough(new CompressionStream('gzip'));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}
