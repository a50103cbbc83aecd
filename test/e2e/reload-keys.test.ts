/**
 * What a reload of each key does, seen from outside; what it leaves alone; and what is told of what only a start reads. One
 * row after another on one host, each with a file of its own before and after.
 */

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { Agent } from './agent.ts';
import { curl, put, run } from './clients.ts';
import { shareSystem } from './system-test.ts';
import { until } from './until.ts';

const hosts = shareSystem(async (system) => {
  const server = await system.server('edge');
  const host = await system.makeClient('host-a', server, {
    address: '127.0.0.2',
    flags: ['-hcl', 'enable_local_script_checks = true'],
  });
  host.declare('0.json', { services: [{ name: 'web', port: 80, tags: ['v1'] }] });
  await host.start();
  await host.program.says('in sync', 1);
  return { system, server, host };
});

const reload = async (host: Agent) => {
  const { code, stderr } = await host.cli('reload');
  expect([code, stderr]).toEqual([0, '']);
};

type Look = (host: Agent) => Promise<unknown>;

const get =
  (path: string, ...args: string[]): Look =>
  async ({ url }) => {
    const { status, body } = await curl(`${url}${path}`, ...args);
    return [status, body];
  };
const status =
  (path: string, ...args: string[]): Look =>
  async ({ url }) =>
    (await curl(`${url}${path}`, ...args)).status;
const header =
  (path: string, name: string): Look =>
  async ({ url }) =>
    (await curl(`${url}${path}`)).headers.get(name);
const digs =
  (...question: string[]): Look =>
  async (host) =>
    (await host.dig(...question)).answer;
const member =
  (path: string, select: (body: never) => unknown): Look =>
  async (host) =>
    select(await host.get(path));

const checkOutput = (body: Record<string, { Output: string }>) => body.echo?.Output;
const dnsName = 'web.service.consul';
const script = JSON.stringify({ Name: 'script', Args: ['/bin/true'], Interval: '1h' });

/** How many of these connections, opened one after the other, are served. */
const servedOf =
  (count: number): Look =>
  async ({ address, ports }) => {
    const sockets: Socket[] = [];
    let served = 0;
    for (let i = 0; i < count; i++) {
      const socket = connect(ports.http, address).setEncoding('utf8');
      sockets.push(socket);
      socket.on('error', () => undefined);
      await once(socket, 'connect');
      socket.write('GET /v1/agent/services HTTP/1.1\r\nHost: localhost\r\n\r\n');
      const [text] = (await once(socket, 'data')) as [string];
      if (text.startsWith('HTTP/1.1 200')) served++;
    }
    for (const socket of sockets) socket.destroy();
    return served;
  };

interface Row {
  keys: object;
  look: Look;
  /** Before, with nothing of it in the files; and after. */
  seen: [unknown, unknown];
}

