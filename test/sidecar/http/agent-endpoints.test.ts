import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fillDisk } from '../scratch.ts';
import { anAgent } from './an-agent.ts';

type Agent = Awaited<ReturnType<typeof anAgent>>;

const web = { ID: 'web1', Name: 'web', Port: 80, Tags: ['v1'], Check: { CheckID: 'c1', TTL: '10s' } };

async function withWeb(): Promise<Agent> {
  const agent = await anAgent();
  expect(await agent.said(agent.put('/v1/agent/service/register', web))).toEqual([200, '']);
  return agent;
}

describe('a service', () => {
  test('is shown as it was registered, with the agent’s datacenter', async () => {
    const { json } = await withWeb();
    const shown = {
      ID: 'web1',
      Service: 'web',
      Tags: ['v1'],
      Meta: {},
      Port: 80,
      Address: '',
      Weights: { Passing: 1, Warning: 1 },
      EnableTagOverride: false,
      Datacenter: 'dc1',
    };
    expect(await json('/v1/agent/services')).toEqual({ web1: shown });
    const one = await json('/v1/agent/service/web1');
    expect(one).toEqual({ ...shown, ContentHash: expect.stringMatching(/^[0-9a-f]{16}$/) });
  });

  test.each([
    [{ Proxy: { DestinationServiceName: 'x' } }, {}],
    [{ Connect: { SidecarService: {} } }, {}],
    [{ Connect: { Native: true, SidecarService: {} } }, { Connect: { Native: true } }],
    [
      { Kind: 'connect-proxy', Proxy: { DestinationServiceName: 'x' } },
      { Kind: 'connect-proxy', Proxy: { DestinationServiceName: 'x' } },
    ],
  ])('is shown with what it is in a mesh, not with what was asked for: %j', async (stanzas, shown) => {
    const { put, said, json } = await anAgent();
    expect(await said(put('/v1/agent/service/register', { Name: 'm', Port: 80, ...stanzas }))).toEqual([
      200,
      '',
    ]);
    const {
      ID,
      Service,
      Tags,
      Meta,
      Port,
      Address,
      Weights,
      EnableTagOverride,
      Datacenter,
      ContentHash,
      ...mesh
    } = await json('/v1/agent/service/m');
    expect(mesh).toEqual(shown);
  });

  test('has a hash of its content, in a header too, that changes with it', async () => {
    const { get, put } = await withWeb();
    const hash = async () => (await get('/v1/agent/service/web1')).headers.get('X-Consul-ContentHash');
    const first = await hash();
    expect(await hash()).toBe(first);
    await put('/v1/agent/service/register', { ...web, Port: 81 });
    expect(await hash()).not.toBe(first);
  });

  test('keeps the checks that a new registration does not name, unless they are to be replaced', async () => {
    const { put, json } = await withWeb();
    const again = { ...web, Check: { CheckID: 'c2', TTL: '10s' } };
    const ids = async () => Object.keys(await json('/v1/agent/checks')).sort();
    await put('/v1/agent/service/register', again);
    expect(await ids()).toEqual(['c1', 'c2']);
    await put('/v1/agent/service/register?replace-existing-checks=false', again);
    expect(await ids()).toEqual(['c1', 'c2']);
    await put('/v1/agent/service/register?replace-existing-checks', again);
    expect(await ids()).toEqual(['c2']);
  });

  test('goes with its checks', async () => {
    const { put, said, json } = await withWeb();
    expect(await said(put('/v1/agent/service/deregister/web1'))).toEqual([200, '']);
    expect([await json('/v1/agent/services'), await json('/v1/agent/checks')]).toEqual([{}, {}]);
  });

  test('whose ID has a slash and a space is found by its escaped path', async () => {
    const { put, said, json } = await anAgent();
    await put('/v1/agent/service/register', { ID: 'we b/x', Name: 'web' });
    expect(await json('/v1/agent/service/we%20b%2Fx')).toMatchObject({ ID: 'we b/x' });
    expect(await said(put('/v1/agent/service/deregister/we%20b%2Fx'))).toEqual([200, '']);
  });
});

