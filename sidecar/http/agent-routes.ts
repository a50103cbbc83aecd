/** /v1/agent about the agent itself: who it is, whom it knows, reload and leave. */
import { arch, availableParallelism, platform } from 'node:os';
import type { Hono } from 'hono';
import { ApiError } from '../../src/shared/api-error.ts';
import { definedCheckType } from '../../src/shared/check-type.ts';
import { endpoint, jsonResponse } from '../../src/shared/http/endpoint.ts';
import { paramsOf } from '../../src/shared/http/query-params.ts';
import { type MemberJson, memberStatus } from '../../src/shared/member.ts';
import { selectMembers } from '../../src/shared/select-members.ts';
import { consulVersion, version } from '../../src/shared/version.ts';
import { reportHost } from '../host-report/report.ts';
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
    DebugConfig: agent.debugConfig(),
    Coord: null,
    Member: members.find(({ Name }) => Name === node.Node) ?? null,
    Stats: { ...statsOf(agent, members), ...agent.stats() },
    Meta: node.NodeMeta ?? {},
  };
}

/** Groups of figures, all of them texts, as Consul's. */
function statsOf({ local, server, tokensInUse }: AgentApi, members: MemberJson[]) {
  const kinds = [...local.checks.values()].map(({ definition }) => definedCheckType(definition));
  const count = (of: (member: MemberJson) => boolean) => String(members.filter(of).length);
  const servers = count(({ Tags, Status }) => Tags.role === 'consul' && Status === memberStatus.alive);
  return {
    agent: {
      check_monitors: String(kinds.filter((kind) => kind === 'script').length),
      check_ttls: String(kinds.filter((kind) => kind === 'ttl').length),
      checks: String(local.checks.size),
      services: String(local.services.size),
    },
    build: { prerelease: '', revision: '', version },
    consul: {
      acl: tokensInUse() ? 'enabled' : 'disabled',
      known_servers: servers,
      server: String(server),
      // Scripts look for the one that leads; the host with the edge is all the servers that there are.
      ...(server ? { leader: 'true' } : {}),
    },
    runtime: {
      arch: arch(),
      cpu_count: String(availableParallelism()),
      os: platform(),
      pid: String(process.pid),
      uptime_s: String(Math.floor(process.uptime())),
      version: process.version,
    },
    serf_lan: {
      encrypted: 'false',
      failed: count(({ Status }) => Status === memberStatus.failed),
      left: count(({ Status }) => Status === memberStatus.left),
      members: String(members.length),
    },
  };
}
