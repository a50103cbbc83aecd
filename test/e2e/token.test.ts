/** An edge that listens beyond loopback has a token, made on first start: with it everything works, without it nothing. */
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Agent, rollcall } from './agent.ts';
import { curl, put, run } from './clients.ts';
import { shareSystem } from './system-test.ts';
import { until } from './until.ts';

const hosts = shareSystem(async (system) => {
  const server = await system.server('edge', { flags: ['-bind=0.0.0.0', '-advertise=127.0.0.1'] });
  const joinLine = /^ *(rollcall agent .*)$/m.exec(server.program.log)?.[1] ?? '';
  return { system, server, joinLine, token: /-token=(\S+)$/.exec(joinLine)?.[1] ?? '' };
});

const wrong = 'f'.repeat(64);

/** A host that is to join; `flags` and `env` say with which token. */
async function makeHost(name: string, flags: string[], env: Record<string, string> = {}): Promise<Agent> {
  const { system, server } = hosts();
  return system.makeClient(name, server, { address: '127.0.0.2', flags, env });
}

describe('the edge', () => {
  test('prints the line that joins a host, and the line works as it is', async () => {
    const { system, server, joinLine } = hosts();
    const [, command, ...flags] = joinLine.split(' ');
    expect(command).toBe('agent');
    expect(flags.slice(0, 2)).toEqual([
      '-data-dir=/var/lib/rollcall',
      `-retry-join=http://127.0.0.1:${server.ports.server}`,
    ]);
    const host = await system.makeAgent('from-line', { address: '127.0.0.2' });
    host.flags = [...flags, `-data-dir=${host.dataDir}`];
    await host.start();
    expect((await server.cli('members', `-token=${hosts().token}`)).stdout).toContain('from-line');
  });

  test.each([
    ['GET', '/v1/status/leader'],
    ['GET', '/v1/catalog/nodes'],
    ['GET', '/v1/catalog/datacenters'],
    ['GET', '/v1/health/service/hello'],
    ['GET', '/v1/agent/self'],
    ['GET', '/v1/agent/members'],
    ['GET', '/v1/sync?dc=dc1'],
    ['GET', '/v1/kv/x'],
    ['GET', '/v1/no-such-thing'],
    ['PUT', '/v1/catalog/register'],
    ['PUT', '/v1/catalog/deregister'],
  ])('refuses %s %s without the token and with a wrong one', async (method, path) => {
    const url = `${hosts().server.edgeUrl}${path}`;
    const none = await curl(url, '-X', method);
    expect(none.status).toBe(403);
    expect(none.body).toMatch(/^Permission denied: no token was sent/);
    const bad = await curl(url, '-X', method, '-H', `X-Consul-Token: ${wrong}`);
    expect([bad.status, bad.body]).toEqual([403, 'ACL not found']);
  });

  test('keeps its token, readable by nobody else, and does not show it in the list of processes', async () => {
    const { system, server, token } = hosts();
    expect(token).toMatch(/^[0-9a-f]{64}$/);
    expect(statSync(join(server.dataDir, 'edge/token')).mode & 0o077).toBe(0);
    expect(system.processes().filter((line) => line.includes('workerd') && line.includes(token))).toEqual([]);
    await server.program.stop();
    await server.start();
    expect(server.program.log).toContain(`-token=${token}`);
  });
});

describe('a request with the token', () => {
  test.each<[string, (token: string) => { query?: string; args?: string[] }]>([
    ['X-Consul-Token', (token) => ({ args: ['-H', `X-Consul-Token: ${token}`] })],
    ['Authorization: Bearer', (token) => ({ args: ['-H', `Authorization: Bearer ${token}`] })],
    ['?token=', (token) => ({ query: `?token=${token}` })],
  ])('in %s is served at the edge and at a sidecar', async (_name, how) => {
    const { server, token } = hosts();
    const { query = '', args = [] } = how(token);
    for (const url of [server.edgeUrl, server.url])
      for (const path of [
        '/v1/catalog/nodes',
        '/v1/agent/members',
        '/v1/health/state/any',
        '/v1/status/leader',
      ])
        expect((await curl(`${url}${path}${query}`, ...args)).status).toBe(200);
  });

  test('writes, and the npm client sends it', async () => {
    const { server, token } = hosts();
    const header = ['-H', `X-Consul-Token: ${token}`];
    const printer = { Node: 'printer', Address: '10.0.0.9' };
    expect((await put(`${server.edgeUrl}/v1/catalog/register`, printer, ...header)).json()).toBe(true);
    const consul = server.consul({ token });
    await consul.agent.service.register({ name: 'web' });
    await until(
      'it is in the catalog',
      async () => ((await consul.catalog.service.nodes('web')) as unknown[]).length,
    );
  });

  test.each<[string, (token: string) => { args?: string[]; env?: Record<string, string> }]>([
    ['-token', (token) => ({ args: [`-token=${token}`] })],
    ['CONSUL_HTTP_TOKEN', (token) => ({ env: { CONSUL_HTTP_TOKEN: token } })],
    [
      '-token-file',
      (token) => {
        const path = join(hosts().system.dir, 'token');
        writeFileSync(path, `${token}\n`);
        return { args: [`-token-file=${path}`] };
      },
    ],
  ])('is sent by a command that has it from %s', async (_name, how) => {
    const { server, token } = hosts();
    const { args = [], env = {} } = how(token);
    const { code, stdout } = await rollcall(['members', ...args], { CONSUL_HTTP_ADDR: server.url, ...env });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^edge +127\.0\.0\.1:/m);
  });
});