describe('a check', () => {
  test.each([
    ['pass', 'passing', '?note=fine', 'fine'],
    ['warn', 'warning', '?note=slow', 'slow'],
    ['fail', 'critical', '?note=dead', 'dead'],
    ['pass', 'passing', '', ''],
  ])('%s makes it %s', async (word, Status, query, Output) => {
    const { put, said, json } = await withWeb();
    expect(await said(put(`/v1/agent/check/${word}/c1${query}`))).toEqual([200, '']);
    expect(await json('/v1/agent/checks')).toMatchObject({
      c1: {
        Status,
        Output,
        ServiceID: 'web1',
        ServiceName: 'web',
        ServiceTags: ['v1'],
        Type: 'ttl',
        Node: 'n1',
      },
    });
  });

  test('is updated by a body', async () => {
    const { put, said, json } = await withWeb();
    const body = { Status: 'warning', Output: 'x'.repeat(10) };
    expect(await said(put('/v1/agent/check/update/c1', body))).toEqual([200, '']);
    expect(await json('/v1/agent/checks')).toMatchObject({ c1: body });
  });

  test('expires, and lives again when it is told', async () => {
    const { put, json, clock } = await withWeb();
    await put('/v1/agent/check/pass/c1');
    clock.advance(9999);
    expect(await json('/v1/agent/checks')).toMatchObject({ c1: { Status: 'passing' } });
    clock.advance(1);
    expect(await json('/v1/agent/checks')).toMatchObject({
      c1: { Status: 'critical', Output: 'TTL expired' },
    });
    await put('/v1/agent/check/pass/c1');
    expect(await json('/v1/agent/checks')).toMatchObject({ c1: { Status: 'passing' } });
  });

  test('of the node and of a service are registered and deregistered alone', async () => {
    const { put, said, json } = await withWeb();
    await put('/v1/agent/check/register', { Name: 'mem', TTL: '5s' });
    await put('/v1/agent/check/register', {
      ID: 'c2',
      Name: 'two',
      TTL: '5s',
      ServiceID: 'web1',
      Notes: 'n',
    });
    expect(await json('/v1/agent/checks?filter=ServiceID==web1')).toMatchObject({
      c1: {},
      c2: { Notes: 'n' },
    });
    expect(await said(put('/v1/agent/check/deregister/mem'))).toEqual([200, '']);
    expect(Object.keys(await json('/v1/agent/checks'))).toEqual(['c1', 'c2']);
  });
});

const unknownCheck = 'Unknown check ID "nope". Ensure that the check ID is passed, not the check name.';
const unknownService =
  'Unknown service ID "nope". Ensure that the service ID is passed, not the service name.';
const noScripts =
  "Scripts are disabled on this agent from remote calls; to enable, configure 'enable_script_checks' to true";
const script = { Args: ['true'], Interval: '10s' };

