/**
 * /v1/agent/join, /force-leave, /token and /connect: what an agent of Consul does in its cluster, as far as it has a
 * meaning with an edge in the middle.
 */
import type { Context, Hono } from 'hono';
import { ApiError } from '../../src/shared/api-error.ts';
import { endpoint, pathRest } from '../../src/shared/http/endpoint.ts';
import { selectToken } from '../../src/shared/read/query-options.ts';
import { type TokenKind, tokenKind } from '../agent/tokens.ts';
import { parseJoinAddress } from '../config/join-address.ts';
import { changeFault } from '../local/change-fault.ts';
import type { AgentApi } from './agent-api.ts';
import { done, jsonOf } from './request.ts';

const timeoutMs = 5_000;

export function clusterRoutes(app: Hono, agent: AgentApi): void {
  endpoint(app, '/v1/agent/join/*', {
    PUT: (c) => {
      join(agent, pathRest(c, '/v1/agent/join/'));
      return done();
    },
  });
  endpoint(app, '/v1/agent/force-leave/*', {
    PUT: async (c) => {
      await forceLeave(c, agent, pathRest(c, '/v1/agent/force-leave/'));
      return done();
    },
  });
  endpoint(app, '/v1/agent/token/*', {
    PUT: async (c) => {
      if (!agent.tokensInUse()) throw new ApiError(401, 'ACL support disabled');
      const name = pathRest(c, '/v1/agent/token/');
      const { Token = '' } = Object(await jsonOf(c)) as { Token?: unknown };
      const kind = tokenKind(name);
      if (kind === undefined) throw new ApiError(404, `Token ${JSON.stringify(name)} is unknown`);
      if (kind !== 'unused') setToken(agent, kind, String(Token));
      return done();
    },
  });
  const noConnect = () => {
    throw new ApiError(500, 'Connect must be enabled in order to use this endpoint');
  };
  endpoint(app, '/v1/agent/connect/authorize', { POST: noConnect });
  endpoint(app, '/v1/agent/connect/ca/roots', { GET: noConnect });
  endpoint(app, '/v1/agent/connect/ca/leaf/*', { GET: noConnect });
}

/** @throws {ApiError} 500 if it cannot be kept. */
function setToken({ tokens }: AgentApi, kind: TokenKind, token: string): void {
  try {
    tokens.set(kind, token);
  } catch (error) {
    throw changeFault(error);
  }
}

/** An agent knows its edge from its configuration: joining it again is done already. @throws {ApiError} 500 for others. */
function join(agent: AgentApi, address: string): void {
  if (address === '') throw joinFailed('resolve : lookup : no such host');
  const known = agent.edges().map((url) => parseJoinAddress(url.href));
  if (known.includes(joinAddress(address))) return;
  throw joinFailed(
    `join ${address}: this agent is configured for ${known.join(', ')}; set retry_join and start it again`,
  );
}

function joinAddress(address: string): string {
  try {
    return parseJoinAddress(address);
  } catch (error) {
    throw joinFailed(`join ${address}: ${(error as Error).message}`);
  }
}

const joinFailed = (why: string) => new ApiError(500, `1 error occurred:\n\t* Failed to ${why}\n\n`);

/** What the edge says is passed on. */
async function forceLeave(c: Context, agent: AgentApi, node: string): Promise<void> {
  const token = selectToken(new URL(c.req.url).searchParams, c.req.raw.headers) || agent.defaultToken();
  const prune = c.req.query('prune') === undefined ? '' : '&prune';
  const { status, body } = await agent.edge.request({
    method: 'PUT',
    path: `/v1/agent/force-leave/${encodeURIComponent(node)}?dc=${agent.datacenter}${prune}`,
    headers: { 'X-Consul-Token': token },
    timeoutMs,
  });
  if (status !== 200) throw new ApiError(status, body.toString());
}
