/** Who is alive, and what becomes of the services of those who are not. */
import { expect } from 'vitest';
import type { Agent } from './agent.ts';
import type { System } from './system.ts';
import { test } from './system-test.ts';
import { throughout, until } from './until.ts';

const foundDeadMsMax = 15_000;
const evictionMsMax = 90_000;
const timeout = 150_000;

const serfHealth = async (server: Agent, node: string): Promise<string | undefined> =>
  (await server.get<{ CheckID: string; Status: string }[]>(`/v1/health/node/${node}`)).find(
    ({ CheckID }) => CheckID === 'serfHealth',
  )?.Status;

/** How long it took. */
async function becomes(server: Agent, node: string, status: string, timeoutMs: number): Promise<number> {
  const startedAt = performance.now();
  await until(
    `serfHealth of ${node} is ${status}`,
    async () => (await serfHealth(server, node)) === status,
    timeoutMs,
  );
  return performance.now() - startedAt;
}

const instances = (server: Agent, service: string) => server.get<unknown[]>(`/v1/catalog/service/${service}`);

const is = (server: Agent, service: string, count: number, timeoutMs?: number) =>
  until(`${count} of ${service}`, async () => (await instances(server, service)).length === count, timeoutMs);

/** Its service passes, as DNS shows. */
const isFound = (server: Agent, node: string) =>
  until(
    `web-${node} is found`,
    async () => (await server.dig(`web-${node}.service.consul`)).answer.length === 1,
  );

/** A host whose service can be evicted by a check against `port`. */
async function startHost(system: System, server: Agent, node: string, port: number): Promise<Agent> {
  const host = await system.makeClient(node, server, { address: '127.0.0.2' });
  host.declare('web.json', {
    service: {
      name: `web-${node}`,
      port,
      check: { tcp: `127.0.0.2:${port}`, interval: '1s', deregister_critical_service_after: '1m' },
    },
  });
  await host.start();
  await isFound(server, node);
  return host;
}

export function aHost(): void {
  test('that is killed or frozen is found dead within 15 s, and alive when it is back', { timeout }, async ({
    system,
  }) => {
    const server = await system.server('edge');
    const echo = await system.echo('127.0.0.2');
    const killed = await startHost(system, server, 'killed', echo.port);
    const frozen = await startHost(system, server, 'frozen', echo.port);
    await killed.kill();
    frozen.program.signal('SIGSTOP');
    const tookMs = await Promise.all([
      becomes(server, 'killed', 'critical', foundDeadMsMax),
      becomes(server, 'frozen', 'critical', foundDeadMsMax),
    ]);
    expect(Math.max(...tookMs)).toBeLessThan(foundDeadMsMax);
    expect((await server.dig('web-killed.service.consul')).status).toBe('NXDOMAIN');
    const { stdout } = await server.cli('members', '-status=failed');
    expect(stdout.match(/^\S+/gm)).toEqual(['Node', 'frozen', 'killed']);

    frozen.program.signal('SIGCONT');
    await killed.start();
    await Promise.all([
      becomes(server, 'killed', 'passing', 10_000),
      becomes(server, 'frozen', 'passing', 10_000),
    ]);
    await isFound(server, 'killed');
    await isFound(server, 'frozen');
  });

  test('that stays dead loses its services after their deadline, and has them again when it is back', {
    timeout,
  }, async ({ system }) => {
    const server = await system.server('edge');
    const echo = await system.echo('127.0.0.2');
    const host = await startHost(system, server, 'lost', echo.port);
    await host.kill();
    await becomes(server, 'lost', 'critical', foundDeadMsMax);
    const criticalAt = performance.now();
    await is(server, 'web-lost', 0, evictionMsMax);
    expect(performance.now() - criticalAt).toBeGreaterThan(59_000);
    expect(await serfHealth(server, 'lost')).toBe('critical');

    await host.start();
    await becomes(server, 'lost', 'passing', 5_000);
    await is(server, 'web-lost', 1, 5_000);
  });

  test('that lives does not bring back what was evicted, before its files are read again', {
    timeout,
  }, async ({ system }) => {
    const server = await system.server('edge');
    const echo = await system.echo('127.0.0.2');
    const host = await startHost(system, server, 'alive', echo.port);
    await echo.stop();
    await is(server, 'web-alive', 0, evictionMsMax);
    await throughout(3_000, async () => expect(await instances(server, 'web-alive')).toEqual([]));
    expect((await host.cli('reload')).code).toBe(0);
    await is(server, 'web-alive', 1, 5_000);
  });

  test('that only sends heartbeats writes nothing', { timeout }, async ({ system }) => {
    const server = await system.server('edge');
    const echo = await system.echo('127.0.0.2');
    await startHost(system, server, 'idle', echo.port);
    const index = () => server.get<{ Stats: { rollcall: { index: string } } }>('/v1/agent/self');
    const before = (await index()).Stats.rollcall.index;
    await throughout(10_000, async () => expect((await index()).Stats.rollcall.index).toBe(before));
  });
}
