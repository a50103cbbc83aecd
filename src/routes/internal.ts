/** /v1/internal/ui: what Consul's own web UI asks for. Nobody else should, but some do. */
import type { Context, Hono } from 'hono';
import type { Env } from '../env.ts';
import { recordResponse } from '../record-response.ts';
import { ApiError } from '../shared/api-error.ts';
import { endpoint, jsonResponse, pathRest } from '../shared/http/endpoint.ts';
import { queryOptionsOf } from '../shared/read/query-options.ts';

const nodePath = '/v1/internal/ui/node/';

export function internalRoutes(app: Hono<{ Bindings: Env }>): void {
  const empty = (c: Context<{ Bindings: Env }>) => jsonResponse([], queryOptionsOf(c).Pretty);
  endpoint(app, '/v1/internal/ui/nodes', { GET: (c) => recordResponse(c, { Kind: 'ui-nodes' }) });
  endpoint(app, '/v1/internal/ui/services', { GET: (c) => recordResponse(c, { Kind: 'ui-services' }) });
  endpoint(app, '/v1/internal/ui/catalog-overview', {
    GET: (c) => recordResponse(c, { Kind: 'ui-overview' }),
  });
  endpoint(app, `${nodePath}*`, {
    GET: (c) => {
      const node = pathRest(c, nodePath);
      if (node === '') throw new ApiError(400, 'Missing node name');
      return recordResponse(
        c,
        { Kind: 'ui-node', Node: node },
        { missing: () => new Response(null, { status: 404 }) },
      );
    },
  });
  endpoint(app, '/v1/internal/ui/exported-services', { GET: empty });
  endpoint(app, '/v1/internal/ui/gateway-services-nodes/*', { GET: empty });
  endpoint(app, '/v1/internal/federation-states', { GET: empty });
}
