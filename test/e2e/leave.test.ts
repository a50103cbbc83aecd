/** How an agent ends, by whom it is told to, and what the others see of it. */
import { describe, expect } from 'vitest';
import type { Agent } from './agent.ts';
import { put } from './clients.ts';
import type { System } from './system.ts';
import { test } from './system-test.ts';
import { until } from './until.ts';

type End = (agent: Agent) => Promise<unknown>;

const signal =
  (name: NodeJS.Signals): End =>
  async ({ program }) =>
    program.signal(name);

const ends: Record<string, End> = {
  SIGINT: signal('SIGINT'),
  SIGTERM: signal('SIGTERM'),
  'rollcall leave': async (agent) =>
    expect(await agent.cli('leave')).toEqual({ code: 0, stdout: 'Graceful leave complete\n', stderr: '' }),
  'PUT /v1/agent/leave': async ({ url }) =>
    expect(await put(`${url}/v1/agent/leave`, '')).toMatchObject({ status: 200, body: '' }),
};

const stays = { leave_on_terminate: false, skip_leave_on_interrupt: true };
const leaves = { leave_on_terminate: true, skip_leave_on_interrupt: false };

/** "name status", as `rollcall members` shows them. */
async function members(agent: Agent): Promise<string[]> {
  const { stdout } = await agent.cli('members');
  const rows = stdout.trim().split('\n').slice(1);
  return rows.map((row) => row.split(/ {2,}/)).map(([name, , status]) => `${name} ${status}`);
}

const nodes = async (agent: Agent, query = '') =>
  (await agent.get<{ Node: string }[]>(`/v1/catalog/nodes${query}`)).map(({ Node }) => Node);

async function startTwo(system: System, settings: object = {}) {
  const server = await system.server('edge');
  const host = await system.makeClient('host-a', server, { address: '127.0.0.2' });
  host.declare('web.json', { service: { name: 'web', port: 80 } });
  host.declare('settings.json', settings);
  await host.start();
  expect(await put(`${host.url}/v1/agent/service/register`, { Name: 'api' })).toMatchObject({ status: 200 });
  await isFound(server, 'web', 1);
  await isFound(server, 'api', 1);
  return { server, host };
}

const isFound = (server: Agent, name: string, count: number) =>
  until(
    `${count} of ${name}`,
    async () => (await server.dig(`${name}.service.consul`)).answer.length === count,
  );

describe('a host', () => {
  test.for<[string, object]>([
    ['SIGINT', {}],
    ['SIGTERM', {}],
    ['rollcall leave', {}],
    ['PUT /v1/agent/leave', {}],
    ['rollcall leave', stays],
    ['SIGINT', { leave_on_terminate: false }],
    ['SIGTERM', { skip_leave_on_interrupt: true }],
  ])('leaves by %s with %j, and is back when it is started', async ([end, settings], { system }) => {
    const { server, host } = await startTwo(system, settings);
    await ends[end]!(host);
    expect(await host.program.ended).toEqual({ code: 0, signal: null });
    expect(await members(server)).toEqual(['edge alive', 'host-a left']);
    expect(await nodes(server)).toEqual(['edge']);
    await isFound(server, 'web', 0);
    await isFound(server, 'api', 0);
    await host.start();
    expect(await members(server)).toEqual(['edge alive', 'host-a alive']);
    await isFound(server, 'web', 1);
    await isFound(server, 'api', 1);
  });

  test.for<[string, object]>([
    ['SIGTERM', { leave_on_terminate: false }],
    ['SIGINT', { skip_leave_on_interrupt: true }],
    ['SIGTERM', stays],
  ])('stays in the catalog after %s with %j', async ([end, settings], { system }) => {
    const { server, host } = await startTwo(system, settings);
    await ends[end]!(host);
    expect(await host.program.ended).toEqual({ code: 0, signal: null });
    expect(await members(server)).toEqual(['edge alive', 'host-a alive']);
    expect(await nodes(server)).toEqual(['edge', 'host-a']);
    await isFound(server, 'web', 1);
  });

  test('whose edge cannot be reached ends without it', async ({ system }) => {
    const { server, host } = await startTwo(system);
    await server.kill();
    await host.program.says('no connection to the edge');
    await ends.SIGTERM!(host);
    expect(await host.program.ended).toEqual({ code: 0, signal: null });
  });

  test.for([
    ['SIGINT', 'SIGINT'],
    ['SIGTERM', 'SIGINT'],
    ['SIGTERM', 'SIGTERM'],
  ])('that waits for its edge after %s ends at once by %s', async ([first, second], { system }) => {
    const { host } = await startTwo(system);
    process.kill(system.workerdPid(), 'SIGSTOP');
    await ends[first!]!(host);
    await host.program.says('leaves the catalog and stops');
    await ends[second!]!(host);
    expect(await host.program.ended).toEqual({ code: 1, signal: null });
    process.kill(system.workerdPid(), 'SIGCONT');
  });
});

test('a host that was killed is made to leave, then forgotten', async ({ system }) => {
  const { server, host } = await startTwo(system);
  await host.kill();
  await until('it has failed', async () => (await members(server)).includes('host-a failed'));
  expect(await server.cli('force-leave', 'host-a')).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(await members(server)).toEqual(['edge alive', 'host-a left']);
  expect(await nodes(server)).toEqual(['edge']);
  expect(await server.cli('force-leave', '-prune', 'host-a')).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(await members(server)).toEqual(['edge alive']);
  await host.start();
  await isFound(server, 'api', 1);
});

describe('an agent with the edge beside it', () => {
  test.for<[string, object, string[]]>([
    ['SIGINT', {}, ['edge', 'host-a']],
    ['SIGTERM', {}, ['edge', 'host-a']],
    ['SIGINT', leaves, ['host-a']],
    ['SIGTERM', leaves, ['host-a']],
    ['rollcall leave', {}, ['host-a']],
  ])('told by %s with %j leaves %j in the catalog', async ([end, settings, left], { system }) => {
    const server = await system.makeServer('edge');
    server.declare('settings.json', settings);
    await server.start();
    const host = await system.client('host-a', server, { address: '127.0.0.2' });
    await ends[end]!(server);
    expect(await server.program.ended).toEqual({ code: 0, signal: null });
    expect(await nodes(host, '?stale')).toEqual(left);
    await server.start();
    await until('both are back', async () => (await members(server)).length === 2);
    expect(await members(server)).toEqual(['edge alive', 'host-a alive']);
  });
});
