import type { Hono } from 'hono';
import { datacenterOf, joinedDatacenter } from '../datacenters.ts';
import type { Env } from '../env.ts';
import { ApiError } from '../shared/api-error.ts';
import { endpoint } from '../shared/http/endpoint.ts';
import { syncPath } from '../shared/protocol/version.ts';

/** The sidecars' connection: the upgrade is handed to the object, which holds the socket from then on. */
export function syncRoutes(app: Hono<{ Bindings: Env }>): void {
  endpoint(app, syncPath, {
    GET: async (c) => {
      if (c.req.header('Upgrade')?.toLowerCase() !== 'websocket')
        throw new ApiError(426, 'this is where sidecars connect: rollcall agent -retry-join=<this host>');
      // Joining makes a datacenter exist, following one does not.
      const find = c.req.query('follow') === undefined ? joinedDatacenter : datacenterOf;
      const datacenter = await find(c.env, c.req.query('dc'));
      return datacenter.fetch(c.req.raw);
    },
  });
}
