/** /v1/query. Source: https://developer.hashicorp.com/consul/api-docs/query. */
import type { Context, Hono } from 'hono';
import { askingNode, clientAddress } from '../asking-agent.ts';
import { authorityResult, consistencyOf } from '../authority-result.ts';
import { datacenterOf } from '../datacenters.ts';
import type { Env } from '../env.ts';
import { executeWithFailover } from '../query-failover.ts';
import { recordResponse } from '../record-response.ts';
import { decodeQuery, type QueryOptions } from '../requests/prepared-query.ts';
import { ApiError } from '../shared/api-error.ts';
import { sortedHeader } from '../shared/asking-node.ts';
import { bodyText } from '../shared/http/body-text.ts';
import { endpoint, jsonResponse, pathRest, textResponse } from '../shared/http/endpoint.ts';
import { queryOptionsOf } from '../shared/read/query-options.ts';
import { readFault, resultResponse } from '../shared/read/read-routes.ts';

type EdgeContext = Context<{ Bindings: Env }>;

const prefix = '/v1/query/';
const notFound = () => textResponse(404, 'Query not found');
const emptyResponse = () => new Response(null);

export function queryRoutes(app: Hono<{ Bindings: Env }>): void {
  endpoint(app, '/v1/query', {
    GET: (c) => recordResponse(c, { Kind: 'queries' }, { tellsConsistency: true }),
    POST: async (c) => {
      const { Datacenter, Pretty } = queryOptionsOf(c);
      const query = decodeQuery(await bodyText(c));
      const datacenter = await datacenterOf(c.env, Datacenter);
      return jsonResponse({ ID: await datacenter.createQuery(query) }, Pretty);
    },
  });
  endpoint(app, '/v1/query/:query/execute', { GET: (c) => execute(c) });
  endpoint(app, '/v1/query/:query/explain', { GET: (c) => explain(c) });
  endpoint(app, `${prefix}*`, {
    GET: (c) =>
      recordResponse(
        c,
        { Kind: 'query', ID: pathRest(c, prefix) },
        { missing: notFound, tellsConsistency: true },
      ),
    PUT: async (c) => {
      const query = decodeQuery(await bodyText(c));
      const datacenter = await datacenterOf(c.env, queryOptionsOf(c).Datacenter);
      await datacenter.updateQuery(pathRest(c, prefix), query);
      return emptyResponse();
    },
    DELETE: async (c) => {
      const datacenter = await datacenterOf(c.env, queryOptionsOf(c).Datacenter);
      await datacenter.deleteQuery(pathRest(c, prefix));
      return emptyResponse();
    },
  });
}

async function execute(c: EdgeContext): Promise<Response> {
  const options = queryOptionsOf(c);
  const executeOptions = queryExecuteOptions(c);
  const name = options.Datacenter ?? c.env.DATACENTER;
  const datacenter = await datacenterOf(c.env, name).catch(readFault);
  if (datacenter instanceof Response) return datacenter;
  const query = await datacenter.resolveQuery(nameOf(c, 'execute'));
  if (!query) return notFound();
  const { Execution, Datacenter, Failovers } = await executeWithFailover(c.env, name, query, executeOptions);
  const { Service, DNS } = Execution.Query;
  const head = JSON.stringify({ Service: Service.Service }).slice(0, -1);
  const tail = JSON.stringify({ DNS, Datacenter, Failovers, ...metaOf(c) }).slice(1);
  const response = readResponse(c, `${head},"Nodes":${Execution.Nodes},${tail}`);
  response.headers.set(sortedHeader, String(Execution.Sorted));
  return response;
}

async function explain(c: EdgeContext): Promise<Response> {
  const datacenter = await datacenterOf(c.env, queryOptionsOf(c).Datacenter);
  const query = await datacenter.resolveQuery(nameOf(c, 'explain'));
  if (!query) return notFound();
  return readResponse(c, JSON.stringify({ Query: query, ...metaOf(c) }));
}

/** What Consul repeats of the metadata in the body. */
const metaOf = (c: EdgeContext) => ({
  Index: 0,
  LastContact: 0,
  KnownLeader: true,
  ConsistencyLevel: consistencyOf(queryOptionsOf(c)),
});

/** Executing is not blocking, so there is no index to wait for. */
function readResponse(c: EdgeContext, Body: string): Response {
  const options = queryOptionsOf(c);
  return resultResponse(authorityResult({ Body, Index: 1 }, options), options.Pretty);
}

/** Of the whole path, for a name may have an escaped slash. */
const nameOf = (c: EdgeContext, verb: string): string => pathRest(c, prefix).slice(0, -`/${verb}`.length);

function queryExecuteOptions(c: EdgeContext): QueryOptions {
  return {
    Near: c.req.query('near') ?? '',
    Limit: parseLimit(c.req.query('limit') ?? ''),
    Connect: c.req.query('connect') === 'true',
    Agent: askingNode(c),
    ClientAddress: clientAddress(c),
  };
}

function parseLimit(text: string): number {
  if (text === '' || /^[+-]?\d{1,15}$/.test(text)) return Number(text);
  throw new ApiError(500, `Bad limit: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
}
