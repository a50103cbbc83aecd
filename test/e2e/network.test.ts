/** Hosts on a network of their own: one is cut off, loses half its packets, is slow, and returns without anybody's help. */
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { nextDelayMs } from '../../sidecar/sync/back-off.ts';
import { openTimeoutMs, unansweredHeartbeatsMax } from '../../sidecar/sync/transport.ts';
import { type Agent, root } from './agent.ts';
import { Network, type NetworkHost, networkMissing } from './network.ts';
import type { System } from './system.ts';
import { test as base } from './system-test.ts';
import { throughout, until } from './until.ts';

/** Named by a variable, so that the compiler does not take the types of workerd into this program. */
const limits = join(root, 'src/datacenter/limits.ts');
const { heartbeatIntervalMs, livenessLimits } = await import(limits);

/** For programs that are started to ask, on a machine that has other things to do. */
const askMs = 5_000;
/** The edge hears the last heartbeat after the cut at the latest, and its alarm is not late. */
const foundDeadMsMax: number = livenessLimits.silenceMsMax + askMs;
const noticedMsMax: number = (unansweredHeartbeatsMax + 1) * heartbeatIntervalMs + askMs;
/** The longest wait, before which a try may have begun that gets no answer. */
const returnedMsMax = openTimeoutMs + nextDelayMs(Number.POSITIVE_INFINITY, () => 1) + askMs;

const timeout = 2 * (foundDeadMsMax + noticedMsMax + returnedMsMax);
const token = 'a'.repeat(64);

const test = base.extend<{ network: Network }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the names of what is wanted.
  network: async ({}, use) => {
    const network = await new Network().open();
    await use(network);
    await network.close();
  },
});

interface Host {
  agent: Agent;
  cable: NetworkHost;
}

async function startEdge(system: System, network: Network): Promise<Host> {
  const cable = await network.plug();
  const { address, runner } = cable;
  const agent = await system.server('edge', { address, runner, flags: [`-token=${token}`] });
  return { agent, cable };
}

/** Its instance of `web` passes for as long as its agent runs. */
async function makeHost(system: System, network: Network, edge: Host, node: string): Promise<Host> {
  const cable = await network.plug();
  const { address, runner } = cable;
  const agent = await system.makeClient(node, edge.agent, { address, runner, flags: [`-token=${token}`] });
  const check = {
    id: `web-${node}`,
    tcp: `${address}:${agent.ports.http}`,
    interval: '1s',
    status: 'passing',
  };
  agent.declare('web.json', { service: { name: 'web', port: 80, check } });
  return { agent, cable };
}

async function startHost(system: System, network: Network, edge: Host, node: string): Promise<Host> {
  const host = await makeHost(system, network, edge, node);
  await host.agent.start();
  return host;
}

const addresses = async ({ agent }: Host, name: string): Promise<string[]> => {
  const { answer } = await agent.dig(`${name}.service.consul`);
  return answer.map((record) => record.split(' ').at(-1)!).sort();
};

/** As DNS answers on that host. */
const finds = (host: Host, name: string, wanted: Host[], timeoutMs: number) =>
  until(
    `${host.agent.node} finds ${name} on ${wanted.map(({ agent }) => agent.node)}`,
    async () => {
      expect(await addresses(host, name)).toEqual(wanted.map(({ cable }) => cable.address));
      return true;
    },
    timeoutMs,
  );

/** Every check's status and since when: equal twice means that nothing moved in between. */
async function history({ agent }: Host): Promise<Record<string, string>> {
  const checks = await agent.get<{ Node: string; CheckID: string; Status: string; ModifyIndex: number }[]>(
    '/v1/health/state/any?stale',
  );
  return Object.fromEntries(
    checks.map(({ Node, CheckID, Status, ModifyIndex }) => [
      `${Node}/${CheckID}`,
      `${Status} since ${ModifyIndex}`,
    ]),
  );
}

const without = (checks: Record<string, string>, gone: string) =>
  Object.fromEntries(Object.entries(checks).filter(([check]) => check !== gone));

const nodes = async ({ agent }: Host) =>
  (await agent.get<{ Node: string }[]>('/v1/catalog/nodes?stale')).map(({ Node }) => Node);

const knowsLeader = async ({ agent }: Host) =>
  (await agent.curl('/v1/health/service/web')).headers.get('x-consul-knownleader');

/** Over the API of that host; it passes, for nothing checks it. */
async function declare({ agent }: Host, name: string): Promise<void> {
  const { status } = await agent.curl(
    '/v1/agent/service/register',
    '-X',
    'PUT',
    '--data',
    `{"Name":"${name}"}`,
  );
  expect(status).toBe(200);
}

