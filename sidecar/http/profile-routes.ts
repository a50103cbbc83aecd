/**
 * /debug/pprof: where the time and the memory of this process go. The paths are Go's, the formats are V8's; what Go alone has
 * (goroutines, traces) is not there. As in Consul, `enable_debug` or a token opens it, though
 * not the default token: a snapshot of the heap holds secrets.
 */
import { Readable } from 'node:stream';
import type { Context, Hono } from 'hono';
import { ApiError } from '../../src/shared/api-error.ts';
import { endpoint } from '../../src/shared/http/endpoint.ts';
import { selectToken } from '../../src/shared/read/query-options.ts';
import { Profiler, ProfilerBusy } from '../system/profiler.ts';
import type { AgentApi } from './agent-api.ts';

const secondsDefault = 30;
export const profileSecondsMax = 3_600;

const index = `/debug/pprof/

profile?seconds=30  where time goes: a .cpuprofile
allocs?seconds=30   what is allocated in that time and stays: a .heapprofile
heap                all that is there: a .heapsnapshot
`;

export function profileRoutes(app: Hono, agent: AgentApi): void {
  const profiler = new Profiler(agent.clock);
  const admitted = async (c: Context) => {
    const token = selectToken(new URL(c.req.url).searchParams, c.req.raw.headers);
    if (!agent.settings.enableDebug && (!agent.tokensInUse() || token === ''))
      throw new ApiError(401, 'profiles are off: set enable_debug');
    await agent.admit(token);
  };
  const profile = (make: (durationMs: number, signal: AbortSignal) => Promise<object>, name: string) => ({
    GET: async (c: Context) => {
      await admitted(c);
      const durationMs = secondsOf(c) * 1_000;
      return fileResponse(name, JSON.stringify(await toldBusy(make(durationMs, c.req.raw.signal))));
    },
  });
  endpoint(app, '/debug/pprof/', {
    GET: async (c) => {
      await admitted(c);
      return new Response(index, { headers: { 'Content-Type': 'text/plain; charset=utf-8' } });
    },
  });
  endpoint(app, '/debug/pprof/profile', profile(profiler.cpuProfile.bind(profiler), 'rollcall.cpuprofile'));
  endpoint(app, '/debug/pprof/allocs', profile(profiler.allocations.bind(profiler), 'rollcall.heapprofile'));
  endpoint(app, '/debug/pprof/heap', {
    GET: async (c) => {
      await admitted(c);
      const snapshot = Readable.toWeb(profiler.heapSnapshot()) as ReadableStream<Uint8Array>;
      return fileResponse('rollcall.heapsnapshot', snapshot);
    },
  });
}

const fileResponse = (name: string, body: string | ReadableStream<Uint8Array>) =>
  new Response(body, {
    headers: {
      'Content-Type': 'application/json',
      'Content-Disposition': `attachment; filename="${name}"`,
      'X-Content-Type-Options': 'nosniff',
    },
  });

/** @throws {ApiError} 400 naming the limit. */
function secondsOf(c: Context): number {
  const text = c.req.query('seconds') ?? String(secondsDefault);
  const seconds = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && seconds > 0 && seconds <= profileSecondsMax) return seconds;
  throw new ApiError(
    400,
    `seconds must be above 0 and at most ${profileSecondsMax}, got ${JSON.stringify(text)}`,
  );
}

/** In Go's words. */
async function toldBusy<Result>(made: Promise<Result>): Promise<Result> {
  try {
    return await made;
  } catch (error) {
    if (error instanceof ProfilerBusy) throw new ApiError(500, `Could not start: ${error.message}`);
    throw error;
  }
}
