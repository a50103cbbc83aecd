/**
 * Reads that may wait. The wait is cut to what proxies on the way bear in silence (the client asks again), and called off
 * when the client goes away.
 */
import type { Context } from 'hono';
import type { Wait } from './datacenter/authority.ts';
import type { DatacenterStub } from './datacenters.ts';
import type { Env } from './env.ts';
import { edgeWaitMsMax } from './shared/limits.ts';
import { random01 } from './shared/random01.ts';
import { jitteredWaitMs, type QueryOptions } from './shared/read/query-options.ts';

/** `read` is given a wait if the request asks for one. */
export function blockingRead<Result>(
  c: Context<{ Bindings: Env }>,
  datacenter: DatacenterStub,
  options: QueryOptions,
  read: (wait: Wait | undefined) => Promise<Result>,
): Promise<Result> {
  if (options.Index === 0) return read(undefined);
  const ID = crypto.randomUUID();
  const callOff = () => c.executionCtx.waitUntil(datacenter.cancelWait(ID));
  c.req.raw.signal.addEventListener('abort', callOff, { once: true });
  const WaitMs = jitteredWaitMs(Math.min(options.WaitMs, edgeWaitMsMax), random01());
  return read({ ID, Index: options.Index, WaitMs });
}
