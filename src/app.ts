/** The HTTP surface of the edge on one page: what every request passes, in order, and where the endpoints are. */
import { type Context, Hono } from 'hono';
import { authorityResult } from './authority-result.ts';
import { blockingRead } from './blocking-read.ts';
import { datacenterOf } from './datacenters.ts';
import { respondWith } from './edge-response.ts';
import type { Env } from './env.ts';
import { requireToken } from './middleware/require-token.ts';
import { rememberRead } from './repeated-reads.ts';
import { aclRoutes } from './routes/acl.ts';
import { agentRoutes } from './routes/agent.ts';
import { catalogRoutes } from './routes/catalog.ts';
import { configRoutes } from './routes/config.ts';
import { connectRoutes } from './routes/connect.ts';
import { coordinateRoutes } from './routes/coordinate.ts';
import { edgeDnsRoutes } from './routes/dns-query.ts';
import { eventRoutes } from './routes/event.ts';
import { internalRoutes } from './routes/internal.ts';
import { kvRoutes } from './routes/kv.ts';
import { openApiRoutes } from './routes/openapi.ts';
import { operatorRoutes } from './routes/operator.ts';
import { queryRoutes } from './routes/query.ts';
import { sessionRoutes } from './routes/session.ts';
import { snapshotRoutes } from './routes/snapshot.ts';
import { statusRoutes } from './routes/status.ts';
import { syncRoutes } from './routes/sync.ts';
import { txnRoutes } from './routes/txn.ts';
import { ApiError } from './shared/api-error.ts';
import { dnsQueryPath } from './shared/dns/over-https.ts';
import { cleanPath } from './shared/http/clean-path.ts';
import { errorResponse, notFound } from './shared/http/endpoint.ts';
import { indexPage } from './shared/http/index-page.ts';
import type { QueryOptions } from './shared/read/query-options.ts';
import type { ReadQuery } from './shared/read/read-query.ts';
import { type ReadResult, readRoutes } from './shared/read/read-routes.ts';

type App = { Bindings: Env };

export function makeApp(): Hono<App> {
  const app = new Hono<App>();
  app.use(cleanPath);
  app.use('/v1/*', requireToken);
  app.use(dnsQueryPath, requireToken);
  app.all('/', indexPage);
  statusRoutes(app);
  catalogRoutes(app);
  readRoutes(app, read, (c) => respondWith(c.env, c.req.raw));
  agentRoutes(app);
  kvRoutes(app);
  sessionRoutes(app);
  txnRoutes(app);
  eventRoutes(app);
  queryRoutes(app);
  coordinateRoutes(app);
  operatorRoutes(app);
  configRoutes(app);
  connectRoutes(app);
  internalRoutes(app);
  aclRoutes(app);
  snapshotRoutes(app);
  syncRoutes(app);
  openApiRoutes(app);
  edgeDnsRoutes(app);
  app.notFound((c) => notFound(c.req.path));
  app.onError((error) => {
    // biome-ignore lint/suspicious/noConsole: the platform's log is where a fault of ours belongs
    console.error(error);
    return errorResponse(outOfSpace(error) ?? error);
  });
  return app;
}

/** What SQLite says when there is no space, and the transaction was undone; the object starts anew with what it had. */
const outOfSpace = ({ message }: Error): ApiError | undefined =>
  message.includes('SQLITE_FULL')
    ? new ApiError(500, `the edge has no space left to store this, so nothing was changed: ${message}`)
    : undefined;

/** A read by the authority. */
async function read(c: Context<App>, query: ReadQuery, options: QueryOptions): Promise<ReadResult> {
  const datacenter = await datacenterOf(c.env, options.Datacenter);
  const answer = await blockingRead(c, datacenter, options, (wait) => datacenter.read(query, wait));
  rememberRead(c, query, options, answer);
  return authorityResult(answer, options);
}
