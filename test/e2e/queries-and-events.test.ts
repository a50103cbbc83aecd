/** Prepared queries by `dig`, and events for some hosts only: what the edge decides and sidecars pass on. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Agent } from './agent.ts';
import { curl, run } from './clients.ts';
import { unpacked } from './debian-packages.ts';
import { shareSystem } from './system-test.ts';
import { until } from './until.ts';

const { dir, missing } = await unpacked('consul');

const hosts = shareSystem(async (system) => {
  const server = await system.server('edge');
  const a = await system.makeClient('host-a', server, { address: '127.0.0.2' });
  a.declare('web.json', { service: { name: 'web', port: 7001 } });
  await a.start();
  await until('it is there', async () => (await server.dig('web.service.consul')).answer.length === 1);
  return { server, a };
});

const send = async (host: Agent, method: string, path: string, body: object = {}) => {
  const answer = await curl(`${host.url}${path}`, '-X', method, '--data', JSON.stringify(body));
  expect(answer.status, answer.body).toBe(200);
};

test('a prepared query answers DNS with its own TTL', async () => {
  const { server, a } = hosts();
  await send(server, 'POST', '/v1/query', { Name: 'pq', Service: { Service: 'web' }, DNS: { TTL: '17s' } });
  for (const host of [server, a]) {
    const { status, answer } = await host.dig('pq.query.consul', 'A');
    expect([status, answer]).toEqual(['NOERROR', ['pq.query.consul. 17 IN A 127.0.0.2']]);
  }
  expect(await a.dig('none.query.consul', 'A')).toMatchObject({ status: 'NXDOMAIN', answer: [] });
});

test('near _agent is near the host that was asked', async () => {
  const { server, a } = hosts();
  await send(server, 'PUT', '/v1/agent/service/register', { Name: 'web', Port: 7002 });
  await until('both are there', async () => (await a.dig('web.service.consul')).answer.length === 2);
  await send(server, 'POST', '/v1/query', { Name: 'here', Service: { Service: 'web', Near: '_agent' } });
  expect((await server.dig('here.query.consul', 'A')).answer[0]).toBe('here.query.consul. 0 IN A 127.0.0.1');
  expect((await a.dig('here.query.consul', 'A')).answer[0]).toBe('here.query.consul. 0 IN A 127.0.0.2');
});

test('near _ip is near the client', async () => {
  const { server, a } = hosts();
  await send(server, 'POST', '/v1/query', { Name: 'me', Service: { Service: 'web', Near: '_ip' } });
  for (const address of [server.address, a.address]) {
    expect((await server.dig('-b', address, 'me.query.consul', 'A')).answer[0]).toBe(
      `me.query.consul. 0 IN A ${address}`,
    );
    const { body } = await curl(`${server.url}/v1/query/me/execute?limit=1`, '--interface', address);
    expect(JSON.parse(body).Nodes).toMatchObject([{ Node: { Address: address } }]);
  }
});

test('an event is listed at the hosts it is for', async () => {
  const { server, a } = hosts();
  await send(server, 'PUT', '/v1/event/fire/deploy?node=^host-a$');
  const listedAt = async (host: Agent) =>
    (await host.get<{ Name: string }[]>('/v1/event/list')).map(({ Name }) => Name);
  expect(await listedAt(a)).toEqual(['deploy']);
  expect(await listedAt(server)).toEqual([]);
});

describe.skipIf(missing)('consul', () => {
  const consul = async (...args: string[]) => {
    const finished = await run(join(dir, 'usr/bin/consul'), args, { CONSUL_HTTP_ADDR: hosts().server.url });
    return [finished.code, finished.stdout + finished.stderr] as const;
  };

  test('event', async () => {
    expect(await consul('event', '-name=hi', 'there')).toEqual([0, expect.stringMatching(/^Event ID: /)]);
    expect(await hosts().a.get('/v1/event/list?name=hi')).toMatchObject([{ Payload: 'dGhlcmU=' }]);
  });

  test('operator', async () => {
    expect((await consul('operator', 'raft', 'list-peers'))[1]).toMatch(/^edge .* leader +true/m);
    expect((await consul('operator', 'autopilot', 'set-config', '-max-trailing-logs=7'))[0]).toBe(0);
    expect((await consul('operator', 'autopilot', 'get-config'))[1]).toContain('MaxTrailingLogs = 7');
  });

  test('config', async () => {
    const path = join(hosts().server.dir, 'web.json');
    writeFileSync(path, JSON.stringify({ Kind: 'service-defaults', Name: 'web', Protocol: 'http' }));
    expect(await consul('config', 'write', path)).toEqual([
      0,
      'Config entry written: service-defaults/web\n',
    ]);
    expect((await consul('config', 'list', '-kind=service-defaults'))[1]).toBe('web\n');
    expect((await consul('config', 'delete', '-kind=service-defaults', '-name=web'))[0]).toBe(0);
  });
});
