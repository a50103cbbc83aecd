import { onTestFinished } from 'vitest';
import { membersOfCopy } from '../../../sidecar/agent/members.ts';
import { CatalogCache } from '../../../sidecar/cache/catalog-cache.ts';
import { Checks } from '../../../sidecar/checks/checks.ts';
import { Admission } from '../../../sidecar/http/admission.ts';
import type { AgentApi } from '../../../sidecar/http/agent-api.ts';
import { makeApp } from '../../../sidecar/http/app.ts';
import { EdgeReads } from '../../../sidecar/http/edge-reads.ts';
import { LocalReads } from '../../../sidecar/http/local-reads.ts';
import { Reads } from '../../../sidecar/http/reads.ts';
import { Declarations } from '../../../sidecar/local/declarations.ts';
import { LocalState } from '../../../sidecar/local/local-state.ts';
import { SavedState } from '../../../sidecar/local/saved-state.ts';
import { Outbound } from '../../../sidecar/outbound/outbound.ts';
import { Catalogs } from '../../../sidecar/sync/catalogs.ts';
import { EdgeClient } from '../../../sidecar/sync/edge-client.ts';
import { Feed } from '../../../sidecar/sync/feed.ts';
import { makeLogger } from '../../../sidecar/system/logger.ts';
import type { Change } from '../../../src/shared/protocol/messages.ts';
import { FakeClock } from '../fake-clock.ts';
import { aFolder } from '../scratch.ts';
import { aNode } from '../sync/a-node.ts';
import { makeTestAgent } from './agent-fixture.ts';
import { startEdge } from './an-edge.ts';

export interface AgentSettings {
  tokens?: { default: string; agent: string };
  scriptsAllowed?: boolean;
  /** The copy of the catalog; none: it was never filled. */
  copy?: Change[];
  /** How long ago the copy was known to be true. */
  copyAgeMs?: number;
  /** False: the connection to the edge is down. */
  connected?: boolean;
  limits?: Partial<ReturnType<AgentApi['limits']>>;
  /** What the edge says of the copy; without it, that cannot be asked. */
  confirm?: () => Promise<boolean>;
}

/** The HTTP side of an agent with everything behind it real, but for the edge. */
export async function anAgent(settings: AgentSettings = {}) {
  const edge = await startEdge();
  const clock = new FakeClock();
  const random = () => 0;
  const lines: string[] = [];
  const logger = makeLogger(
    'agent',
    { level: 'warn', json: false, write: (line) => lines.push(line.slice(25)) },
    clock,
  );
  const { default: defaultToken, agent: agentToken } = settings.tokens ?? { default: '', agent: '' };
  const dataDir = aFolder();
  const alias = { node: 'n1', checks: () => [], hasService: () => true };
  const checks: Checks = new Checks({
    clock,
    random,
    logger,
    report: (result) => local.report(result),
    alias,
  });
  const local: LocalState = new LocalState(checks, () => undefined);
  const outbound = new Outbound(clock);
  const client = new EdgeClient(() => edge.url, outbound, clock);
  const { feed, copy } = aFeed(settings, { outbound, clock, random, logger });
  const datacenter = 'dc1';
  const catalogs = new Catalogs({
    ...{ edges: [edge.url], token: () => agentToken, outbound, clock, random, logger },
    own: feed,
    datacenter,
    edge: client,
    saved: undefined,
    changed: () => undefined,
  });
  const localReads = new LocalReads({ catalogs, datacenter, clock, random });
  const edgeReads = new EdgeReads({
    ...{ edge: client, datacenter, clock, random },
    defaultToken: () => defaultToken,
    connected: () => settings.connected ?? true,
  });
  const admission = new Admission({
    tokens: () => ({ default: defaultToken, agent: agentToken }),
    edge: client,
    clock,
  });
  const done: string[] = [];
  const api: AgentApi = {
    datacenter,
    server: false,
    scriptsAllowed: settings.scriptsAllowed ?? false,
    node: () => aNode('n1'),
    local,
    declarations: new Declarations(local, new SavedState(dataDir, logger).definitions),
    checks,
    edge: client,
    reads: new Reads(localReads, edgeReads, settings.confirm ?? (async () => false), clock),
    dns: undefined,
    defaultToken: () => defaultToken,
    admit: (token) => admission.admit(token),
    isAdmitted: (token) => admission.isAdmitted(token),
    members: async () => membersOfCopy(feed.copy),
    debugConfig: () => ({ EnableDebug: false }),
    stats: () => ({ rollcall: { sync: feed.state } }),
    reload: async () => void done.push('reload'),
    leave: async () => void done.push('leave'),
    warn: (message) => void lines.push(message),
    clock,
    random,
    limits: () => ({
      ...{ httpConnsPerClientMax: 0, httpsHandshakeTimeoutMs: 0 },
      ...{ kvValueBytesMax: 524_288, txnBytesMax: 524_288 },
      ...settings.limits,
    }),
    ...unused(clock),
    tokensInUse: () => agentToken !== '',
  };
  onTestFinished(() => {
    checks.stopAll();
    catalogs.stop();
    client.stop();
  });
  const app = makeApp(api, logger);
  /** Tells the copy of a change, as the edge's delta would. */
  const change = (index: number, ...changes: Change[]) =>
    localReads.changed(datacenter, copy.apply(index, changes));
  return { app, api, edge, clock, copy, local, lines, done, dataDir, change, ...requests(app) };
}

/** What the tables that use this agent do not look at; see agent-fixture.ts. */
function unused(clock: FakeClock) {
  const { metrics, localChanges, logTaps, edges, tokens, settings } = makeTestAgent({}, { clock }).agent;
  return { metrics, localChanges, logTaps, edges, tokens, settings };
}

type Parts = Pick<ConstructorParameters<typeof Feed>[0], 'outbound' | 'clock' | 'random' | 'logger'>;

/** A feed that was never started: it has the copy from disk, and that grows old. */
function aFeed({ copy: changes, copyAgeMs = 0 }: AgentSettings, parts: Parts) {
  const copy = new CatalogCache('dc1');
  if (changes) {
    copy.apply(1, changes);
    copy.catalogId = 'catalog-1';
  }
  const options = { ...parts, datacenter: 'dc1', edges: [new URL('http://127.0.0.1:1')], token: () => '' };
  const feed = new Feed(options, {}, copy, changes ? parts.clock.nowMs() - copyAgeMs : undefined);
  return { feed, copy };
}

function requests(app: ReturnType<typeof makeApp>) {
  const ask = (method: string, path: string, init: RequestInit = {}) =>
    Promise.resolve(app.request(`http://localhost:8500${path}`, { method, ...init }));
  const get = (path: string, headers: Record<string, string> = {}) => ask('GET', path, { headers });
  const put = (path: string, body?: unknown, headers: Record<string, string> = {}) =>
    ask('PUT', path, { headers, ...(body === undefined ? {} : { body: textOf(body) }) });
  return {
    ask,
    get,
    put,
    /** Status and text of an answer. */
    said: async (response: Promise<Response>) => {
      const { status, text } = await response.then(async (r) => ({ status: r.status, text: await r.text() }));
      return [status, text] as const;
    },
    json: async (path: string) => (await (await get(path)).json()) as Record<string, unknown>,
  };
}

const textOf = (body: unknown) => (typeof body === 'string' ? body : JSON.stringify(body));
