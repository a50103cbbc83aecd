/**
 * How ten thousand sidecars come back to an edge that dropped them all at once, as it does when a new version is deployed:
 * real feeds with their real waits, over the simulated network, to an edge that greets and counts.
 */
import { expect, onTestFinished, test, vi } from 'vitest';
import { CatalogCache } from '../../sidecar/cache/catalog-cache.ts';
import { Outbound } from '../../sidecar/outbound/outbound.ts';
import { Feed } from '../../sidecar/sync/feed.ts';
import { makeLogger } from '../../sidecar/system/logger.ts';
import type { Change, DownMessage, Hello } from '../../src/shared/protocol/messages.ts';
import { seededRandom } from '../seeded-random.ts';
import { FakeClock } from '../sidecar/fake-clock.ts';
import { type EdgeSide, EdgeSocket, Network, type Wire } from './network.ts';

vi.mock('ws', async () => ({ WebSocket: (await import('./network.ts')).SimulatedSocket }));

const hosts = 10_000;
const timeout = 60_000;
/** An edge that was just started takes nobody's silence for an end before. */
const restartGraceMs = 30_000;

/** Greets whoever calls; with `perSMax`, no more than that in a second, and hangs up on the others. */
class CountingEdge implements EdgeSide {
  up = true;
  perSMax = Number.POSITIVE_INFINITY;
  /** When each hello came. */
  readonly hellosAtMs: number[] = [];
  readonly #greetedAtMs: number[] = [];
  readonly #network: Network;

  constructor(network: Network) {
    this.#network = network;
  }

  nowMs(): number {
    return this.#network.clock.nowMs();
  }

  accept(wire: Wire): EdgeSocket {
    return new EdgeSocket(wire);
  }

  receive(socket: EdgeSocket, text: string): void {
    const nowMs = this.#network.clock.monotonicMs();
    this.hellosAtMs.push(nowMs);
    const before = this.#greetedAtMs[this.#greetedAtMs.length - this.perSMax] ?? Number.NEGATIVE_INFINITY;
    if (before > nowMs - 1_000) socket.close(1013, 'overloaded');
    else this.#greet(socket, JSON.parse(text) as Hello, nowMs);
  }

  #greet(socket: EdgeSocket, { Index, CatalogID }: Hello, nowMs: number): void {
    this.#greetedAtMs.push(nowMs);
    const down = (message: DownMessage) => socket.send(JSON.stringify(message));
    // Heartbeats would be most of what is simulated, and tell nothing here.
    down({
      ...{ Type: 'welcome', Protocol: 2, CatalogID, Datacenter: 'dc1', Index, Copy: 'delta' },
      HeartbeatIntervalMs: 3_600_000,
    });
    down({ Type: 'delta', Index, Changes: [] });
  }

  closed(): void {}
}

/** Feeds whose connection has stood for a while, each with a copy in which all their nodes are. */
async function aDatacenter() {
  const clock = new FakeClock();
  const random = seededRandom(1);
  const network = new Network(clock, random);
  const edge = network.add('dc1', new CountingEdge(network));
  const logger = makeLogger('sync', { level: 'error', json: false, write: () => undefined }, clock);
  const outbound = new Outbound(clock);
  const copy = aCopy();
  const feeds = Array.from({ length: hosts }, (_, i) => {
    const edges = [new URL(`http://h${i}`)];
    return new Feed({ datacenter: 'dc1', edges, token: () => '', outbound, clock, random, logger }, {}, copy);
  });
  onTestFinished(() => {
    for (const feed of feeds) feed.stop();
  });
  for (const feed of feeds) feed.start();
  clock.advance(11_000);
  const live = () => feeds.filter(({ state }) => state === 'live').length;
  expect(live()).toBe(hosts);
  edge.hellosAtMs.length = 0;
  const startedAtMs = clock.monotonicMs();
  /** How many came in each part of that length since the edge dropped them. */
  const distribution = (partMs: number) => {
    const parts: number[] = [];
    for (const atMs of edge.hellosAtMs) {
      const part = Math.floor((atMs - startedAtMs) / partMs);
      parts[part] = (parts[part] ?? 0) + 1;
    }
    return Array.from(parts, (count) => count ?? 0);
  };
  return { clock, network, edge, live, distribution };
}

function aCopy(): CatalogCache {
  const row = { ID: '', Address: '10.0.0.1', Datacenter: 'dc1', TaggedAddresses: null, Meta: null };
  const changes = Array.from({ length: hosts }, (_, i): Change => {
    return { Set: 'node', Row: { ...row, Node: `h${i}`, CreateIndex: 1, ModifyIndex: 1 } };
  });
  const copy = new CatalogCache('dc1');
  copy.apply(1, changes);
  copy.catalogId = 'catalog-1';
  return copy;
}

test('after a deployment they are spread over six seconds, each comes once, and no instant has many more than its share', {
  timeout,
}, async () => {
  const { clock, network, edge, live, distribution } = await aDatacenter();
  network.dropAll();
  clock.advance(6_200);
  expect([live(), edge.hellosAtMs.length]).toEqual([hosts, hosts]);
  // 1,700 a second and 170 in a tenth of one would be quite even.
  expect(Math.max(...distribution(1_000))).toBeLessThan(1_850);
  expect(Math.max(...distribution(100))).toBeLessThan(230);
});

test('after a minute without an edge they come within fifteen seconds of its return, as evenly', {
  timeout,
}, async () => {
  const { clock, network, edge, live, distribution } = await aDatacenter();
  edge.up = false;
  network.dropAll();
  clock.advance(60_000);
  edge.up = true;
  const before = clock.monotonicMs();
  clock.advance(15_200);
  expect([live(), edge.hellosAtMs.length]).toEqual([hosts, hosts]);
  expect(Math.min(...edge.hellosAtMs)).toBeGreaterThan(before);
  expect(Math.max(...distribution(1_000))).toBeLessThan(1_200);
});

test('an edge that greets a thousand a second and hangs up on the others has them all before it misses one', {
  timeout,
}, async () => {
  const { clock, network, edge, live } = await aDatacenter();
  edge.perSMax = 1_000;
  network.dropAll();
  clock.advance(restartGraceMs);
  expect(live()).toBe(hosts);
  expect(edge.hellosAtMs.length).toBeLessThan(2 * hosts);
});
