/** The HTTP surface of the edge on one page: what every request passes, in order, and where the endpoints are. */
import { type Context, Hono } from 'hono';
import { datacenterOf } from './datacenters.ts';
import type { Env } from './env.ts';
import { requireToken } from './middleware/require-token.ts';
import { agentRoutes } from './routes/agent.ts';
import { catalogRoutes } from './routes/catalog.ts';
import { statusRoutes } from './routes/status.ts';
import { syncRoutes } from './routes/sync.ts';
import { cleanPath } from './shared/http/clean-path.ts';
import { errorResponse, notFound } from './shared/http/endpoint.ts';
import { edgeWaitMsMax } from './shared/limits.ts';
import { jitteredWaitMs, type QueryOptions } from './shared/read/query-options.ts';
import type { ReadQuery } from './shared/read/read-query.ts';
import { type ReadResult, readRoutes } from './shared/read/read-routes.ts';

type App = { Bindings: Env };

export function makeApp(): Hono<App> {
  const app = new Hono<App>();
  app.use(cleanPath);
  app.use('/v1/*', requireToken);
  statusRoutes(app);
  catalogRoutes(app);
  readRoutes(app, read);
  agentRoutes(app);
  syncRoutes(app);
  app.notFound((c) => notFound(c.req.path));
  app.onError((error) => {
    // biome-ignore lint/suspicious/noConsole: the platform's log is where a fault of ours belongs
    console.error(error);
    return errorResponse(error);
  });
  return app;
}

/** A read by the authority. The wait is cut to what proxies on the way bear in silence; the client asks again. */
async function read(c: Context<App>, query: ReadQuery, options: QueryOptions): Promise<ReadResult> {
  const datacenter = await datacenterOf(c.env, options.Datacenter);
  const { Body, Index } = await (options.Index === 0 ? datacenter.read(query) : blockingRead());
  const Consistency = options.Consistency === 'default' ? 'leader' : options.Consistency;
  return { Body, Index, KnownLeader: true, LastContactMs: 0, Consistency };

  function blockingRead() {
    const ID = crypto.randomUUID();
    const { signal } = c.req.raw;
    signal.addEventListener('abort', () => c.executionCtx.waitUntil(datacenter.cancelWait(ID)), {
      once: true,
    });
    const WaitMs = jitteredWaitMs(Math.min(options.WaitMs, edgeWaitMsMax), random01());
    return datacenter.read(query, { ID, Index: options.Index, WaitMs });
  }
}

/** The edge's only chance; in the Worker, where nothing is decided by it but who wakes first. */
const random01 = () => crypto.getRandomValues(new Uint32Array(1))[0]! / 2 ** 32;
