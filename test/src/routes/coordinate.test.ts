/** /v1/coordinate over HTTP; answers and errors are those of Consul 1.8.7. */
import { expect, it } from 'vitest';
import { EdgeHttp, type HttpCase, runCase } from '../edge-http.ts';

const Coord = { Vec: [0.1, 0.2, 0, 0, 0, 0, 0, 0.8], Error: 1.5, Adjustment: 0, Height: 0.00001 };
const node = { Node: 'n1', Address: '10.0.0.1' };

const cases: HttpCase[] = [
  {
    law: 'a coordinate is kept with its node',
    exchanges: [
      ['PUT /v1/catalog/register', node, 200, 'true'],
      ['GET /v1/coordinate/nodes', undefined, 200, '[]'],
      ['PUT /v1/coordinate/update', { Node: 'N1', Coord }, 200, ''],
      ['GET /v1/coordinate/node/n1', undefined, 200, [{ Node: 'n1', Segment: '', Coord }]],
      ['GET /v1/coordinate/node/n1?segment=x', undefined, 404, ''],
      ['GET /v1/coordinate/nodes', undefined, 200, [{ Node: 'n1', Segment: '', Coord }]],
      ['PUT /v1/catalog/deregister', { Node: 'n1' }, 200, 'true'],
      ['PUT /v1/catalog/register', node, 200, 'true'],
      ['GET /v1/coordinate/node/n1', undefined, 404, ''],
    ],
  },
  {
    law: 'a coordinate that is refused or dropped',
    exchanges: [
      ['PUT /v1/coordinate/update', { Node: 'none', Coord }, 200, ''],
      ['GET /v1/coordinate/node/none', undefined, 404, ''],
      ['PUT /v1/coordinate/update', { Node: 'n1', Coord: { Vec: [1] } }, 500, 'incompatible coordinate'],
      ['PUT /v1/coordinate/update', {}, 500, 'incompatible coordinate'],
      [
        'PUT /v1/coordinate/update',
        { Node: 'n1', Coord: { ...Coord, Error: 'x' } },
        500,
        'invalid coordinate',
      ],
      [
        'PUT /v1/coordinate/update',
        'x',
        400,
        "Request decode failed: invalid character 'x' looking for beginning of value",
      ],
    ],
  },
  {
    law: 'coordinates of datacenters are the origin',
    exchanges: [
      [
        'GET /v1/coordinate/datacenters',
        undefined,
        200,
        expect.arrayContaining([
          expect.objectContaining({
            Datacenter: 'dc1',
            AreaID: 'wan',
            Coordinates: [expect.objectContaining({ Node: 'edge', Segment: '' })],
          }),
        ]),
      ],
    ],
  },
];

it.each(cases)('$law', runCase);

it('an update that says the same again raises no index', async () => {
  const edge = await EdgeHttp.of('coordinate index');
  await edge.register('n1');
  await edge.ask('PUT /v1/coordinate/update', { Node: 'n1', Coord });
  const index = await edge.indexOf('/v1/coordinate/nodes');
  await edge.ask('PUT /v1/coordinate/update', { Node: 'n1', Coord });
  expect(await edge.indexOf('/v1/coordinate/nodes')).toBe(index);
  await edge.ask('PUT /v1/coordinate/update', { Node: 'n1', Coord: { ...Coord, Error: 1 } });
  expect(await edge.indexOf('/v1/coordinate/nodes')).toBe(index + 1);
});
