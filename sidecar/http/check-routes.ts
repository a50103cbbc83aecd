/**
 * /v1/agent/check*: the checks that this host runs or is told about.
 *
 * Source: https://developer.hashicorp.com/consul/api-docs/agent/check.
 */
import type { Hono } from 'hono';
import { decodeCheckRegistration, decodeCheckUpdate } from '../../src/shared/definition/check-definition.ts';
import { compileFilter } from '../../src/shared/filter/compile.ts';
import { checkFields } from '../../src/shared/filter/field-tables.ts';
import { endpoint, jsonResponse, pathRest } from '../../src/shared/http/endpoint.ts';
import type { HealthCheck, Status } from '../../src/shared/model.ts';
import { checkRow } from '../local/check-row.ts';
import type { LocalCheck } from '../local/local-state.ts';
import type { AgentApi } from './agent-api.ts';
import { done, enableOf, isPretty, jsonOf } from './request.ts';
import { refuseScripts } from './service-routes.ts';

export function checkRoutes(app: Hono, agent: AgentApi): void {
  endpoint(app, '/v1/agent/checks', {
    GET: (c) => {
      const passes = compileFilter(checkFields, c.req.query('filter'));
      const shown = [...agent.local.checks]
        .map(([id, check]) => [id, showAgentCheck(agent, check)] as const)
        .filter(([, check]) => passes(check));
      return jsonResponse(Object.fromEntries(shown), isPretty(c));
    },
  });
  endpoint(app, '/v1/agent/check/register', {
    PUT: async (c) => {
      const definition = decodeCheckRegistration(await jsonOf(c), agent.warn);
      refuseScripts(agent, [definition]);
      await agent.declarations.registerCheck(definition);
      return done();
    },
  });
  endpoint(app, '/v1/agent/check/deregister/*', {
    PUT: async (c) => {
      await agent.declarations.deregisterCheck(pathRest(c, '/v1/agent/check/deregister/'));
      return done();
    },
  });
  const word = (path: string, status: Status) =>
    endpoint(app, `${path}*`, {
      PUT: (c) => {
        agent.checks.setTtl(pathRest(c, path), status, c.req.query('note') ?? '');
        return done();
      },
    });
  word('/v1/agent/check/pass/', 'passing');
  word('/v1/agent/check/warn/', 'warning');
  word('/v1/agent/check/fail/', 'critical');
  endpoint(app, '/v1/agent/check/update/*', {
    PUT: async (c) => {
      const { Status, Output } = decodeCheckUpdate(await jsonOf(c));
      agent.checks.setTtl(pathRest(c, '/v1/agent/check/update/'), Status, Output);
      return done();
    },
  });
  endpoint(app, '/v1/agent/maintenance', {
    PUT: async (c) => {
      await agent.declarations.setMaintenance('', enableOf(c), c.req.query('reason') ?? '');
      return done();
    },
  });
}

/** A check as the agent shows its own: the indexes are the catalog's business. */
export function showAgentCheck(agent: Pick<AgentApi, 'node' | 'local'>, check: LocalCheck): HealthCheck {
  const service = agent.local.services.get(check.definition.ServiceID);
  return {
    ...checkRow(agent.node().Node, check, service, service?.definition.Service.Tags ?? []),
    CreateIndex: 0,
    ModifyIndex: 0,
  };
}
