/**
 * The reads of /v1/catalog and /v1/health on one page. Whoever mounts them says how a query is answered: at the
 * edge by a call of the datacenter's object, in the sidecar from its cache or by forwarding.
 */
import type { Context, Env, Hono } from 'hono';
import { isApiError } from '../api-error.ts';
import { endpoint, errorResponse, jsonBody, pathRest } from '../http/endpoint.ts';
import type { Index } from '../model.ts';
import { parseQueryOptions, type QueryOptions } from './query-options.ts';
import {
  parseCatalogNode,
  parseCatalogNodes,
  parseCatalogService,
  parseCatalogServices,
  parseGatewayServices,
  parseHealthChecks,
  parseHealthNode,
  parseHealthService,
  parseHealthState,
  type ReadQuery,
} from './read-query.ts';

export interface ReadResult {
  /** JSON text. */
  Body: string;
  Index: Index;
  KnownLeader: boolean;
  /** How old the state is that was read; 0 for the authority itself. */
  LastContactMs: number;
  /** Which consistency the answer has, whatever was asked for. */
  Consistency: 'leader' | 'stale' | 'consistent';
  /** Only when the request went through the agent's cache. */
  Cache?: { Hit: boolean; AgeS: number };
}

/** Answers a query, waiting for `options.Index` to pass where it is not 0. @throws {ApiError} */
export type ExecuteRead<E extends Env> = (
  c: Context<E>,
  query: ReadQuery,
  options: QueryOptions,
) => Promise<ReadResult>;

export function readRoutes<E extends Env>(app: Hono<E>, execute: ExecuteRead<E>): void {
  const route = (path: string, parse: (params: URLSearchParams) => ReadQuery) =>
    endpoint(app, path, { GET: (c) => answer(c, parse, execute) });
  /** `path` is followed by a name. */
  const named = (path: string, parse: (name: string, params: URLSearchParams) => ReadQuery) =>
    endpoint(app, `${path}*`, {
      GET: (c) => answer(c, (params) => parse(pathRest(c, path), params), execute),
    });

  route('/v1/catalog/nodes', parseCatalogNodes);
  route('/v1/catalog/services', parseCatalogServices);
  named('/v1/catalog/service/', (name, params) => parseCatalogService('catalog.service', name, params));
  named('/v1/catalog/connect/', (name, params) => parseCatalogService('catalog.connect', name, params));
  named('/v1/catalog/node/', (node, params) => parseCatalogNode('catalog.node', node, params));
  named('/v1/catalog/node-services/', (node, params) =>
    parseCatalogNode('catalog.node-services', node, params),
  );
  named('/v1/catalog/gateway-services/', parseGatewayServices);
  named('/v1/health/node/', parseHealthNode);
  named('/v1/health/checks/', parseHealthChecks);
  named('/v1/health/service/', (name, params) => parseHealthService('health.service', name, params));
  named('/v1/health/connect/', (name, params) => parseHealthService('health.connect', name, params));
  named('/v1/health/ingress/', (name, params) => parseHealthService('health.ingress', name, params));
  named('/v1/health/state/', parseHealthState);
}

/** A fault of the request has no metadata; a fault while answering has that of an answer without a leader. */
async function answer<E extends Env>(
  c: Context<E>,
  parse: (params: URLSearchParams) => ReadQuery,
  execute: ExecuteRead<E>,
): Promise<Response> {
  const params = new URL(c.req.url).searchParams;
  const options = parseQueryOptions(params, c.req.raw.headers);
  const query = parse(params);
  try {
    return resultResponse(await execute(c, query, options), options.Pretty);
  } catch (error) {
    if (!isApiError(error)) throw error;
    const response = errorResponse(error);
    setMeta(response.headers, { Index: 0, KnownLeader: false, LastContactMs: 0 });
    return response;
  }
}

/** The answer to a read, for these and any other reads: `Body` and the metadata as headers. */
export function resultResponse(result: ReadResult, pretty: boolean): Response {
  const body = pretty ? jsonBody(JSON.parse(result.Body), true) : result.Body;
  const headers = new Headers({ 'Content-Type': 'application/json' });
  setReadHeaders(headers, result);
  if (result.Cache) headers.set('X-Cache', result.Cache.Hit ? 'HIT' : 'MISS');
  if (result.Cache?.Hit) headers.set('Age', String(Math.floor(result.Cache.AgeS)));
  return new Response(body, { headers });
}

/** The metadata of an answer, of any read. */
export function setReadHeaders(headers: Headers, result: Meta & Pick<ReadResult, 'Consistency'>): void {
  setMeta(headers, result);
  headers.set('X-Consul-Effective-Consistency', result.Consistency);
  headers.set('X-Consul-Query-Backend', 'blocking-query');
}

type Meta = Pick<ReadResult, 'Index' | 'KnownLeader' | 'LastContactMs'>;

/** An index of 0 would make a client that blocks on it spin, so none is sent. */
function setMeta(headers: Headers, { Index, KnownLeader, LastContactMs }: Meta): void {
  headers.set('X-Consul-Index', String(Math.max(1, Index)));
  headers.set('X-Consul-KnownLeader', String(KnownLeader));
  headers.set('X-Consul-LastContact', String(Math.floor(LastContactMs)));
}
