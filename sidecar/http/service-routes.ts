/**
 * /v1/agent/service*: the service instances that this host declares.
 *
 * Source: https://developer.hashicorp.com/consul/api-docs/agent/service.
 */
import type { Context, Hono } from 'hono';
import { ApiError } from '../../src/shared/api-error.ts';
import { decodeServiceRegistration } from '../../src/shared/definition/service-definition.ts';
import { compileFilter } from '../../src/shared/filter/compile.ts';
import { serviceFields } from '../../src/shared/filter/field-tables.ts';
import { endpoint, jsonResponse, pathRest } from '../../src/shared/http/endpoint.ts';
import type { CheckDefinition, NodeService } from '../../src/shared/model.ts';
import { jitteredWaitMs, type QueryOptions, queryOptionsOf } from '../../src/shared/read/query-options.ts';
import type { AgentApi } from './agent-api.ts';
import { waitMsOf } from './agent-defaults.ts';
import { contentHash } from './content-hash.ts';
import { untilHashDiffers } from './hash-wait.ts';
import { done, enableOf, isPretty, jsonOf } from './request.ts';

export function serviceRoutes(app: Hono, agent: AgentApi): void {
  endpoint(app, '/v1/agent/services', {
    GET: (c) => {
      const passes = compileFilter(serviceFields, c.req.query('filter'));
      const shown = [...agent.local.services]
        .filter(([, { definition }]) => passes(definition.Service))
        .map(([id, { definition }]) => [id, showAgentService(definition.Service, agent.datacenter)] as const);
      return jsonResponse(Object.fromEntries(shown), isPretty(c));
    },
  });
  endpoint(app, '/v1/agent/service/register', {
    PUT: async (c) => {
      const definition = decodeServiceRegistration(await jsonOf(c), agent.warn);
      refuseScripts(agent, definition.Checks);
      await agent.declarations.registerService(definition, isOn(c, 'replace-existing-checks'));
      return done();
    },
  });
  endpoint(app, '/v1/agent/service/deregister/*', {
    PUT: async (c) => {
      await agent.declarations.deregisterService(pathRest(c, '/v1/agent/service/deregister/'));
      return done();
    },
  });
  endpoint(app, '/v1/agent/service/maintenance/*', {
    PUT: async (c) => {
      const id = idAfter(c, '/v1/agent/service/maintenance/', 'Missing service ID');
      const enable = enableOf(c);
      if (!agent.local.services.has(id))
        throw new ApiError(404, `No service registered with ID ${JSON.stringify(id)}`);
      await agent.declarations.setMaintenance(id, enable, c.req.query('reason') ?? '');
      return done();
    },
  });
  endpoint(app, '/v1/agent/service/*', {
    GET: async (c) => {
      const id = pathRest(c, '/v1/agent/service/');
      const look = () => {
        const service = agent.local.services.get(id)?.definition.Service;
        return service && showAgentService(service, agent.datacenter);
      };
      // Without a hash nothing waits, but what is no wait is refused.
      const options = queryOptionsOf(c);
      const hash = c.req.query('hash');
      if (hash) await whileUnchanged(c, agent, options, hash, () => contentHash(look() ?? null));
      const shown = look();
      if (!shown) throw new ApiError(404, `unknown service ID: ${id}`);
      const ContentHash = contentHash(shown);
      const response = jsonResponse({ ...shown, ContentHash }, isPretty(c));
      response.headers.set('X-Consul-ContentHash', ContentHash);
      return response;
    },
  });
}

function whileUnchanged(
  c: Context,
  agent: AgentApi,
  options: QueryOptions,
  hash: string,
  hashNow: () => string,
): Promise<void> {
  const wantedMs = waitMsOf(options, c.req.query('wait') ?? '', agent.settings);
  const { localChanges: changes, clock, random } = agent;
  const waitMs = jitteredWaitMs(wantedMs, random());
  return untilHashDiffers({ hash, waitMs, changes, clock, signal: c.req.raw.signal }, hashNow);
}

/** A service as the agent shows its own: without indexes, with a map for no metadata, and of a mesh only what it has. */
export const showAgentService = (service: NodeService, datacenter: string) => {
  const { CreateIndex, ModifyIndex, Connect: connect, Proxy: proxy, ...shown } = service;
  return {
    ...shown,
    Meta: service.Meta ?? {},
    ...(service.Kind && proxy && { Proxy: proxy }),
    ...(connect?.['Native'] === true && { Connect: { Native: true } }),
    Datacenter: datacenter,
  };
};

/** What runs a program on this host is not to be had over the network unless the host says so. */
export function refuseScripts(agent: Pick<AgentApi, 'scriptsAllowed'>, checks: CheckDefinition[]): void {
  if (agent.scriptsAllowed || !checks.some(({ Args }) => Args?.length)) return;
  throw new ApiError(
    500,
    "Scripts are disabled on this agent from remote calls; to enable, configure 'enable_script_checks' to true",
  );
}

export function idAfter(c: Context, prefix: string, missing: string): string {
  const id = pathRest(c, prefix);
  if (id === '') throw new ApiError(400, missing);
  return id;
}

/** A flag that is on when it is there, with no value or a true one. */
function isOn(c: Context, name: string): boolean {
  const value = c.req.query(name);
  return value === '' || value === 'true';
}
