/** The HTTP surface of a host on one page: what every request passes, in order, and who answers what. */
import type { HttpBindings } from '@hono/node-server';
import { Hono, type MiddlewareHandler } from 'hono';
import { isApiError } from '../../src/shared/api-error.ts';
import { cleanPath } from '../../src/shared/http/clean-path.ts';
import { endpoint, errorResponse, notFound } from '../../src/shared/http/endpoint.ts';
import { indexPage } from '../../src/shared/http/index-page.ts';
import { snapshotFileBytesMax } from '../../src/shared/limits.ts';
import { refuseEnterprise, selectToken } from '../../src/shared/read/query-options.ts';
import { topicsOf } from '../../src/shared/read/read-query.ts';
import { readRoutes } from '../../src/shared/read/read-routes.ts';
import type { Logger } from '../system/logger.ts';
import type { AgentApi } from './agent-api.ts';
import { nameAgent, withAgentNamed, withDefaults } from './agent-defaults.ts';
import { agentRoutes } from './agent-routes.ts';
import { tellMiss } from './cache-support.ts';
import { checkRoutes } from './check-routes.ts';
import { clusterRoutes } from './cluster-routes.ts';
import { compress } from './compress.ts';
import { hostDnsRoutes } from './dns-query-routes.ts';
import { forward, forwardStream } from './forward.ts';
import { healthRoutes } from './health-routes.ts';
import { makeRequestMeters, measureRequests, metricsRoutes } from './metrics-routes.ts';
import { metricsStreamRoutes } from './metrics-stream.ts';
import { monitorRoutes } from './monitor.ts';
import { profileRoutes } from './profile-routes.ts';
import { noteSource } from './repeated-reads.ts';
import { addHeaders, blockEndpoints, restrictWrites } from './restrictions.ts';
import { serviceRoutes } from './service-routes.ts';
import { sessionRoutes } from './session-routes.ts';
import { tellTranslation, translateExecution, translateRead } from './wan-addresses.ts';
import { limitedBody } from './write-limits.ts';

export function makeApp(agent: AgentApi, logger: Logger): Hono {
  const { prometheusRetentionMs, translateWanAddrs } = agent.settings;
  const http = () => agent.settings.http;
  const app = new Hono();
  const meterOf = makeRequestMeters(agent.metrics, agent.node().Node);
  app.use(measureRequests(meterOf, agent.clock));
  app.use(addHeaders(() => http().responseHeaders));
  app.use(tellDefaultPolicy(agent));
  if (translateWanAddrs) app.use(tellTranslation);
  app.use(cleanPath);
  app.use(blockEndpoints(() => http().blockEndpoints));
  // Above what restricts writes: a question is none, whatever its method.
  hostDnsRoutes(app, agent);
  app.use(restrictWrites(() => http().allowWriteHttpFrom, remoteAddress));
  app.use('/v1/agent/*', admitted(agent));
  app.all('/', indexPage);
  // Above compression, which waits for the end of an answer.
  monitorRoutes(app, agent.logTaps);
  metricsStreamRoutes(app, agent.metrics, agent.clock);
  profileRoutes(app, agent);
  app.use(compress);
  agentRoutes(app, agent);
  serviceRoutes(app, agent);
  checkRoutes(app, agent);
  healthRoutes(app, agent);
  clusterRoutes(app, agent);
  metricsRoutes(app, agent.metrics, prometheusRetentionMs);
  // What the edge says of itself under these paths is not what was asked for here.
  app.all('/v1/agent/*', (c) => notFound(c.req.path));
  readRoutes(app, async (c, query, options) => {
    // The edge asks for the token itself; what the copy answers has to be asked for here.
    await agent.admit(options.Token);
    const url = new URL(c.req.url);
    const { Node } = agent.node();
    nameAgent(url.searchParams, Node);
    const result = await agent.reads.read(
      url.pathname + url.search,
      withAgentNamed(query, Node),
      withDefaults(options, url.searchParams, query, agent.settings),
      c.req.raw.signal,
    );
    const { Source, Index } = result;
    if (Source && !url.searchParams.has('token'))
      noteSource(c.req.raw, {
        topics: topicsOf(query),
        index: Index,
        isConfirmed: Source === 'confirmed copy',
        meter: meterOf(c),
      });
    const isFar = (options.Datacenter ?? agent.datacenter) !== agent.datacenter;
    return translateWanAddrs && isFar ? { ...result, Body: translateRead(query, result.Body) } : result;
  });
  sessionRoutes(app, agent);
  if (translateWanAddrs)
    app.get('/v1/query/:query{.+}/execute', async (c) => {
      const answer = tellMiss(c, http().useCache, await forward(c, agent));
      if (answer.status !== 200) return answer;
      return new Response(translateExecution(await answer.text(), agent.datacenter), answer);
    });
  endpoint(app, '/v1/snapshot', {
    GET: (c) => forwardStream(c, agent, snapshotFileBytesMax),
    PUT: (c) => forwardStream(c, agent, snapshotFileBytesMax),
  });
  app.notFound(async (c) => {
    const answer = await forward(c, agent, await limitedBody(c, agent.limits()));
    return tellMiss(c, http().useCache, answer);
  });
  app.onError((error) => {
    if (!isApiError(error)) logger.error('request failed', { error: error.stack ?? error.message });
    const refusal = errorResponse(error);
    // As on every answer of Consul's; what is refused before it is compressed has not been told so.
    refusal.headers.set('Vary', 'Accept-Encoding');
    return refusal;
  });
  return app;
}

/** Undefined on a Unix socket. */
const remoteAddress = (env: unknown) => (env as HttpBindings).incoming.socket.remoteAddress;

/** What happens to a request that brings no token, said on every answer; the edge has said it of what it answered. */
const tellDefaultPolicy =
  ({ tokensInUse }: AgentApi): MiddlewareHandler =>
  async (c, next) => {
    await next();
    if (c.req.path.startsWith('/v1/') && !c.res.headers.has(defaultPolicyHeader))
      c.res.headers.set(defaultPolicyHeader, tokensInUse() ? 'deny' : 'allow');
  };

const defaultPolicyHeader = 'X-Consul-Default-ACL-Policy';

/** The agent's own endpoints do not pass the edge, so the token is checked here. */
const admitted =
  (agent: AgentApi): MiddlewareHandler =>
  async (c, next) => {
    const { searchParams } = new URL(c.req.url);
    refuseEnterprise(searchParams, c.req.raw.headers);
    await agent.admit(selectToken(searchParams, c.req.raw.headers));
    await next();
  };