const rows: Row[] = [
  {
    keys: { service: { name: 'more' } },
    look: status('/v1/agent/service/more'),
    seen: [404, 200],
  },
  {
    keys: { check: { id: 'disk', name: 'disk', ttl: '1h', status: 'warning' } },
    look: member('/v1/agent/checks', (body: Record<string, { Status: string }>) => body.disk?.Status),
    seen: [undefined, 'warning'],
  },
  {
    keys: { node_meta: { rack: 'r1' } },
    look: member(
      '/v1/catalog/node/host-a',
      ({ Node }: { Node: { Meta: Record<string, string> } }) => Node.Meta.rack,
    ),
    seen: [undefined, 'r1'],
  },
  {
    keys: { http_config: { response_headers: { 'X-Rack': 'r1' } } },
    look: header('/v1/agent/services', 'x-rack'),
    seen: [null, 'r1'],
  },
  {
    keys: { http_config: { block_endpoints: ['/v1/kv'] } },
    look: get('/v1/kv/?keys'),
    seen: [
      [200, '[]'],
      [403, 'Endpoint is blocked by agent configuration'],
    ],
  },
  {
    keys: { http_config: { allow_write_http_from: ['127.0.0.0/30'] } },
    look: get('/v1/agent/service/maintenance/web?enable=false', '-X', 'PUT', '--interface', '127.0.0.9'),
    seen: [
      [200, ''],
      [403, 'Access is restricted'],
    ],
  },
  {
    keys: { http_config: { use_cache: false } },
    look: header('/v1/health/service/web?cached', 'x-cache'),
    seen: ['HIT', null],
  },
  {
    keys: { discovery_max_stale: '1h' },
    look: header('/v1/catalog/nodes', 'x-consul-effective-consistency'),
    seen: ['leader', 'stale'],
  },
  {
    keys: { enable_script_checks: true },
    look: get('/v1/agent/check/register', '-X', 'PUT', '-d', script),
    seen: [
      [
        500,
        "Scripts are disabled on this agent from remote calls; to enable, configure 'enable_script_checks' to true",
      ],
      [200, ''],
    ],
  },
  { keys: { limits: { http_max_conns_per_client: 2 } }, look: servedOf(3), seen: [3, 2] },
  {
    keys: { dns_config: { service_ttl: { 'we*': '7s' } } },
    look: digs(dnsName),
    seen: [[`${dnsName}. 0 IN A 127.0.0.2`], [`${dnsName}. 7 IN A 127.0.0.2`]],
  },
  {
    keys: { dns_config: { node_ttl: '9s' } },
    look: digs('host-a.node.consul'),
    seen: [['host-a.node.consul. 0 IN A 127.0.0.2'], ['host-a.node.consul. 9 IN A 127.0.0.2']],
  },
  {
    keys: { dns_config: { soa: { min_ttl: 5 } } },
    look: async (host) =>
      (await host.dig('none.service.consul')).authority.map((record) => record.split(' ').at(-1)),
    seen: [['0'], ['5']],
  },
  {
    keys: { telemetry: { prefix_filter: ['-consul.api'] } },
    look: member('/v1/agent/metrics', ({ Samples }: { Samples: { Name: string }[] }) =>
      Samples.some(({ Name }) => Name === 'consul.api.http'),
    ),
    seen: [true, false],
  },
  {
    keys: { telemetry: { filter_default: false } },
    look: member('/v1/agent/metrics', ({ Gauges }: { Gauges: object[] }) => Gauges.length > 0),
    seen: [true, false],
  },
  {
    keys: {
      discard_check_output: true,
      checks: [{ id: 'echo', name: 'echo', args: ['echo', 'hello'], interval: '1s' }],
    },
    look: member('/v1/agent/checks', checkOutput),
    seen: [undefined, ''],
  },
  {
    keys: {
      check_output_max_size: 2,
      checks: [{ id: 'echo', name: 'echo', args: ['echo', 'hello'], interval: '1s' }],
    },
    look: member('/v1/agent/checks', (body: Parameters<typeof checkOutput>[0]) =>
      /Captured 2 of 6/.test(checkOutput(body) ?? ''),
    ),
    seen: [false, true],
  },
];

describe('a reload changes, and changes back', () => {
  test.each(rows.map((row) => [JSON.stringify(row.keys), row] as const))(
    '%s',
    async (_, { keys, look, seen }) => {
      const { host } = hosts();
      const shows = (what: unknown) =>
        until(`it shows ${JSON.stringify(what)}`, async () => {
          expect(await look(host)).toEqual(what);
          return true;
        });
      await shows(seen[0]);
      host.declare('row.json', keys);
      await reload(host);
      await shows(seen[1]);
      host.undeclare('row.json');
      await reload(host);
      await put(`${host.url}/v1/agent/check/deregister/script`, '');
      await shows(seen[0]);
    },
  );
});

test('a blocking query waits no longer than max_query_time says', async () => {
  const { host } = hosts();
  host.declare('row.json', { max_query_time: '50ms' });
  await reload(host);
  for (const path of ['/v1/catalog/services', '/v1/kv/none', '/v1/agent/service/web']) {
    const first = await curl(`${host.url}${path}`);
    const since = first.headers.get('x-consul-index') ?? '';
    const hash = first.headers.get('x-consul-contenthash');
    const again = await curl(`${host.url}${path}?${hash ? `hash=${hash}` : `index=${since}&wait=9m`}`);
    expect([path, again.status]).toEqual([path, first.status]);
  }
  host.declare('row.json', { default_query_time: '50ms' });
  await reload(host);
  const { headers } = await curl(`${host.url}/v1/catalog/services`);
  await curl(`${host.url}/v1/catalog/services?index=${headers.get('x-consul-index')}`);
  host.undeclare('row.json');
  await reload(host);
});

test('log_level changes what is logged from then on', async () => {
  const { host } = hosts();
  const lines = () => host.program.log.split('configuration is reloaded').length;
  host.declare('row.json', { log_level: 'error' });
  await reload(host);
  const before = lines();
  await reload(host);
  await reload(host);
  expect(lines()).toBe(before);
  host.undeclare('row.json');
  await reload(host);
  await until('it is logged again', () => lines() > before);
});

