/** Consul's JSON and headers, asked with curl of the edge and of the sidecars: whoever answers, the answer is the same. */
import { connect, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { Agent } from './agent.ts';
import { curl, put } from './clients.ts';
import { shareSystem } from './system-test.ts';
import { until } from './until.ts';

const hosts = shareSystem(async (system) => {
  const server = await system.server('edge');
  const host = await system.makeClient('host-a', server, { address: '127.0.0.2' });
  const echo = await system.echo(host.address);
  host.declare('hello.json', {
    services: [
      {
        name: 'hello',
        port: echo.port,
        tags: ['v1'],
        meta: { team: 'blue' },
        checks: [{ tcp: `${echo.address}:${echo.port}`, interval: '1s', timeout: '1s' }],
      },
    ],
  });
  await host.start();
  const passing = () => host.get<unknown[]>('/v1/health/service/hello?passing');
  await until('hello passes', async () => (await passing()).length === 1);
  return { server, host };
});

const doors: [string, () => string][] = [
  ['the edge', () => hosts().server.edgeUrl],
  ['the sidecar beside it', () => hosts().server.url],
  ['the sidecar of another host', () => hosts().host.url],
];

const metaHeaders = ['x-consul-index', 'x-consul-knownleader', 'x-consul-lastcontact'];
const nodeKeys = [
  'ID',
  'Node',
  'Address',
  'Datacenter',
  'TaggedAddresses',
  'Meta',
  'CreateIndex',
  'ModifyIndex',
];
const checkKeys = [
  ...[
    'Node',
    'CheckID',
    'Name',
    'Status',
    'Notes',
    'Output',
    'ServiceID',
    'ServiceName',
    'ServiceTags',
    'Type',
  ],
  ...['Definition', 'CreateIndex', 'ModifyIndex'],
];
const catalogServiceKeys = [
  ...[
    'ID',
    'Node',
    'Address',
    'Datacenter',
    'TaggedAddresses',
    'NodeMeta',
    'ServiceKind',
    'ServiceID',
    'ServiceName',
  ],
  ...[
    'ServiceTags',
    'ServiceAddress',
    'ServiceWeights',
    'ServiceMeta',
    'ServicePort',
    'ServiceEnableTagOverride',
  ],
  ...['ServiceProxy', 'ServiceConnect', 'CreateIndex', 'ModifyIndex'],
];
const nodeServiceKeys = [
  ...['ID', 'Service', 'Tags', 'Address', 'Meta', 'Port', 'Weights', 'EnableTagOverride', 'Proxy', 'Connect'],
  ...['CreateIndex', 'ModifyIndex'],
];

type Row = Record<string, unknown>;

/** Path, what to look at in the answer, the keys that every client may rely on. */
const reads: [string, (body: Row & Row[]) => unknown, string[]][] = [
  ['/v1/catalog/service/hello', ([row]) => row, catalogServiceKeys],
  ['/v1/catalog/service/hello?tag=v1', ([row]) => row, catalogServiceKeys],
  ['/v1/catalog/nodes', ([row]) => row, nodeKeys],
  ['/v1/catalog/services', (body) => body, ['consul', 'hello']],
  ['/v1/catalog/node/host-a', (body) => body, ['Node', 'Services']],
  ['/v1/catalog/node/host-a', (body) => body.Node, nodeKeys],
  ['/v1/catalog/node/host-a', (body) => (body.Services as Row).hello, nodeServiceKeys],
  ['/v1/health/service/hello?passing', ([row]) => row, ['Node', 'Service', 'Checks']],
  ['/v1/health/service/hello?passing', ([row]) => row!.Service, nodeServiceKeys],
  ['/v1/health/service/hello', ([row]) => (row!.Checks as Row[])[0], checkKeys],
  ['/v1/health/node/host-a', ([row]) => row, checkKeys],
  ['/v1/health/checks/hello', ([row]) => row, checkKeys],
  ['/v1/health/state/passing', ([row]) => row, checkKeys],
];

describe.each(doors)('%s', (_name, door) => {
  test.each(reads)('%s', async (path, select, keys) => {
    const { status, headers, json } = await curl(`${door()}${path}`);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/json');
    expect(metaHeaders.filter((name) => !headers.get(name))).toEqual([]);
    expect(headers.get('x-consul-knownleader')).toBe('true');
    expect(Object.keys(select(json()) as Row)).toEqual(expect.arrayContaining(keys));
  });

  test('/v1/catalog/datacenters', async () => {
    expect((await curl(`${door()}/v1/catalog/datacenters`)).json()).toEqual(['dc1']);
  });

  test('/v1/agent/members', async () => {
    const members = (await curl(`${door()}/v1/agent/members`)).json<
      { Name: string; Tags: Row; Status: number }[]
    >();
    expect(members.map(({ Name, Tags, Status }) => [Name, Tags.role, Status]).sort()).toEqual([
      ['edge', 'consul', 1],
      ['host-a', 'node', 1],
    ]);
  });

  test('/v1/agent/self', async () => {
    const self = (await curl(`${door()}/v1/agent/self`)).json<{ Config: Row; Member: Row }>();
    expect(Object.keys(self)).toEqual(expect.arrayContaining(['Config', 'Stats', 'Member', 'Meta']));
    expect(self.Config).toMatchObject({ Datacenter: 'dc1', NodeName: expect.any(String) });
    expect(self.Config.Server).toBe(door() !== hosts().host.url);
  });

  test('/v1/agent/self of a host says when its copy came to the index it is at', async () => {
    const { url } = hosts().host;
    const before = Date.now();
    const node = { Node: 'moved', Address: '10.0.0.9' };
    const put = await curl(`${door()}/v1/catalog/register`, '-X', 'PUT', '-d', JSON.stringify(node));
    expect(put.status).toBe(200);
    await until(
      'the copy has it',
      async () => (await curl(`${url}/v1/catalog/node/moved?stale`)).body !== 'null',
    );
    const { Stats } = (await curl(`${url}/v1/agent/self`)).json<{
      Stats: { rollcall: Record<string, string> };
    }>();
    expect(Date.parse(Stats.rollcall!.index_at!)).toBeGreaterThanOrEqual(before);
    expect(Number(Stats.rollcall!.index)).toBeGreaterThan(0);
    await curl(`${door()}/v1/catalog/deregister`, '-X', 'PUT', '-d', '{"Node":"moved"}');
  });

  test('/v1/status names the edge as leader and only peer', async () => {
    const { address, ports } = hosts().server;
    const edge = `${address}:${ports.server}`;
    expect((await curl(`${door()}/v1/status/leader`)).json()).toBe(edge);
    expect((await curl(`${door()}/v1/status/peers`)).json()).toEqual([edge]);
  });

  test('an unknown service is an empty list, an unknown path is 404', async () => {
    const { status, body } = await curl(`${door()}/v1/catalog/service/nobody`);
    expect([status, body]).toEqual([200, '[]']);
    expect((await curl(`${door()}/v1/nothing`)).status).toBe(404);
  });

  test('a blocking query ends when what it asks about changes, with the new index', async () => {
    const name = `born-${door().replace(/\W/g, '-')}`;
    const paths = [
      `/v1/catalog/service/${name}`,
      `/v1/health/service/${name}?passing`,
      '/v1/catalog/services',
    ];
    const before = await Promise.all(paths.map((path) => curl(`${door()}${path}`)));
    const waiting = paths.map((path, i) =>
      curl(withQuery(`${door()}${path}`, `index=${before[i]!.headers.get('x-consul-index')}&wait=20s`)),
    );
    const registeredAt = performance.now();
    await hosts().host.consul().agent.service.register({ name, port: 1 });
    const after = await Promise.all(waiting);
    expect(performance.now() - registeredAt).toBeLessThan(2_000);
    expect(after.map(({ body }) => body.includes(name))).toEqual([true, true, true]);
    expect(after.every((answer, i) => indexOf(answer) > indexOf(before[i]!))).toBe(true);
  });

  test('a blocking query without news ends after its wait, with the index it had', async () => {
    const url = `${door()}/v1/health/service/hello`;
    const index = indexOf(await curl(url));
    const startedAt = performance.now();
    const answer = await curl(`${url}?index=${index}&wait=1s`);
    const tookMs = performance.now() - startedAt;
    expect(indexOf(answer)).toBe(index);
    // Consul adds up to a sixteenth, so that waiters do not wake together.
    expect(tookMs).toBeGreaterThan(1_000);
    expect(tookMs).toBeLessThan(1_500);
  });
});

describe('at a sidecar', () => {
  test('/v1/agent/services and /checks show what this host declares, and only that', async () => {
    const { host, server } = hosts();
    const services = await host.get<Record<string, Row>>('/v1/agent/services');
    expect(services.hello).toMatchObject({
      ID: 'hello',
      Service: 'hello',
      Tags: ['v1'],
      Meta: { team: 'blue' },
    });
    const checks = await host.get<Record<string, Row>>('/v1/agent/checks');
    expect(checks['service:hello']).toMatchObject({
      Node: 'host-a',
      ServiceName: 'hello',
      Status: 'passing',
    });
    expect(await server.get('/v1/agent/services')).toEqual({});
  });

  test.each(['stale', 'cached'])('?%s is answered from the copy', async (option) => {
    const { headers, json } = await curl(`${hosts().host.url}/v1/health/service/hello?${option}`);
    expect(json<unknown[]>()).toHaveLength(1);
    expect(headers.get('x-consul-lastcontact')).toBe('0');
    expect(headers.get('x-cache')).toBe(option === 'cached' ? 'HIT' : null);
  });
});

describe('at the edge', () => {
  const external = (address: string) => ({
    Node: 'printer',
    Address: address,
    Service: { Service: 'print', Port: 631, Tags: ['floor1'] },
  });

  test('PUT /v1/catalog/register and deregister write what every sidecar then shows', async () => {
    const { server, host } = hosts();
    expect((await put(`${server.edgeUrl}/v1/catalog/register`, external('10.0.0.9'))).json()).toBe(true);
    await until('the copy has it', async () => (await shown(host)).length === 1);
    expect((await host.dig('print.service.consul')).answer).toEqual([
      'print.service.consul. 0 IN A 10.0.0.9',
    ]);
    const gone = await put(`${server.edgeUrl}/v1/catalog/deregister`, { Node: 'printer' });
    expect(gone.json()).toBe(true);
    await until('the copy has lost it', async () => (await shown(host)).length === 0);
  });

  test('an agent is not to be found: its own endpoints say where it is', async () => {
    const { status, body } = await put(`${hosts().server.edgeUrl}/v1/agent/service/register`, {
      Name: 'web',
    });
    expect(status).toBe(400);
    expect(body).toContain('register through the sidecar of the host');
  });

  const shown = (agent: Agent) => agent.get<unknown[]>('/v1/catalog/service/print?stale');
});

const indexOf = ({ headers }: { headers: Headers }) => Number(headers.get('x-consul-index'));
const withQuery = (url: string, query: string) => `${url}${url.includes('?') ? '&' : '?'}${query}`;

describe.each(doors)('%s compresses', (_door, url) => {
  test('what is long, for who takes gzip; what it says is the same', async () => {
    const path = `${url()}/v1/openapi.json`;
    const plain = await curl(path);
    const packed = await curl(path, '--compressed');
    expect(packed.headers.get('content-encoding')).toBe('gzip');
    expect(packed.body).toBe(plain.body);
    expect([plain.headers.get('content-encoding'), plain.headers.get('content-length')]).toEqual([
      null,
      String(plain.body.length),
    ]);
    for (const { headers } of [plain, packed]) expect(headers.get('vary')).toBe('Accept-Encoding');
  });

  test('nothing that is short, no head, and no part, for nobody is given one', async () => {
    const short = await curl(`${url()}/v1/status/leader`, '--compressed');
    expect([short.headers.get('content-encoding'), short.headers.get('vary')]).toEqual([
      null,
      'Accept-Encoding',
    ]);
    const head = await curl(`${url()}/v1/openapi.json`, '--compressed', '--head');
    expect([head.status, head.headers.get('content-encoding')]).toEqual([405, null]);
    const part = await curl(`${url()}/v1/openapi.json`, '--compressed', '--range', '0-9');
    expect([part.status, part.json<{ openapi: string }>().openapi]).toEqual([200, expect.any(String)]);
  });
});

describe.each(doors.slice(1))('%s', (_door, url) => {
  test.each([
    ['half closes', (socket: Socket) => socket.end()],
    ['closes', (socket: Socket) => socket.destroy()],
    ['resets', (socket: Socket) => socket.resetAndDestroy()],
  ])('gives a blocking query up when its client %s the connection', async (_how, leave) => {
    const edge = hosts().server.edgeUrl;
    const waiters = async () => {
      const { Stats } = (await curl(`${edge}/v1/agent/self`)).json<{
        Stats: { rollcall: { waiters: string } };
      }>();
      return Number(Stats.rollcall.waiters);
    };
    const before = await waiters();
    const { hostname, port } = new URL(url());
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    socket.on('error', () => undefined);
    socket.write('GET /v1/kv/waited-for?index=1000000&wait=10m HTTP/1.1\r\nHost: x\r\n\r\n');
    await until('it waits', async () => (await waiters()) === before + 1);
    leave(socket);
    await until('nobody waits', async () => (await waiters()) === before, 5_000);
    socket.destroy();
  });
});
