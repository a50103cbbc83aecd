/** /v1/kv: reads, compare-and-set, locks. Source: https://developer.hashicorp.com/consul/api-docs/kv. */
import type { Context, Hono } from 'hono';
import { blockingRead } from '../blocking-read.ts';
import { datacenterOf } from '../datacenters.ts';
import { respondWith } from '../edge-response.ts';
import type { Env } from '../env.ts';
import type { KvAnswer } from '../requests/kv-answer.ts';
import { parseKvDelete, parseKvPut, parseKvQuery, valueTooLarge } from '../requests/kv-request.ts';
import { boundedBody } from '../shared/http/bounded-body.ts';
import { endpoint, jsonBody, pathRest } from '../shared/http/endpoint.ts';
import { paramsOf } from '../shared/http/query-params.ts';
import { kvValueBytesMax } from '../shared/limits.ts';
import { type QueryOptions, queryOptionsOf } from '../shared/read/query-options.ts';
import { type Respond, readHeaders } from '../shared/read/read-routes.ts';

type App = { Bindings: Env };

const path = '/v1/kv/';

export function kvRoutes(app: Hono<App>): void {
  endpoint(app, `${path}*`, {
    GET: async (c) => {
      const { params, options } = requestOf(c);
      const query = parseKvQuery(pathRest(c, path), params);
      const datacenter = await datacenterOf(c.env, options.Datacenter);
      const answer = await blockingRead(c, datacenter, options, (wait) => datacenter.readKv(query, wait));
      return kvResponse(answer, options, respondWith(c.env, c.req.raw));
    },
    PUT: async (c) => {
      const { params, options } = requestOf(c);
      const value = await boundedBody(c.req.raw, kvValueBytesMax, valueTooLarge);
      const put = parseKvPut(pathRest(c, path), params, value);
      const datacenter = await datacenterOf(c.env, options.Datacenter);
      return done(c, await datacenter.putKey(put), options);
    },
    DELETE: async (c) => {
      const { params, options } = requestOf(c);
      const what = parseKvDelete(pathRest(c, path), params);
      const datacenter = await datacenterOf(c.env, options.Datacenter);
      return done(c, await datacenter.deleteKey(what), options);
    },
  });
}

const done = (c: Context<App>, result: boolean, { Pretty }: QueryOptions) =>
  respondWith(c.env, c.req.raw)(jsonBody(result, Pretty), { 'Content-Type': 'application/json' });

function requestOf(c: Context<App>) {
  const params = paramsOf(c);
  return { params, options: queryOptionsOf(c) };
}

/** A value that is asked for raw must not be taken for a page by a browser. */
const rawHeaders = {
  'Content-Type': 'text/plain',
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': 'sandbox',
};

function kvResponse({ Body, Raw, Index }: KvAnswer, { Pretty }: QueryOptions, respond: Respond): Response {
  const meta = readHeaders({ Index, KnownLeader: true, LastContactMs: 0 });
  if (Raw) return new Response(Raw, { headers: { ...rawHeaders, ...meta } });
  if (Body === undefined) return new Response(null, { status: 404, headers: meta });
  const text = Pretty ? jsonBody(JSON.parse(Body), true) : Body;
  return respond(text, { 'Content-Type': 'application/json', ...meta });
}
