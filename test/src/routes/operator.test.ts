/** /v1/operator over HTTP: a cluster of one. */
import { expect, it } from 'vitest';
import { EdgeHttp, type HttpCase, runCase } from '../edge-http.ts';

const peer = '/v1/operator/raft/peer';
const autopilot = '/v1/operator/autopilot/configuration';

const cases: HttpCase[] = [
  {
    law: 'the edge is the only server and stays',
    exchanges: [
      [
        'GET /v1/operator/raft/configuration',
        undefined,
        200,
        { Servers: [{ Node: 'edge', Leader: true, Voter: true, ProtocolVersion: '3' }], Index: 0 },
      ],
      [
        `DELETE ${peer}`,
        undefined,
        400,
        "Must specify either ?id with the server's ID or ?address with IP:port of peer to remove",
      ],
      [`DELETE ${peer}?id=x&address=y`, undefined, 400, 'Must specify only one of ?id or ?address'],
      [`DELETE ${peer}?id=x`, undefined, 500, 'id "x" was not found in the Raft configuration'],
      [`DELETE ${peer}?address=x`, undefined, 500, 'address "x" was not found in the Raft configuration'],
      ['POST /v1/operator/raft/transfer-leader', undefined, 500, 'cannot find peer'],
      ['GET /v1/operator/autopilot/health', undefined, 200, { Healthy: true, Servers: [{ Leader: true }] }],
      [
        'GET /v1/operator/autopilot/state',
        undefined,
        200,
        { Healthy: true, Leader: expect.stringMatching(/^[0-9a-f-]{36}$/) },
      ],
    ],
  },
  {
    law: 'the autopilot configuration is kept',
    exchanges: [
      [`GET ${autopilot}`, undefined, 200, { LastContactThreshold: '200ms', MaxTrailingLogs: 250 }],
      [`PUT ${autopilot}?cas=0`, { CleanupDeadServers: true, LastContactThreshold: '300ms' }, 200, 'true'],
      [`GET ${autopilot}`, undefined, 200, { LastContactThreshold: '300ms', ServerStabilizationTime: '0s' }],
      [`PUT ${autopilot}?cas=0`, {}, 200, 'false'],
      [`PUT ${autopilot}?cas=1`, {}, 200, 'false'],
      [
        `PUT ${autopilot}?cas=x`,
        {},
        400,
        'Error parsing cas value: strconv.ParseUint: parsing "x": invalid syntax',
      ],
      [`PUT ${autopilot}`, { Bla: 'x' }, 400, 'Error parsing autopilot config: json: unknown field "Bla"'],
      [
        `PUT ${autopilot}`,
        { LastContactThreshold: 'x' },
        400,
        'Error parsing autopilot config: time: invalid duration "x"',
      ],
      [`GET ${autopilot}`, undefined, 200, { LastContactThreshold: '300ms' }],
    ],
  },
  {
    law: 'there are no keys',
    exchanges: [
      ['GET /v1/operator/keyring', undefined, 500, 'Keyring is empty (encryption not enabled)'],
      ['PUT /v1/operator/keyring', { Key: 'x' }, 500, 'Keyring is empty (encryption not enabled)'],
      ['GET /v1/operator/keyring?relay-factor=5', undefined, 500, /empty/],
      [
        'GET /v1/operator/keyring?relay-factor=6',
        undefined,
        400,
        'Invalid relay-factor: Relay factor must be in range: [0, 5]',
      ],
      [
        'GET /v1/operator/keyring?relay-factor=x',
        undefined,
        400,
        'Error parsing relay factor: strconv.Atoi: parsing "x": invalid syntax',
      ],
    ],
  },
];

it.each(cases)('$law', runCase);

it('usage counts services and instances', async () => {
  const edge = await EdgeHttp.of('usage');
  const usage = async () => {
    const { Usage } = await edge.get<{ Usage: Record<string, object> }>('/v1/operator/usage');
    return Usage[edge.datacenter];
  };
  expect(await usage()).toMatchObject({ Nodes: 0, Services: 0, ServiceInstances: 0 });
  await edge.register('n1', { Service: { Service: 'web' } });
  await edge.register('n2', { Service: { Service: 'web' } });
  await edge.register('n2', { Service: { Service: 'native', Connect: { Native: true } } });
  await edge.register('n2', {
    Service: {
      Kind: 'connect-proxy',
      Service: 'web-proxy',
      Port: 1,
      Proxy: { DestinationServiceName: 'web' },
    },
  });
  expect(await usage()).toEqual({
    Nodes: 2,
    Services: 3,
    ServiceInstances: 4,
    ConnectServiceInstances: {
      'connect-native': 1,
      'connect-proxy': 1,
      'mesh-gateway': 0,
      'terminating-gateway': 0,
      'ingress-gateway': 0,
      'api-gateway': 0,
    },
    BillableServiceInstances: 3,
  });
});

it('the last server cannot be removed', async () => {
  const edge = await EdgeHttp.of('last server');
  const { Servers } = await edge.get<{ Servers: { ID: string; Address: string }[] }>(
    '/v1/operator/raft/configuration',
  );
  const { ID, Address } = Servers[0]!;
  for (const query of [`id=${ID}`, `address=${Address}`])
    await edge.exchange([
      `DELETE ${peer}?${query}`,
      undefined,
      500,
      'need at least one voter in configuration: {[]}',
    ]);
});

it('usage everywhere is that of each datacenter', async () => {
  const [one, other] = [await EdgeHttp.of('usage one'), await EdgeHttp.of('usage other')];
  await one.register('n1');
  const { Usage } = await other.get<{ Usage: object }>('/v1/operator/usage?global');
  expect(Usage).toMatchObject({ [one.datacenter]: { Nodes: 1 }, [other.datacenter]: { Nodes: 0 } });
});
