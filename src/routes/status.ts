import type { Hono } from 'hono';
import { edgeAddress } from '../edge-address.ts';
import type { Env } from '../env.ts';
import { endpoint, jsonResponse } from '../shared/http/endpoint.ts';
import { queryOptionsOf } from '../shared/read/query-options.ts';

/** /v1/status: the edge is the leader and its only peer. */
export function statusRoutes(app: Hono<{ Bindings: Env }>): void {
  const address = (env: Env, url: string) => {
    const { host, port } = edgeAddress(env, url);
    return `${host}:${port}`;
  };
  endpoint(app, '/v1/status/leader', {
    GET: (c) => {
      const { Pretty } = queryOptionsOf(c);
      return jsonResponse(address(c.env, c.req.url), Pretty);
    },
  });
  endpoint(app, '/v1/status/peers', {
    GET: (c) => {
      const { Pretty } = queryOptionsOf(c);
      return jsonResponse([address(c.env, c.req.url)], Pretty);
    },
  });
}