test('what is under way goes on: connections, blocking queries, statuses, the connection to the edge', async () => {
  const { host } = hosts();
  await put(`${host.url}/v1/agent/service/register`, {
    Name: 'api',
    Check: { CheckID: 'life', TTL: '1h' },
  });
  await put(`${host.url}/v1/agent/check/pass/life?note=well`, '');
  await until('the catalog has it', async () => {
    const checks = await host.get<{ Output: string }[]>('/v1/health/checks/api');
    return checks[0]?.Output === 'well';
  });
  const joined = host.program.log.split('in sync').length;
  const socket = connect(host.ports.http, host.address).setEncoding('utf8');
  const ask = async (path: string) => {
    socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    const [answer] = (await once(socket, 'data')) as [string];
    return answer;
  };
  const index = /x-consul-index: (\d+)/i.exec(await ask('/v1/catalog/service/api'))?.[1];
  const blocked = ask(`/v1/catalog/service/api?index=${index}&wait=9m`);
  host.declare('row.json', { service: { name: 'other' }, dns_config: { node_ttl: '1s' } });
  await reload(host);
  await reload(host);
  await put(`${host.url}/v1/agent/service/register`, { Name: 'api', Port: 7 });
  expect(await blocked).toMatch(/^HTTP\/1\.1 200/);
  expect(await host.get('/v1/agent/checks')).toMatchObject({ life: { Status: 'passing', Output: 'well' } });
  expect(host.program.log.split('in sync').length).toBe(joined);
  socket.destroy();
  host.undeclare('row.json');
  await reload(host);
  await put(`${host.url}/v1/agent/service/deregister/api`, '');
});

test('a check that stays as it was is not started anew, one that changed is', async () => {
  const { host, system } = hosts();
  const runs = `${system.dir}/runs`;
  const check = (id: string, more = '') => ({
    id,
    name: id,
    args: ['sh', '-c', `echo ${id} $PPID >> ${runs}; sleep 60${more}`],
    interval: '1s',
    timeout: '2m',
  });
  const ran = async (id: string) => {
    const { stdout } = await run('grep', ['-c', `^${id} `, runs]);
    return Number(stdout);
  };
  host.declare('row.json', { checks: [check('same'), check('other')] });
  await reload(host);
  await until('both run', async () => (await ran('same')) === 1 && (await ran('other')) === 1);
  host.declare('row.json', { checks: [check('same'), check('other', ' ')] });
  await reload(host);
  await until('the changed one runs again', async () => (await ran('other')) === 2);
  expect(await ran('same')).toBe(1);
  host.undeclare('row.json');
  await reload(host);
});

test.each([
  [
    'a check of a service that is not here',
    { check: { name: 'c', ttl: '1m', service_id: 'none' } },
    'ServiceID "none" does not exist',
  ],
  [
    'a key that is written wrong',
    { nod_meta: { a: 'b' } },
    'invalid config key nod_meta (did you mean node_meta?)',
  ],
])('%s: nothing is changed, and why is said', async (_, keys, why) => {
  const { host } = hosts();
  host.declare('row.json', {
    ...keys,
    service: { name: 'new' },
    node_meta: { rack: 'r9' },
    http_config: { response_headers: { 'X-Rack': 'r9' } },
  });
  const { code, stderr } = await host.cli('reload');
  expect([code, stderr]).toEqual([1, expect.stringContaining(why)]);
  expect(await header('/v1/agent/services', 'x-rack')(host)).toBe(null);
  expect(await status('/v1/agent/service/new')(host)).toBe(404);
  host.undeclare('row.json');
  await reload(host);
});

test('what only a start reads stays as it was, and is named', async () => {
  const { host } = hosts();
  host.declare('row.json', {
    ports: { https: -1, http: 1 },
    datacenter: 'dc9',
    log_json: true,
    http_config: { max_header_bytes: 5000, response_headers: { 'X-Rack': 'r2' } },
    telemetry: { metrics_prefix: 'other' },
    dns_config: { threads: 2 },
    retry_join: ['http://127.0.0.9:1'],
    advertise_addr: '10.9.9.9',
    acl_token: 'old',
  });
  await reload(host);
  expect(host.program.log).toContain(
    'changed, and read at the start alone: advertise_addr, advertise_addr_wan, datacenter, dns_config.threads, ' +
      'http_config.max_header_bytes, log_json, retry_join, telemetry.metrics_prefix\n',
  );
  expect(host.program.log).toContain(
    "The 'acl_token' field is deprecated. Use the 'acl.tokens.default' field instead.",
  );
  const self = await host.get<{ Config: { Datacenter: string }; Member: { Addr: string } }>('/v1/agent/self');
  expect([self.Config.Datacenter, self.Member.Addr]).toEqual(['dc1', '127.0.0.2']);
  expect(await header('/v1/agent/services', 'x-rack')(host)).toBe('r2');
  host.undeclare('row.json');
  await reload(host);
});
