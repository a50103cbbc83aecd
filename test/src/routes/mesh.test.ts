/** What Rollcall has not (mesh, access rules, Consul's own UI) answers as a Consul without it, and never crashes. */
import { expect, it } from 'vitest';
import { EdgeHttp, type HttpCase, runCase } from '../edge-http.ts';

const notEnabled = 'Connect must be enabled in order to use this endpoint';
const unknownKind = 'invalid config entry kind: bogus';

const cases: HttpCase[] = [
  {
    law: 'config entries are documents',
    exchanges: [
      ['GET /v1/config/service-defaults', undefined, 200, '[]'],
      ['PUT /v1/config', { Kind: 'service-defaults', Name: 'web', Protocol: 'http' }, 200, 'true'],
      [
        'GET /v1/config/service-defaults/web',
        undefined,
        200,
        { Kind: 'service-defaults', Name: 'web', MeshGateway: {}, Expose: {}, Protocol: 'http' },
      ],
      ['PUT /v1/config', { kind: 'service-resolver', name: 'a/b', ConnectTimeout: '5s' }, 200, 'true'],
      ['GET /v1/config/service-resolver/a%2Fb', undefined, 200, { Name: 'a/b', ConnectTimeout: '5s' }],
      ['GET /v1/config/service-defaults', undefined, 200, [{ Name: 'web' }]],
      ['PUT /v1/config?cas=0', { Kind: 'service-defaults', Name: 'web' }, 200, 'false'],
      ['PUT /v1/config?cas=0', { Kind: 'service-defaults', Name: 'new' }, 200, 'true'],
      ['PUT /v1/config?cas=x', { Kind: 'mesh' }, 500, 'strconv.ParseUint: parsing "x": invalid syntax'],
      ['DELETE /v1/config/service-defaults/web?cas=1', undefined, 200, 'false'],
      ['DELETE /v1/config/service-defaults/web', undefined, 200, '{}'],
      ['DELETE /v1/config/service-defaults/web', undefined, 200, '{}'],
      [
        'GET /v1/config/service-defaults/web',
        undefined,
        404,
        'Config entry not found for "service-defaults" / "web"',
      ],
    ],
  },
  {
    law: 'config entries that are refused',
    exchanges: [
      ['PUT /v1/config', { Kind: 'bogus', Name: 'x' }, 400, `Request decoding failed: ${unknownKind}`],
      ['GET /v1/config/bogus', undefined, 400, unknownKind],
      ['GET /v1/config/bogus/x', undefined, 400, unknownKind],
      ['DELETE /v1/config/bogus/x', undefined, 400, unknownKind],
      [
        'PUT /v1/config',
        { Name: 'x' },
        400,
        'Request decoding failed: Payload does not contain a kind/Kind key at the top level',
      ],
      [
        'PUT /v1/config',
        'x',
        400,
        "Request decoding failed: invalid character 'x' looking for beginning of value",
      ],
      ['PUT /v1/config', [], 400, /^Request decoding failed: /],
      ['PUT /v1/config', { Kind: 5 }, 400, /^Request decoding failed: /],
      ['PUT /v1/config', { Kind: 'service-defaults' }, 500, 'serviceName is required'],
      [
        'PUT /v1/config',
        { Kind: 'proxy-defaults', Name: 'x' },
        500,
        'invalid name ("x"), only "global" is supported',
      ],
      ['DELETE /v1/config/service-defaults', undefined, 404, 'Must provide both a kind and name to delete'],
      ['GET /v1/config/', undefined, 200, '[]'],
    ],
  },
  {
    law: 'the mesh is off',
    exchanges: [
      ['GET /v1/connect/ca/roots', undefined, 500, notEnabled],
      ['PUT /v1/connect/ca/configuration', {}, 500, notEnabled],
      ['GET /v1/connect/intentions', undefined, 200, '[]'],
      ['PUT /v1/connect/intentions/exact?source=a&destination=b', {}, 500, notEnabled],
      ['GET /v1/connect/intentions/exact?source=a&destination=b', undefined, 404, 'Intention not found'],
      ['GET /v1/connect/intentions/match?by=source&name=web', undefined, 200, '{"web":null}'],
      ['GET /v1/connect/intentions/match', undefined, 500, "required query parameter 'by' not set"],
      ['GET /v1/connect/intentions/check?source=a&destination=b', undefined, 200, '{"Allowed":true}'],
      ['GET /v1/connect/intentions/check', undefined, 500, "required query parameter 'source' not set"],
      ['GET /v1/discovery-chain/web', undefined, 200, { Chain: { ServiceName: 'web', Protocol: 'tcp' } }],
      ['GET /v1/discovery-chain/', undefined, 400, 'Missing chain name'],
      ['GET /v1/exported-services', undefined, 200, '[]'],
      ['GET /v1/peerings', undefined, 200, '[]'],
      ['GET /v1/peering/x', undefined, 404, 'Peering not found for "x"'],
      ['POST /v1/peering/token', {}, 500, 'peering must be enabled to use this endpoint'],
      ['GET /v1/namespaces', undefined, 404, /^Invalid URL path/],
    ],
  },
  {
    law: 'there are no access rules',
    exchanges: [
      ['GET /v1/acl/tokens', undefined, 401, 'ACL support disabled'],
      ['PUT /v1/acl/bootstrap', undefined, 401, 'ACL support disabled'],
      ['GET /v1/acl/token/self', undefined, 401, 'ACL support disabled'],
      ['POST /v1/acl/login', {}, 401, 'ACL support disabled'],
      ['GET /v1/acl/bootstrap', undefined, 405, 'method GET not allowed'],
    ],
  },
  {
    law: 'the nodes and services of the UI',
    exchanges: [
      [
        'PUT /v1/catalog/register',
        {
          Node: 'n1',
          Address: '10.0.0.1',
          Service: { Service: 'web', Tags: ['b', 'a'], Meta: { 'external-source': 'nomad' } },
          Checks: [
            { CheckID: 'node', Name: 'node', Status: 'warning' },
            { CheckID: 'web', Name: 'web', Status: 'passing', ServiceID: 'web' },
          ],
        },
        200,
        'true',
      ],
      [
        'GET /v1/internal/ui/services',
        undefined,
        200,
        [
          {
            Name: 'web',
            Tags: ['a', 'b'],
            Nodes: ['n1'],
            ExternalSources: ['nomad'],
            InstanceCount: 1,
            ChecksPassing: 1,
            ChecksWarning: 1,
            ChecksCritical: 0,
          },
        ],
      ],
      [
        'GET /v1/internal/ui/nodes',
        undefined,
        200,
        [{ Node: 'n1', Services: [{ ID: 'web' }], Checks: [{ CheckID: 'node' }, { CheckID: 'web' }] }],
      ],
      ['GET /v1/internal/ui/node/n1', undefined, 200, { Node: 'n1', Services: [{ ID: 'web' }] }],
      ['GET /v1/internal/ui/node/nope', undefined, 404, ''],
      ['GET /v1/internal/ui/node/', undefined, 400, 'Missing node name'],
      [
        'GET /v1/internal/ui/catalog-overview',
        undefined,
        200,
        {
          Nodes: [{ Total: 1, Warning: 1 }],
          Services: [{ Name: 'web', Total: 1, Warning: 1 }],
          Checks: [
            { Name: 'node', Total: 1, Warning: 1 },
            { Name: 'web', Total: 1, Passing: 1 },
          ],
        },
      ],
      ['GET /v1/internal/ui/gateway-services-nodes/x', undefined, 200, '[]'],
    ],
  },
];

it.each(cases)('$law', runCase);

it('the index of config entries outlives the last of them', async () => {
  const edge = await EdgeHttp.of('config index');
  await edge.ask('PUT /v1/config', { Kind: 'mesh' });
  const index = await edge.indexOf('/v1/config/mesh');
  await edge.ask('PUT /v1/config', { Kind: 'mesh' });
  expect(await edge.indexOf('/v1/config/mesh')).toBe(index);
  await edge.ask('DELETE /v1/config/mesh/mesh');
  expect(await edge.indexOf('/v1/config/mesh')).toBe(index + 1);
});
