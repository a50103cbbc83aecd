/**
 * Patroni keeps a PostgreSQL cluster of two hosts by sessions, locks and blocking queries, and every node tells the registry
 * whether it is the primary. Whatever dies (the leader, the leader's sidecar, the edge), there are never two primaries, in
 * the end there is one, and DNS says which.
 */
import { expect } from 'vitest';
import { unpacked } from './debian-packages.ts';
import { makePatroniNode, type PatroniNode, ttlS } from './patroni.ts';
import { test } from './system-test.ts';
import { until } from './until.ts';

const { dir, missing } = await unpacked('patroni');

/** Until a session of half the TTL, which may live twice as long, has ended; and then some for PostgreSQL. */
const takeoverMs = (ttlS + 20) * 1_000;
const startMs = 60_000;

/** Asks all the time who leads, and remembers if two ever did. */
class Referee {
  readonly faults: string[] = [];
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  constructor(nodes: PatroniNode[]) {
    this.#running = this.#watch(nodes);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #watch(nodes: PatroniNode[]): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const leading = await Promise.all(nodes.map((node) => node.leads()));
      if (leading.filter(Boolean).length > 1) this.faults.push(new Date().toISOString());
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

async function leaderOf(nodes: PatroniNode[]): Promise<PatroniNode | undefined> {
  const leading = await Promise.all(nodes.map((node) => node.leads()));
  return nodes.find((_, i) => leading[i]);
}

test.skipIf(missing)('a Patroni cluster survives whatever dies', { timeout: 300_000 }, async ({ system }) => {
  const edge = await system.server('edge');
  const hosts = [
    await system.client('host-a', edge, { address: '127.0.0.2' }),
    await system.client('host-b', edge, { address: '127.0.0.3' }),
  ];
  const nodes = await Promise.all(hosts.map((host) => makePatroniNode(system, dir, host)));
  const elected = async (among: PatroniNode[], timeoutMs: number) => {
    const leader = await until('one leads', () => leaderOf(among), timeoutMs);
    const { host } = leader;
    await until('DNS names the primary', async () => {
      const { answer } = await edge.dig('primary.db.service.consul');
      expect(answer).toEqual([`primary.db.service.consul. 0 IN A ${host.address}`]);
      return true;
    });
    return leader;
  };
  const referee = new Referee(nodes);
  try {
    for (const node of nodes) node.start();
    const first = await elected(nodes, startMs);
    const second = nodes.find((node) => node !== first)!;
    await until('the other follows', () => second.follows(), startMs);

    await first.kill();
    await elected([second], takeoverMs);
    first.start();
    await until('the old leader follows', () => first.follows(), startMs);

    await second.host.kill();
    await elected([first], takeoverMs);
    await second.host.start();
    await until('the old leader follows', () => second.follows(), startMs);

    await edge.kill();
    await until('nobody leads without a registry', async () => !(await leaderOf(nodes)));
    await edge.start();
    const last = await elected(nodes, takeoverMs);
    const other = nodes.find((node) => node !== last)!;
    await until('the other follows', () => other.follows(), startMs);
  } finally {
    await referee.stop();
    await Promise.all(nodes.map((node) => node.stop()));
  }
  expect(referee.faults).toEqual([]);
});
