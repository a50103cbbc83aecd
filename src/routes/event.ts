/**
 * /v1/event. In Consul an agent lists the events that are for its node; here the edge keeps them, and gives a sidecar those
 * that are for its node, any other client all or those for the `node` it names.
 *
 * Source: https://developer.hashicorp.com/consul/api-docs/event.
 */
import type { Hono } from 'hono';
import { askingNode } from '../asking-agent.ts';
import { datacenterOf } from '../datacenters.ts';
import type { Env } from '../env.ts';
import { recordResponse } from '../record-response.ts';
import { eventTooLarge, parseEvent } from '../requests/event.ts';
import { boundedBody } from '../shared/http/bounded-body.ts';
import { endpoint, jsonResponse, pathRest } from '../shared/http/endpoint.ts';
import { eventBytesUnencodedMax } from '../shared/limits.ts';
import { queryOptionsOf } from '../shared/read/query-options.ts';

/** Consul's agents know no leader of events: only the index is told. */
const metaHeaders = ['X-Consul-KnownLeader', 'X-Consul-LastContact', 'X-Consul-Query-Backend'];

const firePath = '/v1/event/fire/';

export function eventRoutes(app: Hono<{ Bindings: Env }>): void {
  endpoint(app, `${firePath}*`, {
    PUT: async (c) => {
      const { Datacenter, Pretty } = queryOptionsOf(c);
      const payload = await boundedBody(c.req.raw, eventBytesUnencodedMax, eventTooLarge);
      const event = parseEvent(pathRest(c, firePath), new URL(c.req.url).searchParams, payload);
      const datacenter = await datacenterOf(c.env, Datacenter);
      return jsonResponse(await datacenter.fireEvent(event), Pretty);
    },
  });
  endpoint(app, '/v1/event/list', {
    GET: async (c) => {
      const response = await recordResponse(c, {
        Kind: 'events',
        Name: c.req.query('name') ?? '',
        Node: askingNode(c) || (c.req.query('node') ?? ''),
      });
      for (const name of metaHeaders) response.headers.delete(name);
      return response;
    },
  });
}