/** Nodes with long descriptions at the edge, and how many bytes they are. */
async function registerMany({ agent }: Host): Promise<number> {
  const Meta = { description: 'x'.repeat(500) };
  const bodies = Array.from({ length: 60 }, (_, i) => ({
    Node: { Verb: 'set', Node: { Node: `n${i}`, Address: '10.9.9.9', Meta } },
  }));
  const text = JSON.stringify(bodies);
  const { status } = await agent.curl('/v1/txn', '-X', 'PUT', '--data', text);
  expect(status).toBe(200);
  return text.length;
}

describe.skipIf(networkMissing)('a host', { concurrent: true }, () => {
  test.for<[string, (cable: NetworkHost) => Promise<void>]>([
    ['whose cable is pulled out', (cable) => cable.unplug()],
    ['whose packets vanish', (cable) => cable.silence()],
  ])(
    '%s is found dead by the others, answers from its copy, and returns by itself',
    { timeout },
    async ([, cut], { system, network }) => {
      const edge = await startEdge(system, network);
      const other = await startHost(system, network, edge, 'other');
      const lost = await startHost(system, network, edge, 'lost');
      for (const host of [other, lost]) await finds(host, 'web', [other, lost], askMs);
      const before = await history(other);

      await cut(lost.cable);
      await finds(other, 'web', [other], foundDeadMsMax);
      const passing = await other.agent.get<unknown[]>('/v1/health/service/web?passing');
      expect(passing).toHaveLength(1);
      expect((await history(other))['lost/serfHealth']).toMatch(/^critical/);
      await until(
        'it knows that it is alone',
        async () => (await knowsLeader(lost)) === 'false',
        noticedMsMax,
      );
      expect(await addresses(lost, 'web')).toEqual([other.cable.address, lost.cable.address]);
      expect((await lost.agent.curl('/v1/health/service/web?consistent')).status).toBe(500);
      for (const [host, name] of [
        [lost, 'meanwhile'],
        [other, 'elsewhere'],
      ] as const)
        await declare(host, name);

      await lost.cable.heal();
      for (const host of [other, lost]) {
        await finds(host, 'web', [other, lost], returnedMsMax);
        await finds(host, 'meanwhile', [lost], askMs);
        await finds(host, 'elsewhere', [other], askMs);
        expect(await nodes(host)).toEqual(['edge', 'lost', 'other']);
        // All that ever moved is whether the host is alive.
        expect(without(await history(host), 'lost/serfHealth')).toEqual(without(before, 'lost/serfHealth'));
        expect((await history(host))['lost/serfHealth']).toMatch(/^passing/);
      }
      expect(await knowsLeader(lost)).toBe('true');
    },
  );

  test('that loses half its packets answers all the while, harms no other, and is whole when they arrive', {
    timeout,
  }, async ({ system, network }) => {
    const edge = await startEdge(system, network);
    const other = await startHost(system, network, edge, 'other');
    const lossy = await startHost(system, network, edge, 'lossy');
    for (const host of [other, lossy]) await finds(host, 'web', [other, lossy], askMs);
    const before = await history(other);

    await lossy.cable.loseHalf();
    await declare(lossy, 'meanwhile');
    await throughout(2 * livenessLimits.silenceMsMax, async () => {
      expect(await addresses(lossy, 'web')).toContain(other.cable.address);
      expect(await addresses(other, 'web')).toContain(other.cable.address);
      expect((await other.agent.curl('/v1/health/service/web?consistent')).status).toBe(200);
    });

    await lossy.cable.heal();
    for (const host of [other, lossy]) {
      await finds(host, 'web', [other, lossy], returnedMsMax);
      await finds(host, 'meanwhile', [lossy], returnedMsMax);
      expect(await nodes(host)).toEqual(['edge', 'lossy', 'other']);
      expect(without(await history(host), 'lossy/serfHealth')).toEqual(without(before, 'lossy/serfHealth'));
    }
  });

  test('whose line is so slow that a copy takes longer than three heartbeats gets it, and lives all the while', {
    timeout,
  }, async ({ system, network }) => {
    const edge = await startEdge(system, network);
    const other = await startHost(system, network, edge, 'other');
    const bytes = await registerMany(edge);
    const slow = await makeHost(system, network, edge, 'slow');
    const bitsPerS = (8 * bytes) / ((1.5 * (unansweredHeartbeatsMax + 1) * heartbeatIntervalMs) / 1_000);
    await slow.cable.slow(Math.round(bitsPerS));
    const startedAt = performance.now();
    await slow.agent.start({ joined: false });
    await slow.agent.program.says('in sync', 1, noticedMsMax + returnedMsMax);
    expect(performance.now() - startedAt).toBeGreaterThan(unansweredHeartbeatsMax * heartbeatIntervalMs);
    expect(slow.agent.program.log).not.toContain('no connection to the edge');

    await finds(other, 'web', [other, slow], askMs);
    await declare(other, 'news');
    await finds(slow, 'news', [other], askMs);
    expect((await history(other))['slow/serfHealth']).toMatch(/^passing/);
    expect(slow.agent.program.log).not.toContain('no connection to the edge');
  });
});
