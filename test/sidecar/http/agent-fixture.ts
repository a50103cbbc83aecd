/** An agent as its routes see it: with a local state of its own, a clock that the test moves, and an edge that is a list. */
import type { Hono } from 'hono';
import { AgentTokens } from '../../../sidecar/agent/tokens.ts';
import type { AgentApi, HttpSettings } from '../../../sidecar/http/agent-api.ts';
import { makeApp } from '../../../sidecar/http/app.ts';
import { ChangeSignal } from '../../../sidecar/local/change-signal.ts';
import { Declarations } from '../../../sidecar/local/declarations.ts';
import { LocalState } from '../../../sidecar/local/local-state.ts';
import type { EdgeRequest } from '../../../sidecar/sync/edge-client.ts';
import { Metrics } from '../../../sidecar/telemetry/metrics.ts';
import { memberJson } from '../../../src/shared/member.ts';
import type { QueryOptions } from '../../../src/shared/read/query-options.ts';
import type { ReadQuery } from '../../../src/shared/read/read-query.ts';
import { FakeClock } from '../fake-clock.ts';
import { makeTestLogger } from '../test-logger.ts';

export const nodeName = 'host1';

const member = (Node: string, Alive: boolean) =>
  memberJson(
    {
      Node: {
        ID: '',
        Node,
        Address: '10.0.0.1',
        Datacenter: 'dc1',
        TaggedAddresses: null,
        Meta: null,
        CreateIndex: 1,
        ModifyIndex: 1,
      },
      Role: 'client',
      Version: '',
      Alive,
    },
    'dc1',
  );

export interface TestAgent {
  agent: AgentApi;
  app: Hono;
  clock: FakeClock;
  /** What the edge was asked. */
  asked: EdgeRequest[];
  /** What was read, with its path. */
  reads: { path: string; query: ReadQuery; options: QueryOptions }[];
}

export function makeTestAgent(
  settings: Partial<Omit<HttpSettings, 'http'>> & { http?: Partial<HttpSettings['http']> } = {},
  overrides: Partial<AgentApi> = {},
): TestAgent {
  const clock = new FakeClock();
  const asked: EdgeRequest[] = [];
  const reads: TestAgent['reads'] = [];
  const localChanges = new ChangeSignal();
  const local = new LocalState({ start: () => undefined, stop: () => undefined }, () => localChanges.fire());
  const tokens = { default: '', agent: '', agentRecovery: '', configFileServiceRegistration: '', dns: '' };
  const agent = {
    datacenter: 'dc1',
    server: false,
    scriptsAllowed: false,
    node: () => ({ Node: nodeName }),
    local,
    declarations: new Declarations(local, undefined),
    localChanges,
    edge: {
      request: async (request: EdgeRequest) => {
        asked.push(request);
        return { status: 200, headers: {}, body: Buffer.from('true') };
      },
    },
    edges: () => [new URL('http://10.0.0.9:8300')],
    clock,
    random: () => 0,
    reads: {
      read: async (path: string, query: ReadQuery, options: QueryOptions) => {
        reads.push({ path, query, options });
        return { Body: '[]', Index: 1, KnownLeader: true, LastContactMs: 0, Consistency: 'leader' };
      },
    },
    defaultToken: () => '',
    admit: async () => undefined,
    members: async () => [member(nodeName, true), member('dead', false)],
    debugConfig: () => ({}),
    metrics: new Metrics({ clock, prefix: 'consul', hostname: '', isKept: () => true }),
    logTaps: new Set(),
    tokens: new AgentTokens(() => tokens, undefined),
    tokensInUse: () => false,
    warn: () => undefined,
    limits: () => ({ kvValueBytesMax: 524_288, txnBytesMax: 524_288 }),
    settings: {
      defaultQueryTimeMs: 300_000,
      maxQueryTimeMs: 600_000,
      discoveryMaxStaleMs: 0,
      translateWanAddrs: false,
      prometheusRetentionMs: 0,
      enableDebug: false,
      diskPath: '/',
      ...settings,
      http: {
        responseHeaders: {},
        blockEndpoints: [],
        allowWriteHttpFrom: [],
        useCache: true,
        headerBytesMax: 1_048_576,
        ...settings.http,
      },
    },
    ...overrides,
  } as unknown as AgentApi;
  return { agent, app: makeApp(agent, makeTestLogger()), clock, asked, reads };
}
