/** /v1/kv: reads, compare-and-set, locks. Source: https://developer.hashicorp.com/consul/api-docs/kv. */
import type { Context, Hono } from 'hono';
import { blockingRead } from '../blocking-read.ts';
import { datacenterOf } from '../datacenters.ts';
import type { Env } from '../env.ts';
import type { KvAnswer } from '../requests/kv-answer.ts';
import { checkValueSize, parseKvDelete, parseKvPut, parseKvQuery } from '../requests/kv-request.ts';
import { endpoint, jsonBody, jsonResponse, pathRest } from '../shared/http/endpoint.ts';
import { parseQueryOptions, type QueryOptions } from '../shared/read/query-options.ts';
import { setReadHeaders } from '../shared/read/read-routes.ts';

type App = { Bindings: Env };

const path = '/v1/kv/';

export function kvRoutes(app: Hono<App>): void {
  endpoint(app, `${path}*`, {
    GET: async (c) => {
      const { params, options } = requestOf(c);
      const query = parseKvQuery(pathRest(c, path), params);
      const datacenter = await datacenterOf(c.env, options.Datacenter);
      const answer = await blockingRead(c, datacenter, options, (wait) => datacenter.readKv(query, wait));
      return kvResponse(answer, options);
    },
    PUT: async (c) => {
      const { params, options } = requestOf(c);
      checkValueSize(Number(c.req.header('Content-Length') ?? 0));
      const value = new Uint8Array(await c.req.arrayBuffer());
      checkValueSize(value.byteLength);
      const put = parseKvPut(pathRest(c, path), params, value);
      const datacenter = await datacenterOf(c.env, options.Datacenter);
      return jsonResponse(await datacenter.putKey(put), options.Pretty);
    },
    DELETE: async (c) => {
      const { params, options } = requestOf(c);
      const what = parseKvDelete(pathRest(c, path), params);
      const datacenter = await datacenterOf(c.env, options.Datacenter);
      return jsonResponse(await datacenter.deleteKey(what), options.Pretty);
    },
  });
}

function requestOf(c: Context<App>) {
  const params = new URL(c.req.url).searchParams;
  return { params, options: parseQueryOptions(params, c.req.raw.headers) };
}

/** A value that is asked for raw must not be taken for a page by a browser. */
const rawHeaders = {
  'Content-Type': 'text/plain',
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': 'sandbox',
};

function kvResponse({ Body, Raw, Index }: KvAnswer, { Pretty, Consistency }: QueryOptions): Response {
  const response = Raw
    ? new Response(Raw, { headers: rawHeaders })
    : Body === undefined
      ? new Response(null, { status: 404 })
      : new Response(Pretty ? jsonBody(JSON.parse(Body), true) : Body, {
          headers: { 'Content-Type': 'application/json' },
        });
  setReadHeaders(response.headers, {
    Index,
    KnownLeader: true,
    LastContactMs: 0,
    Consistency: Consistency === 'default' ? 'leader' : Consistency,
  });
  return response;
}
