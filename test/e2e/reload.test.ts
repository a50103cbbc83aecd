/** Changed files are picked up by `rollcall reload`, SIGHUP and PUT /v1/agent/reload; a bad one changes nothing. */
import { expect } from 'vitest';
import type { Agent } from './agent.ts';
import { put } from './clients.ts';
import { test } from './system-test.ts';
import { until } from './until.ts';

const reloads: [string, (agent: Agent) => Promise<void>][] = [
  [
    'rollcall reload',
    async (agent) => {
      const { code, stdout } = await agent.cli('reload');
      expect([code, stdout]).toEqual([0, 'Configuration reload triggered\n']);
    },
  ],
  [
    'SIGHUP',
    async (agent) => {
      agent.program.signal('SIGHUP');
    },
  ],
  [
    'PUT /v1/agent/reload',
    async (agent) => {
      const { status, body } = await put(`${agent.url}/v1/agent/reload`, '');
      expect([status, body]).toEqual([200, '']);
    },
  ],
];

/** Service name to tags, as the whole datacenter sees it. */
const catalog = async (server: Agent): Promise<Record<string, string[]>> => {
  const { consul, ...services } = await server.get<Record<string, string[]>>('/v1/catalog/services');
  return services;
};

const becomes = (server: Agent, services: Record<string, string[]>) =>
  until(`the catalog shows ${JSON.stringify(services)}`, async () => {
    expect(await catalog(server)).toEqual(services);
    return true;
  });

const service = (name: string, ...tags: string[]) => ({ service: { name, tags, port: 80 } });

test.for(reloads)('%s adds, changes and drops what the files do', async ([, reload], { system }) => {
  const server = await system.server('edge');
  const host = await system.makeClient('host-a', server, { address: '127.0.0.2' });
  host.declare('kept.json', service('kept'));
  host.declare('changed.json', service('changed', 'old'));
  host.declare('gone.json', service('gone'));
  await host.start();
  await host.consul().agent.service.register({ name: 'from-api' });
  await becomes(server, { kept: [], changed: ['old'], gone: [], 'from-api': [] });
  const [before] = await server.get<{ ModifyIndex: number }[]>('/v1/catalog/service/kept');

  host.declare('changed.json', service('changed', 'new'));
  host.declare('added.json', service('added'));
  host.undeclare('gone.json');
  await reload(host);

  await becomes(server, { kept: [], changed: ['new'], added: [], 'from-api': [] });
  const [after] = await server.get<{ ModifyIndex: number }[]>('/v1/catalog/service/kept');
  expect(after!.ModifyIndex).toBe(before!.ModifyIndex);
});

test('a broken file is refused by name, with exit code 1, and nothing has changed', async ({ system }) => {
  const server = await system.makeServer('edge');
  server.declare('web.json', service('web'));
  await server.start();
  await becomes(server, { web: [] });

  server.declare('broken.json', '{ "service": ');
  server.undeclare('web.json');
  const { code, stdout, stderr } = await server.cli('reload');
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/^Error reloading: Unexpected response code: 500 \(.*broken\.json/);
  const answer = await put(`${server.url}/v1/agent/reload`, '');
  expect(answer.status).toBe(500);
  expect(answer.body).toContain('broken.json');
  server.program.signal('SIGHUP');
  await server.program.says('the configuration is not reloaded, nothing has changed');
  expect(await catalog(server)).toEqual({ web: [] });

  server.declare('broken.json', service('mended'));
  await server.cli('reload');
  await becomes(server, { mended: [] });
});

test('with auto_reload_config nobody has to tell; a broken file changes nothing', async ({ system }) => {
  const server = await system.makeServer('edge', { flags: ['-auto-reload-config'] });
  server.declare('web.json', service('web'));
  await server.start();
  await becomes(server, { web: [] });
  server.declare('more.json', service('more'));
  await becomes(server, { web: [], more: [] });
  server.declare('more.json', '{ "service": ');
  await server.program.says('the configuration is not reloaded, nothing has changed');
  expect(await catalog(server)).toEqual({ web: [], more: [] });
  server.undeclare('more.json');
  await becomes(server, { web: [] });
});
