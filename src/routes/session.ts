/** /v1/session. Source: https://developer.hashicorp.com/consul/api-docs/session. */
import type { Hono } from 'hono';
import { authorityResult } from '../authority-result.ts';
import { blockingRead } from '../blocking-read.ts';
import { datacenterOf } from '../datacenters.ts';
import type { Env } from '../env.ts';
import { decodeSession, type SessionQuery } from '../requests/session.ts';
import { checkSessionId } from '../requests/session-id.ts';
import { ApiError } from '../shared/api-error.ts';
import { bodyText } from '../shared/http/body-text.ts';
import { endpoint, jsonResponse, pathRest } from '../shared/http/endpoint.ts';
import { queryOptionsOf } from '../shared/read/query-options.ts';
import { answerRead } from '../shared/read/read-routes.ts';

type App = { Bindings: Env };

export function sessionRoutes(app: Hono<App>): void {
  endpoint(app, '/v1/session/create', {
    PUT: async (c) => {
      const options = queryOptionsOf(c);
      const session = decodeSession(await bodyText(c));
      const datacenter = await datacenterOf(c.env, options.Datacenter);
      return jsonResponse({ ID: await datacenter.createSession(session) }, options.Pretty);
    },
  });
  endpoint(app, '/v1/session/destroy/*', {
    PUT: async (c) => {
      const options = queryOptionsOf(c);
      const id = sessionId(pathRest(c, '/v1/session/destroy/'));
      const datacenter = await datacenterOf(c.env, options.Datacenter);
      await datacenter.destroySession(id);
      return jsonResponse(true, options.Pretty);
    },
  });
  endpoint(app, '/v1/session/renew/*', {
    PUT: async (c) => {
      const options = queryOptionsOf(c);
      const id = sessionId(pathRest(c, '/v1/session/renew/'));
      const datacenter = await datacenterOf(c.env, options.Datacenter);
      const session = await datacenter.renewSession(id);
      if (!session) throw new ApiError(404, `Session id '${id}' not found`);
      return jsonResponse([session], options.Pretty);
    },
  });
  const read = (path: string, parse: (rest: string) => SessionQuery) =>
    endpoint(app, path, {
      GET: async (c) => {
        const options = queryOptionsOf(c);
        const query = parse(path.endsWith('*') ? pathRest(c, path.slice(0, -1)) : '');
        return answerRead(options.Pretty, async () => {
          const datacenter = await datacenterOf(c.env, options.Datacenter);
          const answer = await blockingRead(c, datacenter, options, (wait) =>
            datacenter.readSessions(query, wait),
          );
          return authorityResult(answer);
        });
      },
    });
  read('/v1/session/list', () => ({ Kind: 'list' }));
  read('/v1/session/info/*', (id) => ({ Kind: 'info', ID: namedId(id) }));
  read('/v1/session/node/*', (node) => {
    if (node === '') throw new ApiError(400, 'Missing node name');
    return { Kind: 'node', Node: node };
  });
}

function sessionId(id: string): string {
  checkSessionId(namedId(id));
  return id;
}

function namedId(id: string): string {
  if (id === '') throw new ApiError(400, 'Missing session');
  return id;
}
