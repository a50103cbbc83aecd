/** /v1/agent/metrics. Source: https://developer.hashicorp.com/consul/api-docs/agent#view-metrics. */
import type { Context, Hono, MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import { ApiError } from '../../src/shared/api-error.ts';
import { endpoint, jsonResponse } from '../../src/shared/http/endpoint.ts';
import type { Clock } from '../system/clock.ts';
import { catalogMeter } from '../telemetry/agent-metrics.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { metricsJson } from '../telemetry/metrics-json.ts';
import { prometheusText } from '../telemetry/prometheus.ts';
import { isPretty } from './request.ts';

/** `prometheusRetentionMs` 0: Prometheus is not served. */
export function metricsRoutes(app: Hono, metrics: Metrics, prometheusRetentionMs: number): void {
  endpoint(app, '/v1/agent/metrics', {
    GET: (c) => {
      if (c.req.query('format') !== 'prometheus') return jsonResponse(metricsJson(metrics), isPretty(c));
      if (prometheusRetentionMs <= 0)
        throw new ApiError(415, 'Prometheus is not enabled since its retention time is not positive');
      return new Response(prometheusText(metrics, prometheusRetentionMs), {
        headers: { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' },
      });
    },
  });
}

/** For one request, or for many that are equal. */
export type RequestMeter = (durationMs: number, status: number) => void;

/** By method and endpoint. */
export function makeRequestMeters(metrics: Metrics, node: string): (c: Context) => RequestMeter {
  const countCatalog = catalogMeter(metrics, node);
  return (c) => {
    const { method, path } = c.req;
    const duration = metrics.sample('api.http', { method, path: endpointName(routePath(c, -1), path) });
    return (durationMs, status) => {
      duration(durationMs);
      countCatalog(path, status);
    };
  };
}

/** Measures every request. A blocking query counts with the time it waited. */
export function measureRequests(meterOf: (c: Context) => RequestMeter, clock: Clock): MiddlewareHandler {
  return async (c, next) => {
    const startedAtMs = clock.monotonicMs();
    await next();
    meterOf(c)(clock.monotonicMs() - startedAtMs, c.res.status);
  };
}

/** The edge's endpoints by their first word; a path of which there may be any number has no name. */
const forwarded =
  /^\/v1\/(acl|config|connect|coordinate|event|internal|kv|operator|query|session|snapshot|status|txn)\b/;

/** `/v1/kv/*` is `v1_kv_`, as in Consul. */
function endpointName(route: string, path: string): string {
  const known = route.startsWith('/v1/') && route !== '/v1/agent/*' ? route : forwarded.exec(path)?.[0];
  return known === undefined ? 'other' : known.slice(1).replace(/\/\*$/, '/').replaceAll('/', '_');
}
