/** Which host a node is: who may take its name, and who is told that somebody else has it. */
import { copyFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Agent } from './agent.ts';
import { test } from './system-test.ts';
import { throughout, until } from './until.ts';

interface CatalogNode {
  ID: string;
  Node: string;
  Address: string;
}

/** A dead host is known to be dead after ten seconds; the next try of who wants its name may be fifteen later. */
const takeoverMsMax = 30_000;
const timeout = 90_000;

const nodeId = (agent: Agent) => readFileSync(join(agent.dataDir, 'node-id'), 'utf8').trim();

const nodes = async (server: Agent) =>
  (await server.get<CatalogNode[]>('/v1/catalog/nodes'))
    .filter(({ Node }) => Node !== 'edge')
    .map(({ ID, Node, Address }) => `${Node} ${ID} ${Address}`);

const rowOf = (agent: Agent) => `${agent.node} ${nodeId(agent)} ${agent.address}`;

const serviceNames = async (server: Agent, node: string) => {
  const { Services } = await server.get<{ Services: { ID: string }[] }>(`/v1/catalog/node-services/${node}`);
  return Services.map(({ ID }) => ID).sort();
};

const isAlive = async (server: Agent, node: string) =>
  (await server.get<{ CheckID: string; Status: string }[]>(`/v1/health/node/${node}`)).some(
    ({ CheckID, Status }) => CheckID === 'serfHealth' && Status === 'passing',
  );

/** Gives the second the node ID of the first, as a copy of its disk has it. */
function cloneId(from: Agent, to: Agent): void {
  mkdirSync(to.dataDir, { recursive: true });
  copyFileSync(join(from.dataDir, 'node-id'), join(to.dataDir, 'node-id'));
}

test('a host that was rebuilt takes the name of its dead predecessor, with what it declares itself', {
  timeout,
}, async ({ system }) => {
  const server = await system.server('edge');
  const old = await system.makeClient('host-a', server, { address: '127.0.0.2' });
  old.declare('old.json', { service: { name: 'old', port: 80 } });
  await old.start();
  await until('its service is there', async () => (await serviceNames(server, 'host-a')).includes('old'));
  const oldId = nodeId(old);
  await old.kill();

  rmSync(old.dataDir, { recursive: true });
  old.undeclare('old.json');
  old.declare('new.json', { service: { name: 'new', port: 80 } });
  await old.start({ joined: false });
  await old.program.says('in sync', 1, takeoverMsMax);
  expect(nodeId(old)).not.toBe(oldId);
  await until('the catalog is of the new host alone', async () => {
    expect(await serviceNames(server, 'host-a')).toEqual(['new']);
    expect(await nodes(server)).toEqual([rowOf(old)]);
    return isAlive(server, 'host-a');
  });
});

test('the name of a host that lives is refused to another, with both named, until the first leaves', {
  timeout,
}, async ({ system }) => {
  const server = await system.server('edge');
  const first = await system.client('host-a', server, { address: '127.0.0.2' });
  const second = await system.makeClient('host-b', server, { address: '127.0.0.3' });
  second.flags.push('-node=HOST-A');
  await second.start({ joined: false });
  await second.program.says('the edge refuses this sidecar');
  expect(second.program.log).toContain(
    `Error while renaming Node ID: \\"${nodeId(second)}\\" (127.0.0.3): Node name HOST-A is reserved by node ` +
      `${nodeId(first)} with name host-a (127.0.0.2)`,
  );
  await throughout(3_000, async () => {
    expect(await nodes(server)).toEqual([rowOf(first)]);
    expect(await isAlive(server, 'host-a')).toBe(true);
  });
  expect(first.program.log).not.toContain('no connection');

  expect((await first.cli('leave')).code).toBe(0);
  await second.program.says('in sync', 1, takeoverMsMax);
  expect(await nodes(server)).toEqual([`HOST-A ${nodeId(second)} 127.0.0.3`]);
});

test('a host that was renamed leaves no ghost, killed or stopped', { timeout }, async ({ system }) => {
  const server = await system.server('edge');
  const host = await system.makeClient('host-a', server, { address: '127.0.0.2' });
  host.declare('web.json', { service: { name: 'web', port: 80 } });
  await host.start();
  const id = nodeId(host);
  for (const [name, end] of [
    ['host-b', () => host.kill()],
    ['host-c', () => host.program.stop()],
  ] as const) {
    await until(
      'its service is there',
      async () => (await server.get<unknown[]>('/v1/catalog/service/web')).length === 1,
    );
    await end();
    host.flags.push(`-node=${name}`);
    await host.start({ joined: false });
    await host.program.says('in sync', 1, takeoverMsMax);
    await until('the catalog has the new name alone', async () => {
      expect(await nodes(server)).toEqual([`${name} ${id} 127.0.0.2`]);
      const rows = await server.get<{ Node: string }[]>('/v1/catalog/service/web');
      expect(rows.map(({ Node }) => Node)).toEqual([name]);
      return true;
    });
  }
});

test.for([
  ['of the same name', 'host-a'],
  ['of another name', 'host-b'],
] as const)(
  'a machine that was cloned, %s, is told which one it is a clone of',
  { timeout },
  async ([, name], { system }) => {
    const server = await system.server('edge');
    const first = await system.client('host-a', server, { address: '127.0.0.2' });
    const clone = await system.makeClient('clone', server, { address: '127.0.0.3' });
    cloneId(first, clone);
    clone.flags.push(`-node=${name}`);
    await clone.start({ joined: false });
    await clone.program.says('the edge refuses this sidecar');
    expect(clone.program.log).toContain(
      `Member '${name}' (127.0.0.3) has conflicting node ID '${nodeId(first)}' with member 'host-a' (127.0.0.2), which is alive`,
    );
    await throughout(3_000, async () => expect(await nodes(server)).toEqual([rowOf(first)]));
    expect(first.program.log).not.toContain('no connection');

    await clone.program.stop();
    rmSync(join(clone.dataDir, 'node-id'));
    clone.flags.push('-node=host-b');
    await clone.start();
    expect(await nodes(server)).toEqual([rowOf(first), `host-b ${nodeId(clone)} 127.0.0.3`]);
  },
);

test('two agents with copies of one data directory on one host take turns slowly, and say why', {
  timeout,
}, async ({ system }) => {
  const server = await system.server('edge');
  const first = await system.client('host-a', server, { address: '127.0.0.2' });
  const copy = await system.makeClient('copy', server, { address: '127.0.0.2' });
  cloneId(first, copy);
  copy.flags.push('-node=host-a');
  await copy.start();
  const why = 'another agent speaks for this node';
  await first.program.says(why);
  await throughout(5_000, () => undefined);
  const turns = [first, copy].map(({ program }) => program.log.split(why).length - 1);
  expect(turns.reduce((sum, count) => sum + count)).toBeLessThanOrEqual(2);
});
