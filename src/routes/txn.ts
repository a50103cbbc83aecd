/** /v1/txn. Source: https://developer.hashicorp.com/consul/api-docs/txn. */
import type { Hono } from 'hono';
import { datacenterOf } from '../datacenters.ts';
import type { Env } from '../env.ts';
import { decodeTxn, isReadOnly } from '../requests/txn-request.ts';
import { boundedText } from '../shared/http/bounded-body.ts';
import { endpoint, jsonBody } from '../shared/http/endpoint.ts';
import { txnTooLarge } from '../shared/http/write-size.ts';
import { txnBytesMax } from '../shared/limits.ts';
import { queryOptionsOf } from '../shared/read/query-options.ts';

const conflict = 409;

const tooLarge = (bytes: number) => txnTooLarge(bytes, txnBytesMax);

export function txnRoutes(app: Hono<{ Bindings: Env }>): void {
  endpoint(app, '/v1/txn', {
    PUT: async (c) => {
      const { Datacenter, Pretty } = queryOptionsOf(c);
      const ops = decodeTxn(await boundedText(c.req.raw, txnBytesMax, tooLarge));
      const datacenter = await datacenterOf(c.env, Datacenter);
      const { Results, Errors } = await datacenter.txn(ops);
      const failed = Errors.length > 0;
      const results = failed ? 'null' : `[${Results.join(',')}]`;
      const errors = failed ? JSON.stringify(Errors) : 'null';
      // Consul answers a transaction that only reads like a read, with its metadata in the body.
      const meta = isReadOnly(ops)
        ? ',"Index":0,"LastContact":0,"KnownLeader":true,"ConsistencyLevel":""'
        : '';
      const body = `{"Results":${results},"Errors":${errors}${meta}}`;
      const headers = new Headers({ 'Content-Type': 'application/json' });
      if (isReadOnly(ops)) {
        headers.set('X-Consul-KnownLeader', 'true');
        headers.set('X-Consul-LastContact', '0');
      }
      return new Response(Pretty ? jsonBody(JSON.parse(body), true) : body, {
        status: failed ? conflict : 200,
        headers,
      });
    },
  });
}