test.each([
  ['GET', '/v1/agent/self'],
  ['GET', '/v1/agent/services'],
  ['GET', '/v1/agent/host'],
  ['GET', '/v1/agent/metrics'],
  ['GET', '/v1/agent/metrics/stream'],
  ['GET', '/v1/agent/monitor'],
  ['GET', '/v1/catalog/nodes'],
  ['GET', '/v1/catalog/nodes?stale'],
  ['GET', '/v1/health/service/hello?cached'],
  ['GET', '/v1/catalog/datacenters'],
  ['GET', '/v1/status/leader'],
  ['PUT', '/v1/agent/reload'],
  ['PUT', '/v1/agent/leave'],
  ['PUT', '/v1/agent/force-leave/edge'],
  ['PUT', '/v1/agent/service/register'],
  ['PUT', '/v1/catalog/register'],
])('a sidecar that was given no default token serves nobody without one: %s %s', async (method, path) => {
  const { server } = hosts();
  expect((await curl(`${server.url}${path}`, '-X', method)).status).toBe(403);
  expect((await curl(`${server.url}${path}`, '-X', method, '-H', `X-Consul-Token: ${wrong}`)).status).toBe(
    403,
  );
});

test.each(['', 'heap', 'allocs?seconds=1', 'profile?seconds=1'])(
  'who sends the token is given profiles, and nobody else: /debug/pprof/%s',
  async (profile) => {
    const { server, token } = hosts();
    const ask = async (...headers: string[]) =>
      (
        await run('curl', [
          '-sS',
          '-o',
          '/dev/null',
          '-w',
          '%{http_code}',
          ...headers,
          `${server.url}/debug/pprof/${profile}`,
        ])
      ).stdout;
    expect(await ask()).toBe('401');
    expect(await ask('-H', `X-Consul-Token: ${wrong}`)).toBe('403');
    expect(await ask('-H', `X-Consul-Token: ${token}`)).toBe('200');
  },
);

describe('a host joins with the token', () => {
  test.each<
    [
      string,
      string,
      (token: string) => { flags?: string[]; env?: Record<string, string>; file?: object },
      number,
    ]
  >([
    [
      '-token, which its own clients need not repeat',
      'flag',
      (token) => ({ flags: [`-token=${token}`] }),
      200,
    ],
    [
      'acl.tokens.default of its files',
      'default',
      (token) => ({ file: { acl: { tokens: { default: token } } } }),
      200,
    ],
    [
      'acl.tokens.agent, which it lends to nobody',
      'agent',
      (token) => ({ file: { acl: { tokens: { agent: token } } } }),
      403,
    ],
    [
      'CONSUL_HTTP_TOKEN, which it lends to nobody',
      'env',
      (token) => ({ env: { CONSUL_HTTP_TOKEN: token } }),
      403,
    ],
  ])('from %s', async (_name, node, how, statusWithout) => {
    const { token } = hosts();
    const { flags = [], env = {}, file } = how(token);
    const host = await makeHost(node, flags, env);
    host.declare('main.json', { ...file, service: { name: `on-${node}` } });
    await host.start();
    const path = `${host.url}/v1/catalog/service/on-${node}`;
    const registered = async () =>
      (await curl(path, '-H', `X-Consul-Token: ${token}`)).json<unknown[]>().length === 1;
    await until('its service is in the catalog', registered);
    expect((await curl(path)).status).toBe(statusWithout);
  });
});

describe('a host without the right token', () => {
  test.each([
    ['none', [], 'Permission denied: no token was sent'],
    ['a wrong one', [`-token=${wrong}`], 'ACL not found'],
  ])('does not join: %s', async (name, flags, reason) => {
    const { server } = hosts();
    const host = await makeHost(`no-${name.replaceAll(' ', '-')}`, flags);
    host.flags = [`-data-dir=${host.dataDir}`, `-join=127.0.0.1:${server.ports.server}`, ...flags];
    const program = host.spawn();
    expect((await program.ended).code).toBe(1);
    expect(program.log).toMatch(/^Error: the edge at http:\/\/127\.0\.0\.1:\d+\/ cannot be joined \(403 /m);
    expect(program.log).toContain(reason);
  });

  test('goes on trying with -retry-join, and says why in vain', async () => {
    const host = await makeHost('patient', []);
    await host.start({ joined: false });
    await host.program.says(/no connection to the edge: .*403 Permission denied/);
    expect((await host.dig('edge.node.consul')).status).toBe('SERVFAIL');
  });
});
