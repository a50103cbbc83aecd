/**
 * /v1/agent/health/service/*: this host's view of its own services, as a status code, a word or JSON: made for load
 * balancers that ask the host itself.
 */
import type { Context, Hono } from 'hono';
import { ApiError } from '../../src/shared/api-error.ts';
import { endpoint, jsonBody, pathRest } from '../../src/shared/http/endpoint.ts';
import type { HealthCheck, NodeService } from '../../src/shared/model.ts';
import { maintenanceCheckId } from '../local/local-state.ts';
import type { AgentApi } from './agent-api.ts';
import { showAgentCheck } from './check-routes.ts';
import { isPretty } from './request.ts';
import { showAgentService } from './service-routes.ts';

/** Worst first. */
const order = ['maintenance', 'critical', 'warning', 'passing'] as const;
type Aggregated = (typeof order)[number];

const statusCodes: Record<Aggregated, number> = {
  passing: 200,
  warning: 429,
  critical: 503,
  maintenance: 503,
};

interface ServiceHealth {
  AggregatedStatus: Aggregated;
  Service: NodeService;
  Checks: HealthCheck[];
}

export function healthRoutes(app: Hono, agent: AgentApi): void {
  endpoint(app, '/v1/agent/health/service/id/*', {
    GET: (c) => {
      const id = pathRest(c, '/v1/agent/health/service/id/');
      if (id === '') throw new ApiError(400, 'Missing serviceID');
      const service = agent.local.services.get(id)?.definition.Service;
      if (!service)
        return notFound(
          c,
          { AggregatedStatus: 'critical', Service: null, Checks: null },
          `ServiceId ${id} not found`,
        );
      const health = healthOf(agent, service);
      return answer(c, health.AggregatedStatus, show(agent, health));
    },
  });
  endpoint(app, '/v1/agent/health/service/name/*', {
    GET: (c) => {
      const name = pathRest(c, '/v1/agent/health/service/name/');
      if (name === '') throw new ApiError(400, 'Missing service Name');
      const services = [...agent.local.services.values()].map(({ definition }) => definition.Service);
      const healths = services
        .filter(({ Service }) => Service === name)
        .map((service) => healthOf(agent, service));
      if (healths.length === 0) return notFound(c, [], `ServiceName ${name} Not Found`);
      const worst = worstOf(healths.map(({ AggregatedStatus }) => AggregatedStatus));
      return answer(
        c,
        worst,
        healths.map((health) => show(agent, health)),
      );
    },
  });
}

function healthOf(agent: AgentApi, service: NodeService): ServiceHealth {
  const checks = [...agent.local.checks.values()].filter(
    ({ definition }) => definition.ServiceID === '' || definition.ServiceID === service.ID,
  );
  const statuses = checks.map(({ definition, Status }): Aggregated => {
    const inMaintenance = [maintenanceCheckId(), maintenanceCheckId(service.ID)].includes(definition.CheckID);
    return inMaintenance ? 'maintenance' : Status;
  });
  return {
    AggregatedStatus: worstOf(statuses),
    Service: service,
    Checks: checks.map((check) => showAgentCheck(agent, check)),
  };
}

const worstOf = (statuses: Aggregated[]): Aggregated =>
  order.find((status) => statuses.includes(status)) ?? 'passing';

const show = (agent: AgentApi, health: ServiceHealth) => ({
  ...health,
  Service: showAgentService(health.Service, agent.datacenter),
  Checks: health.Checks.map(showCheck),
});

/** Here, and only here, Consul shows no type, null for no tags, and a definition of nothing. */
const showCheck = (check: HealthCheck) => ({
  ...check,
  ServiceTags: check.ServiceTags.length > 0 ? check.ServiceTags : null,
  Type: '',
  Definition: emptyDefinition,
});

const emptyDefinition = {
  Interval: '0s',
  Timeout: '0s',
  DeregisterCriticalServiceAfter: '0s',
  HTTP: '',
  Header: null,
  Method: '',
  Body: '',
  TLSSkipVerify: false,
  TCP: '',
};

function answer(c: Context, status: Aggregated, body: unknown): Response {
  const response = wantsText(c) ? text(statusCodes[status], status) : json(c, statusCodes[status], body);
  response.headers.set('X-Consul-Reason', status);
  return response;
}

function notFound(c: Context, body: unknown, reason: string): Response {
  const response = wantsText(c) ? text(404, reason) : json(c, 404, body);
  // A header holds no other characters; the body says it anyway.
  if (/^[ -~]*$/.test(reason)) response.headers.set('X-Consul-Reason', reason);
  return response;
}

/** Load balancers that compare the content type find that of Consul. */
const text = (status: number, word: string): Response =>
  new Response(word, { status, headers: { 'Content-Type': 'text/plain' } });

const json = (c: Context, status: number, body: unknown): Response =>
  new Response(jsonBody(body, isPretty(c)), { status, headers: { 'Content-Type': 'application/json' } });

/** Who takes text among other things is not asking for it. */
const wantsText = (c: Context): boolean =>
  c.req.query('format') === 'text' || (c.req.header('Accept') ?? '').startsWith('text/plain');
