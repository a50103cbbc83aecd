/**
 * /v1/connect, /v1/discovery-chain, /v1/exported-services and /v1/peering: the mesh, which Rollcall has not. Reads answer as
 * a Consul with nothing configured, writes as one whose mesh is switched off.
 *
 * Source: https://developer.hashicorp.com/consul/api-docs/connect and /discovery-chain.
 */
import type { Context, Hono } from 'hono';
import { authorityResult } from '../authority-result.ts';
import type { Env } from '../env.ts';
import { ApiError } from '../shared/api-error.ts';
import { endpoint, jsonResponse, pathRest } from '../shared/http/endpoint.ts';
import { queryOptionsOf } from '../shared/read/query-options.ts';
import { readFault, resultResponse } from '../shared/read/read-routes.ts';

type EdgeContext = Context<{ Bindings: Env }>;

const chainPath = '/v1/discovery-chain/';

export function connectRoutes(app: Hono<{ Bindings: Env }>): void {
  endpoint(app, '/v1/connect/ca/roots', { GET: () => readFault(meshIsOff()) });
  endpoint(app, '/v1/connect/ca/configuration', { GET: meshDisabled, PUT: meshDisabled });
  intentionRoutes(app);
  endpoint(app, `${chainPath}*`, { GET: (c) => discoveryChain(c), POST: (c) => discoveryChain(c) });
  endpoint(app, '/v1/exported-services', { GET: (c) => emptyRead(c, []) });
  endpoint(app, '/v1/peerings', { GET: (c) => emptyRead(c, []) });
  endpoint(app, '/v1/peering/token', { POST: peeringDisabled });
  endpoint(app, '/v1/peering/establish', { POST: peeringDisabled });
  endpoint(app, '/v1/peering/*', {
    GET: (c) => {
      throw new ApiError(404, `Peering not found for ${JSON.stringify(pathRest(c, '/v1/peering/'))}`);
    },
    DELETE: () => new Response(null),
  });
}

function intentionRoutes(app: Hono<{ Bindings: Env }>): void {
  endpoint(app, '/v1/connect/intentions', { GET: (c) => emptyRead(c, []), POST: meshDisabled });
  endpoint(app, '/v1/connect/intentions/match', {
    GET: (c) => {
      const by = required(c, 'by');
      if (by !== 'source' && by !== 'destination')
        throw new ApiError(500, "'by' parameter must be one of 'source' or 'destination'");
      const names = c.req.queries('name') ?? [];
      if (names.length === 0) throw notSet('name');
      const none = Object.fromEntries(names.map((name) => [name, null]));
      return emptyRead(c, none, { tellsConsistency: true });
    },
  });
  endpoint(app, '/v1/connect/intentions/check', {
    GET: (c) => {
      required(c, 'source');
      required(c, 'destination');
      return jsonResponse({ Allowed: true }, queryOptionsOf(c).Pretty);
    },
  });
  endpoint(app, '/v1/connect/intentions/exact', {
    GET: (c) => {
      required(c, 'source');
      required(c, 'destination');
      throw new ApiError(404, 'Intention not found');
    },
    PUT: meshDisabled,
    DELETE: (c) => jsonResponse(true, queryOptionsOf(c).Pretty),
  });
  endpoint(app, '/v1/connect/intentions/*', {
    GET: () => {
      throw new ApiError(404, 'Intention not found');
    },
    PUT: meshDisabled,
    DELETE: (c) => jsonResponse(true, queryOptionsOf(c).Pretty),
  });
}

const meshIsOff = () => new ApiError(500, 'Connect must be enabled in order to use this endpoint');

function meshDisabled(): never {
  throw meshIsOff();
}

function peeringDisabled(): never {
  throw new ApiError(500, 'peering must be enabled to use this endpoint');
}

const notSet = (parameter: string) => new ApiError(500, `required query parameter '${parameter}' not set`);

function required(c: EdgeContext, parameter: string): string {
  const value = c.req.query(parameter) ?? '';
  if (value === '') throw notSet(parameter);
  return value;
}

/** A read of what never changes. */
function emptyRead(c: EdgeContext, body: unknown, { tellsConsistency = false } = {}): Response {
  const options = queryOptionsOf(c);
  const result = authorityResult(
    { Body: JSON.stringify(body), Index: 1 },
    tellsConsistency ? options : undefined,
  );
  return resultResponse(result, options.Pretty);
}

/** With nothing configured every service is reached directly. */
function discoveryChain(c: EdgeContext): Response {
  const name = pathRest(c, chainPath);
  if (name === '') throw new ApiError(400, 'Missing chain name');
  const datacenter = c.req.query('compile-dc') || queryOptionsOf(c).Datacenter || c.env.DATACENTER;
  const target = `${name}.default.${datacenter}`;
  const resolver = { ConnectTimeout: '5s', Default: true, Target: target };
  const chain = {
    Chain: {
      ServiceName: name,
      Namespace: 'default',
      Datacenter: datacenter,
      Protocol: 'tcp',
      StartNode: `resolver:${target}`,
      Nodes: { [`resolver:${target}`]: { Type: 'resolver', Name: target, Resolver: resolver } },
      Targets: {
        [target]: {
          ID: target,
          Service: name,
          Namespace: 'default',
          Datacenter: datacenter,
          MeshGateway: {},
          Subset: {},
        },
      },
    },
  };
  return emptyRead(c, chain, { tellsConsistency: true });
}
