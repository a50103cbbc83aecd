/**
 * The reads of /v1/catalog and /v1/health on one page. Whoever mounts them says how a query is answered: at the
 * edge by a call of the datacenter's object, in the sidecar from its cache or by forwarding.
 */
import type { Context, Env, Hono } from 'hono';
import { isApiError } from '../api-error.ts';
import { endpoint, jsonBody, pathRest, textResponse } from '../http/endpoint.ts';
import { paramsOf, type QueryParams } from '../http/query-params.ts';
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
  /** Which consistency the answer has, where it is told: of the catalog, health and prepared queries, as in Consul. */
  Consistency?: 'leader' | 'stale' | 'consistent';
  /** Only when the request went through the agent's cache. */
  Cache?: { Hit: boolean; AgeS: number };
}

/** Answers a query, waiting for `options.Index` to pass where it is not 0. @throws {ApiError} */
export type ExecuteRead<E extends Env> = (
  c: Context<E>,
  query: ReadQuery,
  options: QueryOptions,
) => Promise<ReadResult>;

/** Makes the response to a read. */
export type Respond = (body: string, headers: Record<string, string>) => Response;

const respondPlainly: Respond = (body, headers) => new Response(body, { headers });

export function readRoutes<E extends Env>(
  app: Hono<E>,
  execute: ExecuteRead<E>,
  respond: (c: Context<E>) => Respond = () => respondPlainly,
): void {
  const route = (path: string, parse: (params: QueryParams) => ReadQuery) =>
    endpoint(app, path, { GET: (c) => answer(c, parse, execute, respond(c)) });
  /** `path` is followed by a name. */
  const named = (path: string, parse: (name: string, params: QueryParams) => ReadQuery) =>
    endpoint(app, `${path}*`, {
      GET: (c) => answer(c, (params) => parse(pathRest(c, path), params), execute, respond(c)),
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
  parse: (params: QueryParams) => ReadQuery,
  execute: ExecuteRead<E>,
  respond: Respond,
): Promise<Response> {
  const params = paramsOf(c);
  const options = parseQueryOptions(params, c.req.raw.headers);
  const query = parse(params);
  return answerRead(options.Pretty, () => execute(c, query, options), respond);
}

/** The response to any read: its result, or the fault that it ran into. */
export async function answerRead(
  pretty: boolean,
  execute: () => Promise<ReadResult>,
  respond = respondPlainly,
): Promise<Response> {
  try {
    return resultResponse(await execute(), pretty, respond);
  } catch (error) {
    return readFault(error);
  }
}

/** A fault while answering a read. @throws what is no {@link ApiError} */
export function readFault(error: unknown): Response {
  if (!isApiError(error)) throw error;
  return textResponse(
    error.status,
    error.message,
    metaHeaders({ Index: 0, KnownLeader: false, LastContactMs: 0 }),
  );
}

/** The answer to a read, for these and any other reads: `Body` and the metadata as headers. */
export function resultResponse(result: ReadResult, pretty: boolean, respond = respondPlainly): Response {
  const body = pretty ? jsonBody(JSON.parse(result.Body), true) : result.Body;
  return respond(body, {
    'Content-Type': 'application/json',
    ...readHeaders(result),
    ...cacheHeaders(result),
  });
}

/** The metadata of an answer, of any read. */
export const readHeaders = (result: Meta & Pick<ReadResult, 'Consistency'>): Record<string, string> => ({
  ...metaHeaders(result),
  ...(result.Consistency ? { 'X-Consul-Effective-Consistency': result.Consistency } : {}),
});

function cacheHeaders({ Cache }: ReadResult): Record<string, string> {
  if (!Cache) return {};
  return Cache.Hit ? { 'X-Cache': 'HIT', Age: String(Math.floor(Cache.AgeS)) } : { 'X-Cache': 'MISS' };
}

type Meta = Pick<ReadResult, 'Index' | 'KnownLeader' | 'LastContactMs'>;

/** An index of 0 would make a client that blocks on it spin, so none is sent. */
const metaHeaders = ({ Index, KnownLeader, LastContactMs }: Meta) => ({
  'X-Consul-Index': String(Math.max(1, Index)),
  'X-Consul-KnownLeader': String(KnownLeader),
  'X-Consul-LastContact': String(Math.floor(LastContactMs)),
  'X-Consul-Query-Backend': 'blocking-query',
});
