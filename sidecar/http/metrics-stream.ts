/**
 * /v1/agent/metrics/stream: what was measured in each interval, when it ends, until the client goes. A client that does
 * not read loses intervals; the agent does not wait for it.
 */
import type { Hono } from 'hono';
import { endpoint, jsonBody } from '../../src/shared/http/endpoint.ts';
import type { Clock } from '../system/clock.ts';
import { intervalMs, type Metrics } from '../telemetry/metrics.ts';
import { metricsJson } from '../telemetry/metrics-json.ts';

/** Intervals that wait for a slow client. */
const waitingMax = 6;

export function metricsStreamRoutes(app: Hono, metrics: Metrics, clock: Clock): void {
  endpoint(app, '/v1/agent/metrics/stream', {
    GET: () =>
      new Response(metricsStream(metrics, clock), { headers: { 'Content-Type': 'application/json' } }),
  });
}

function metricsStream(metrics: Metrics, clock: Clock): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let cancelTimer: () => void;
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const untilAfter = (startMs: number) => {
          cancelTimer = clock.after(startMs + intervalMs - clock.nowMs(), () => {
            const nextMs = metrics.currentStartMs();
            // A timer may come a moment early: then nothing has ended yet.
            if (nextMs !== startMs && (controller.desiredSize ?? 0) > 0)
              controller.enqueue(encoder.encode(jsonBody(metricsJson(metrics), true)));
            untilAfter(nextMs);
          });
        };
        untilAfter(metrics.currentStartMs());
      },
      cancel() {
        cancelTimer();
      },
    },
    { highWaterMark: waitingMax },
  );
}
