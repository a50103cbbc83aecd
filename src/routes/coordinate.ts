/** /v1/coordinate. Source: https://developer.hashicorp.com/consul/api-docs/coordinate. */
import type { Hono } from 'hono';
import { datacenterNames, datacenterOf } from '../datacenters.ts';
import type { Env } from '../env.ts';
import { recordResponse } from '../record-response.ts';
import { decodeCoordinate, originCoordinate } from '../requests/coordinate.ts';
import { serverOf } from '../servers.ts';
import { bodyText } from '../shared/http/body-text.ts';
import { endpoint, jsonResponse, pathRest } from '../shared/http/endpoint.ts';
import { queryOptionsOf } from '../shared/read/query-options.ts';

const nodePath = '/v1/coordinate/node/';

export function coordinateRoutes(app: Hono<{ Bindings: Env }>): void {
  endpoint(app, '/v1/coordinate/datacenters', {
    GET: async (c) => {
      const { Pretty } = queryOptionsOf(c);
      const datacenters = await datacenterNames(c.env);
      const servers = datacenters.map((name) => serverOf(c.env, c.req.url, name));
      const names = (await Promise.all(servers)).map(({ Name }) => Name);
      return jsonResponse(
        datacenters.map((name, i) => datacenterCoordinates(name, names[i]!)),
        Pretty,
      );
    },
  });
  endpoint(app, '/v1/coordinate/nodes', { GET: (c) => recordResponse(c, { Kind: 'coordinates' }) });
  endpoint(app, `${nodePath}*`, {
    GET: (c) =>
      recordResponse(
        c,
        { Kind: 'coordinate', Node: pathRest(c, nodePath), Segment: c.req.query('segment') ?? '' },
        { missing: () => new Response(null, { status: 404 }) },
      ),
  });
  endpoint(app, '/v1/coordinate/update', {
    PUT: async (c) => {
      const { Datacenter } = queryOptionsOf(c);
      const coordinate = decodeCoordinate(await bodyText(c));
      await (await datacenterOf(c.env, Datacenter)).setCoordinate(coordinate);
      return new Response(null);
    },
  });
}

/** Each datacenter has one server, which nobody measures. */
const datacenterCoordinates = (Datacenter: string, Node: string) => ({
  Datacenter,
  AreaID: 'wan',
  Coordinates: [{ Node, Segment: '', Coord: originCoordinate }],
});
