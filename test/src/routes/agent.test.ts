/** /v1/agent and /v1/status at the edge, which is a server without a host of its own. */
import { describe, expect, it } from 'vitest';
import { makeAgent, openSocket } from '../datacenter/edge-socket.ts';
import { answer, put, request } from '../edge-request.ts';

interface Member {
  Name: string;
  Addr: string;
  Port: number;
  Status: number;
  Tags: Record<string, string>;
}
const membersOf = async (datacenter: string) =>
  (await request(`/v1/agent/members?dc=${datacenter}`)).json<Member[]>();

describe('self', () => {
  it('is the edge, with its numbers', async () => {
    const self = await (await request('/v1/agent/self')).json<Record<string, Record<string, unknown>>>();
    expect(self.Config).toMatchObject({
      Datacenter: 'dc1',
      PrimaryDatacenter: 'dc1',
      NodeName: 'edge',
      Server: true,
    });
    expect(self.Member).toMatchObject({ Name: 'edge', Addr: '127.0.0.1', Port: 8300, Status: 1 });
    expect(self.Stats!.rollcall).toMatchObject({ applied_index: '1', connections: '0', waiters: '0' });
  });

  it('of another datacenter says its name', async () => {
    await openSocket('self2');
    const self = await (await request('/v1/agent/self?dc=self2')).json<{ Config: { Datacenter: string } }>();
    expect(self.Config.Datacenter).toBe('self2');
  });
});

describe('members', () => {
  it('are the edge and the hosts, by name', async () => {
    for (const node of ['n2', 'n1']) await (await openSocket('members')).join({ Agent: makeAgent(node) });
    const members = await membersOf('members');
    expect(members.map(({ Name, Status, Tags }) => [Name, Status, Tags.role])).toEqual([
      ['edge', 1, 'consul'],
      ['n1', 1, 'node'],
      ['n2', 1, 'node'],
    ]);
  });

  it('a host that an edge stands beside is the server', async () => {
    await (await openSocket('beside')).join({ Agent: makeAgent('n1', { Role: 'server', ServerPort: 8300 }) });
    expect((await membersOf('beside')).map(({ Name, Tags }) => [Name, Tags.role])).toEqual([
      ['n1', 'consul'],
    ]);
  });

  it('a node without a sidecar is none', async () => {
    await put('/v1/catalog/register', { Node: 'x1', Address: '10.0.0.1' });
    expect((await membersOf('dc1')).map(({ Name }) => Name)).toEqual(['edge']);
  });

  it('are pretty when asked', async () => {
    expect(await (await request('/v1/agent/members?pretty')).text()).toMatch(/^\[\n {4}\{\n/);
  });
});

describe('what needs a host', () => {
  const noHost =
    '400 this is the edge, which has no host of its own: register through the sidecar of the host (port 8500 there), ' +
    'or with PUT /v1/catalog/register here';
  it.each([
    ['PUT', '/v1/agent/service/register'],
    ['PUT', '/v1/agent/check/pass/c'],
    ['GET', '/v1/agent/services'],
    ['PUT', '/v1/agent/leave'],
    ['GET', '/v1/agent/metrics/stream'],
  ])('is refused with the ways that work: %s %s', async (method, path) => {
    expect(await answer(request(path, { method }))).toBe(noHost);
  });
});

describe('status', () => {
  it.each([
    { law: 'the address that was asked', url: 'http://127.0.0.1:8300', gives: '127.0.0.1:8300' },
    { law: 'with the port of the scheme', url: 'http://localhost', gives: 'localhost:80' },
    { law: 'with the port of TLS', url: 'https://localhost', gives: 'localhost:443' },
    {
      law: 'the address to which it is advertised',
      url: 'http://127.0.0.1:9',
      ROLLCALL_ADVERTISE: '10.0.0.5:8300',
      gives: '10.0.0.5:8300',
    },
  ])('names $law', async ({ url, gives, ROLLCALL_ADVERTISE }) => {
    const bindings = ROLLCALL_ADVERTISE === undefined ? {} : { ROLLCALL_ADVERTISE };
    expect(await answer(request(`${url}/v1/status/leader`, {}, bindings))).toBe(`200 "${gives}"`);
    expect(await answer(request(`${url}/v1/status/peers`, {}, bindings))).toBe(`200 ["${gives}"]`);
  });

  it.each(['leader', 'peers'])('tells no %s of a datacenter that is not there', async (what) => {
    expect(await answer(request(`/v1/status/${what}?dc=nowhere`))).toBe('500 No path to datacenter');
  });
});
