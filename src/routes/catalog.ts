import type { Hono } from 'hono';
import { datacenterNames, datacenterOf } from '../datacenters.ts';
import type { Env } from '../env.ts';
import {
  decodeCatalogDeregistration,
  decodeCatalogRegistration,
} from '../shared/definition/catalog-registration.ts';
import { decodeJsonBody } from '../shared/definition/json-body.ts';
import { bodyText } from '../shared/http/body-text.ts';
import { endpoint, jsonResponse } from '../shared/http/endpoint.ts';
import { queryOptionsOf } from '../shared/read/query-options.ts';

/** The writes of /v1/catalog, and the list of datacenters; its reads are in `src/shared/read/read-routes.ts`. */
export function catalogRoutes(app: Hono<{ Bindings: Env }>): void {
  endpoint(app, '/v1/catalog/register', {
    PUT: async (c) => {
      const registration = decodeCatalogRegistration(decodeJsonBody(await bodyText(c)));
      const datacenter = await datacenterOf(c.env, registration.Datacenter || c.req.query('dc'));
      await datacenter.register(registration);
      return jsonResponse(true, c.req.query('pretty') !== undefined);
    },
  });
  endpoint(app, '/v1/catalog/deregister', {
    PUT: async (c) => {
      const what = decodeCatalogDeregistration(decodeJsonBody(await bodyText(c)));
      const datacenter = await datacenterOf(c.env, what.Datacenter || c.req.query('dc'));
      await datacenter.deregister(what);
      return jsonResponse(true, c.req.query('pretty') !== undefined);
    },
  });
  endpoint(app, '/v1/catalog/datacenters', {
    GET: async (c) => {
      const { Pretty } = queryOptionsOf(c);
      return jsonResponse(await datacenterNames(c.env), Pretty);
    },
  });
}
