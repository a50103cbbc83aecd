/** /v1/snapshot. Source: https://developer.hashicorp.com/consul/api-docs/snapshot. */
import type { Hono } from 'hono';
import { datacenterOf } from '../datacenters.ts';
import type { Env } from '../env.ts';
import { endpoint } from '../shared/http/endpoint.ts';
import { queryOptionsOf } from '../shared/read/query-options.ts';
import { readHeaders } from '../shared/read/read-routes.ts';

export function snapshotRoutes(app: Hono<{ Bindings: Env }>): void {
  endpoint(app, '/v1/snapshot', {
    GET: async (c) => {
      const { Datacenter } = queryOptionsOf(c);
      const datacenter = await datacenterOf(c.env, Datacenter);
      const { Archive, Index } = await datacenter.takeSnapshot();
      const meta = readHeaders({ Index, KnownLeader: true, LastContactMs: 0 });
      return new Response(Archive, { headers: { 'Content-Type': 'application/x-gzip', ...meta } });
    },
    PUT: async (c) => {
      const { Datacenter } = queryOptionsOf(c);
      const datacenter = await datacenterOf(c.env, Datacenter);
      await datacenter.restoreSnapshot(c.req.raw.body ?? new Blob().stream());
      return new Response(null);
    },
  });
}
