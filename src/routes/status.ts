import type { Context, Hono } from 'hono';
import { datacenterOf } from '../datacenters.ts';
import { edgeAddress } from '../edge-address.ts';
import type { Env } from '../env.ts';
import { endpoint, jsonResponse } from '../shared/http/endpoint.ts';
import { queryOptionsOf } from '../shared/read/query-options.ts';

/** /v1/status: the edge is the leader and its only peer. */
export function statusRoutes(app: Hono<{ Bindings: Env }>): void {
  /** Of the datacenter that is asked about, which has to exist. */
  const addressFor = async (c: Context<{ Bindings: Env }>) => {
    const { Datacenter, Pretty } = queryOptionsOf(c);
    if (Datacenter !== undefined) await datacenterOf(c.env, Datacenter);
    const { host, port } = edgeAddress(c.env, c.req.url);
    return { address: `${host}:${port}`, Pretty };
  };
  endpoint(app, '/v1/status/leader', {
    GET: async (c) => {
      const { address, Pretty } = await addressFor(c);
      return jsonResponse(address, Pretty);
    },
  });
  endpoint(app, '/v1/status/peers', {
    GET: async (c) => {
      const { address, Pretty } = await addressFor(c);
      return jsonResponse([address], Pretty);
    },
  });
}
