/** /v1/agent about the agent itself: who it is, whom it knows, reload and leave. */
import type { Hono } from 'hono';
import { ApiError } from '../../src/shared/api-error.ts';
import { endpoint, jsonResponse } from '../../src/shared/http/endpoint.ts';
import { paramsOf } from '../../src/shared/http/query-params.ts';
import { selectMembers } from '../../src/shared/select-members.ts';
import { consulVersion, version } from '../../src/shared/version.ts';
import { reportHost } from '../host-report.ts';
import type { AgentApi } from './agent-api.ts';
import { done, isPretty } from './request.ts';

export function agentRoutes(app: Hono, agent: AgentApi): void {
  endpoint(app, '/v1/agent/self', { GET: async (c) => jsonResponse(await self(agent), isPretty(c)) });
  endpoint(app, '/v1/agent/members', {
    GET: async (c) => jsonResponse(selectMembers(await agent.members(), paramsOf(c)), isPretty(c)),
  });
  endpoint(app, '/v1/agent/host', {
    GET: async (c) => {
      const report = await reportHost(agent.settings.diskPath, agent.clock.nowMs());
      return jsonResponse(report, isPretty(c));
    },
  });
  endpoint(app, '/v1/agent/version', {
    GET: (c) => jsonResponse({ SHA: '', BuildDate: '', HumanVersion: version, FIPS: '' }, isPretty(c)),
  });
  endpoint(app, '/v1/agent/reload', {
    PUT: async () => {
      await reload(agent);
      return done();
    },
  });
  endpoint(app, '/v1/agent/leave', {
    PUT: async () => {
      await agent.leave();
      return done();
    },
  });
}

/** Whoever asks for it must be told what is wrong in the files. @throws {ApiError} 500 with Consul's kind of text. */
async function reload(agent: AgentApi): Promise<void> {
  try {
    await agent.reload();
  } catch (error) {
    throw new ApiError(500, (error as Error).message);
  }
}

async function self(agent: AgentApi) {
  const node = agent.node();
  const members = await agent.members();
  return {
    Config: {
      Datacenter: agent.datacenter,
      PrimaryDatacenter: agent.datacenter,
      NodeName: node.Node,
      NodeID: node.ID,
      Revision: '',
      Server: agent.server,
      Version: consulVersion,
      BuildDate: '',
    },
    DebugConfig: {},
    Coord: null,
    Member: members.find(({ Name }) => Name === node.Node) ?? null,
    Stats: {
      agent: {
        check_monitors: '0',
        checks: String(agent.local.checks.size),
        services: String(agent.local.services.size),
      },
      build: { version },
      ...agent.stats(),
    },
    Meta: node.NodeMeta ?? {},
  };
}