describe('what is wrong is told in the words of Consul', () => {
  test.each<[string, string, unknown, number, string]>([
    ['GET', '/v1/agent/service/nope', undefined, 404, 'unknown service ID: nope'],
    ['PUT', '/v1/agent/service/deregister/nope', undefined, 404, unknownService],
    [
      'PUT',
      '/v1/agent/service/deregister/',
      undefined,
      404,
      'Unknown service ID "". Ensure that the service ID is passed, not the service name.',
    ],
    ['PUT', '/v1/agent/service/register', {}, 400, 'Missing service name'],
    ['PUT', '/v1/agent/service/register', '', 400, 'Request decode failed: EOF'],
    ['PUT', '/v1/agent/service/register', '{', 400, 'Request decode failed: unexpected EOF'],
    [
      'PUT',
      '/v1/agent/service/register',
      { Name: 'x', Nope: 1 },
      400,
      'Request decode failed: json: unknown field "Nope"',
    ],
    ['PUT', '/v1/agent/service/register', { Name: 'x', Address: '0.0.0.0' }, 400, 'Invalid service address'],
    ['PUT', '/v1/agent/service/register', { Name: 'x', Check: script }, 500, noScripts],
    ['PUT', '/v1/agent/service/maintenance/', undefined, 400, 'Missing service ID'],
    ['PUT', '/v1/agent/service/maintenance/web1', undefined, 400, 'Missing value for enable'],
    ['PUT', '/v1/agent/service/maintenance/web1?enable=xx', undefined, 400, 'Invalid value for enable: "xx"'],
    [
      'PUT',
      '/v1/agent/service/maintenance/nope?enable=1',
      undefined,
      404,
      'No service registered with ID "nope"',
    ],
    ['PUT', '/v1/agent/maintenance', undefined, 400, 'Missing value for enable'],
    ['PUT', '/v1/agent/check/register', { TTL: '5s' }, 400, 'Missing check name'],
    ['PUT', '/v1/agent/check/register', { Name: 'x', ...script }, 500, noScripts],
    [
      'PUT',
      '/v1/agent/check/register',
      { Name: 'x', TTL: '5s', ServiceID: 'nope' },
      404,
      'ServiceID "nope" does not exist',
    ],
    ['PUT', '/v1/agent/check/deregister/nope', undefined, 404, unknownCheck],
    [
      'PUT',
      '/v1/agent/check/deregister/',
      undefined,
      404,
      'Unknown check ID "". Ensure that the check ID is passed, not the check name.',
    ],
    ['PUT', '/v1/agent/check/pass/nope', undefined, 404, unknownCheck],
    ['PUT', '/v1/agent/check/update/nope', { Status: 'passing' }, 404, unknownCheck],
    ['PUT', '/v1/agent/check/update/c1', { Status: '' }, 400, "Invalid check status: ''"],
    [
      'PUT',
      '/v1/agent/check/update/c1',
      'x',
      400,
      expect.stringContaining('Request decode failed: ') as string,
    ],
    ['GET', '/v1/agent/health/service/id/', undefined, 400, 'Missing serviceID'],
    ['GET', '/v1/agent/health/service/name/', undefined, 400, 'Missing service Name'],
    ['PUT', '/v1/agent/token/default', {}, 401, 'ACL support disabled'],
    ['GET', '/v1/agent/nope', undefined, 404, 'Invalid URL path: not a recognized HTTP API endpoint\n'],
    ['POST', '/v1/agent/services', undefined, 405, 'method POST not allowed'],
  ])('%s %s %j', async (method, path, body, status, text) => {
    const { ask, said, edge } = await withWeb();
    const init = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
    expect(await said(ask(method, path, init))).toEqual([status, text]);
    expect(edge.asked).toEqual([]);
  });

  test('a filter that does not fit', async () => {
    const { said, get } = await withWeb();
    const text = 'Failed to create boolean expression evaluator: Selector "Bogus" is not valid';
    for (const path of ['services', 'checks'])
      expect(await said(get(`/v1/agent/${path}?filter=Bogus==1`))).toEqual([400, text]);
  });
});

test('scripts are registered where the host allows it', async () => {
  const { put, said } = await anAgent({ scriptsAllowed: true });
  expect(await said(put('/v1/agent/check/register', { Name: 'x', ...script }))).toEqual([200, '']);
});

