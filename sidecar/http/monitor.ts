/**
 * /v1/agent/monitor: the log as it is written, line by line, at a level of the listener's own. A listener that does not
 * read loses lines; the agent does not wait for it.
 */
import type { Context, Hono } from 'hono';
import { ApiError } from '../../src/shared/api-error.ts';
import { endpoint } from '../../src/shared/http/endpoint.ts';
import { type LogLevel, type LogSink, logLevels } from '../system/logger.ts';

/** Lines that wait for a slow listener. */
const waitingLinesMax = 512;

export function monitorRoutes(app: Hono, taps: Set<LogSink>): void {
  endpoint(app, '/v1/agent/monitor', {
    GET: (c) => {
      const level = levelOf(c);
      return new Response(logStream(taps, level, c.req.query('logjson') !== undefined), {
        headers: { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff' },
      });
    },
  });
}

/** @throws {ApiError} 400 in Consul's words. */
function levelOf(c: Context): LogLevel {
  const text = c.req.query('loglevel') || 'info';
  const name = text.toLowerCase() === 'err' ? 'error' : text.toLowerCase();
  const level = logLevels.find((candidate) => candidate === name);
  if (!level) throw new ApiError(400, `Unknown log level: ${text}`);
  return level;
}

function logStream(taps: Set<LogSink>, level: LogLevel, json: boolean): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let tap: LogSink;
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const write = (line: string) => {
          if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(`${line}\n`));
        };
        tap = { level, json, write };
        taps.add(tap);
      },
      cancel() {
        taps.delete(tap);
      },
    },
    { highWaterMark: waitingLinesMax },
  );
}