test('filters choose, ?pretty is for eyes', async () => {
  const { put, json, get } = await withWeb();
  await put('/v1/agent/service/register', { Name: 'db', Port: 5432 });
  expect(Object.keys(await json('/v1/agent/services?filter=Service==db'))).toEqual(['db']);
  expect(await (await get('/v1/agent/services?pretty&filter=Port==1')).text()).toBe('{}\n');
  expect(await (await get('/v1/agent/checks?pretty')).text()).toMatch(/^{\n {4}"c1": {\n {8}"Node": "n1",\n/);
});

describe('the health of a service', () => {
  test.each([
    ['passing', 200],
    ['warning', 429],
    ['critical', 503],
  ])('that is %s is %d, as JSON and as a word', async (Status, code) => {
    const { put, get } = await withWeb();
    await put('/v1/agent/check/update/c1', { Status });
    for (const path of ['id/web1', 'name/web']) {
      const asJson = await get(`/v1/agent/health/service/${path}`);
      const body = await asJson.json();
      expect([asJson.status, asJson.headers.get('X-Consul-Reason')]).toEqual([code, Status]);
      expect([body].flat()[0]).toMatchObject({
        AggregatedStatus: Status,
        Service: { ID: 'web1' },
        Checks: [{ CheckID: 'c1' }],
      });
      const asText = await get(`/v1/agent/health/service/${path}?format=text`);
      expect([asText.status, await asText.text()]).toEqual([code, Status]);
      const accepted = await get(`/v1/agent/health/service/${path}`, { Accept: 'text/plain' });
      expect([await accepted.text(), accepted.headers.get('Content-Type')]).toEqual([Status, 'text/plain']);
      const others = await get(`/v1/agent/health/service/${path}`, {
        Accept: 'application/json, text/plain, */*',
      });
      expect([others.status, others.headers.get('Content-Type')]).toEqual([code, 'application/json']);
    }
  });

  test.each([['/v1/agent/service/maintenance/web1?enable=true'], ['/v1/agent/maintenance?enable=true']])(
    'in maintenance (%s) is 503 until it ends',
    async (path) => {
      const { put, get, said } = await withWeb();
      await put('/v1/agent/check/pass/c1');
      await put(`${path}&reason=work`);
      const word = () => said(get('/v1/agent/health/service/id/web1?format=text'));
      expect(await word()).toEqual([503, 'maintenance']);
      await put(path.replace('true', 'false'));
      expect(await word()).toEqual([200, 'passing']);
    },
  );

  test('is that of the worst of its instances and of the node', async () => {
    const { put, get, said } = await withWeb();
    await put('/v1/agent/check/pass/c1');
    await put('/v1/agent/service/register', {
      ID: 'web2',
      Name: 'web',
      Check: { TTL: '5s', Status: 'warning' },
    });
    expect(await said(get('/v1/agent/health/service/name/web?format=text'))).toEqual([429, 'warning']);
    await put('/v1/agent/check/register', { Name: 'disk', TTL: '5s' });
    expect(await said(get('/v1/agent/health/service/id/web1?format=text'))).toEqual([503, 'critical']);
  });

  test.each([
    ['id/nope', '{"AggregatedStatus":"critical","Service":null,"Checks":null}', 'ServiceId nope not found'],
    ['name/nope', '[]', 'ServiceName nope Not Found'],
  ])('of %s is not found', async (path, body, text) => {
    const { said, get } = await withWeb();
    expect(await said(get(`/v1/agent/health/service/${path}`))).toEqual([404, body]);
    expect(await said(get(`/v1/agent/health/service/${path}?format=text`))).toEqual([404, text]);
  });

  test('without checks is passing', async () => {
    const { put, get, said } = await anAgent();
    await put('/v1/agent/service/register', { Name: 'bare' });
    expect(await said(get('/v1/agent/health/service/id/bare?format=text'))).toEqual([200, 'passing']);
  });
});

test('the agent says who it is', async () => {
  const { json } = await withWeb();
  expect(await json('/v1/agent/self')).toMatchObject({
    Config: {
      Datacenter: 'dc1',
      NodeName: 'n1',
      NodeID: '00000000-0000-0000-0000-000000000001',
      Server: false,
    },
    Stats: { agent: { checks: '1', services: '1' }, rollcall: { sync: 'stopped' } },
    Meta: { zone: 'z1' },
  });
});

test.each(['reload', 'leave'])('%s is passed on, once', async (what) => {
  const { put, said, done } = await anAgent();
  expect([await said(put(`/v1/agent/${what}`)), done]).toEqual([[200, ''], [what]]);
});

test('a registration on a full disk is a 500, and nothing is registered', async () => {
  const { put, said, json, dataDir } = await anAgent();
  fillDisk(join(dataDir, 'local/definitions.json'));
  expect(await said(put('/v1/agent/service/register', web))).toEqual([
    500,
    'the data directory cannot be written, so nothing was changed: ENOSPC: no space left on device, write',
  ]);
  expect([await json('/v1/agent/services'), await json('/v1/agent/checks')]).toEqual([{}, {}]);
});
