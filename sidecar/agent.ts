/**
 * The agent: builds every part, starts them in order and stops them in reverse. The only file that knows them all. Order:
 * the data directory, the edge if it runs here, what was saved, checks, the connection, then the doors (HTTP, DNS), so that
 * nobody is answered before there is an answer.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { MemberJson } from '../src/shared/member.ts';
import type { AgentNode } from '../src/shared/protocol/messages.ts';
import { version } from '../src/shared/version.ts';
import { SavedCopies } from './cache/saved-copies.ts';
import { Checks } from './checks/checks.ts';
import { type Clock, systemClock } from './clock.ts';
import type { AgentConfig } from './config/agent-config.ts';
import { openDataDir } from './data-dir.ts';
import { DnsServer } from './dns/dns-server.ts';
import { dnsServerConfig } from './dns-server-config.ts';
import { readIfThere, writeDurably } from './durable-file.ts';
import { planEdge } from './edge/edge-plan.ts';
import { HostedEdge } from './edge/hosted-edge.ts';
import { Admission } from './http/admission.ts';
import type { AgentApi } from './http/agent-api.ts';
import { makeApp } from './http/app.ts';
import { EdgeReads } from './http/edge-reads.ts';
import { HttpServer } from './http/http-server.ts';
import { LocalReads } from './http/local-reads.ts';
import { Reads } from './http/reads.ts';
import { Declarations } from './local/declarations.ts';
import { LocalState } from './local/local-state.ts';
import { SavedState } from './local/saved-state.ts';
import type { Logger, LogSink } from './logger.ts';
import { listMembers } from './members.ts';
import { type Random, systemRandom } from './random.ts';
import { Catalogs } from './sync/catalogs.ts';
import { EdgeClient } from './sync/edge-client.ts';
import { HostSync } from './sync/host-sync.ts';

export interface AgentOptions {
  config: AgentConfig;
  /** Reads the configuration again, for a reload. @throws with what is wrong in it. */
  readConfig(): AgentConfig;
  logger: Logger;
  sink: LogSink;
  /** `leave` was asked for over HTTP: the process is to end. */
  left(): void;
}

const resultsSaveDelayMs = 1_000;
const forgetIntervalMs = 60_000;
const joinTimeoutMs = 10_000;

export class Agent {
  readonly #options: AgentOptions;
  readonly #clock: Clock = systemClock;
  readonly #random: Random = systemRandom;
  #config: AgentConfig;
  /** What to undo, last first. */
  readonly #undo: (() => void | Promise<void>)[] = [];
  #sync: HostSync | undefined;
  #local: LocalState | undefined;
  #dns: DnsServer | undefined;

  constructor(options: AgentOptions) {
    this.#options = options;
    this.#config = options.config;
  }

  /** @throws with what to do; everything that was started is stopped again. */
  async start(): Promise<AgentSummary> {
    try {
      return await this.#start();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    for (const undo of this.#undo.splice(0).reverse()) await undo();
  }

  /** Takes this host out of the catalog; the caller then stops the agent. */
  async leave(): Promise<void> {
    await this.#sync?.leave();
  }

  /** @throws with what is wrong in the files; then nothing has changed. */
  reload(): void {
    const config = this.#options.readConfig();
    this.#config = config;
    this.#options.sink.level = config.logLevel;
    this.#local?.reload(config.services, config.checks);
    this.#dns?.reconfigure(dnsServerConfig(config));
    this.#sync?.trigger();
    this.#options.logger.info('configuration is reloaded', { services: config.services.length });
  }

  async #start(): Promise<AgentSummary> {
    const config = this.#config;
    const { logger } = this.#options;
    const plan = planEdge(config);
    if (config.dataDir !== '') {
      const lock = openDataDir(config.dataDir);
      this.#undo.push(() => lock.close());
    }
    const nodeId = config.nodeId || keptNodeId(config.dataDir);
    const hosted = plan.run ? await this.#startEdge() : undefined;
    const edges = hosted ? [hosted.url] : plan.edges;
    const agentToken = () => this.#config.tokens.agent || hosted?.token || '';

    const saved = config.dataDir === '' ? undefined : new SavedState(config.dataDir);
    const { local, checks } = this.#startChecks(saved);
    this.#local = local;
    const declarations = new Declarations(local, saved);
    const node = () => this.#node(nodeId, hosted !== undefined);
    const copies =
      config.dataDir === '' ? undefined : new SavedCopies(config.dataDir, this.#clock, logger.named('cache'));
    const edge = new EdgeClient(() => sync.feed.edge, this.#clock);
    this.#undo.push(() => edge.stop());
    const feedOptions = {
      edges,
      token: agentToken,
      clock: this.#clock,
      random: this.#random,
      logger: logger.named('sync'),
    };
    const savedCopy = await copies?.load(config.datacenter);
    const sync: HostSync = new HostSync(
      {
        ...feedOptions,
        datacenter: config.datacenter,
        node,
        local,
        evicted: (serviceId) => declarations.dropService(serviceId),
        checkUpdateIntervalMs: config.checkUpdateIntervalMs,
      },
      {
        changed: (topics) => {
          copies?.changed(sync.feed);
          localReads.changed(config.datacenter, topics);
        },
      },
      savedCopy?.cache,
      savedCopy?.savedAtMs,
    );
    this.#sync = sync;
    const catalogs = new Catalogs({
      ...feedOptions,
      own: sync.feed,
      datacenter: config.datacenter,
      edge,
      saved: copies,
      changed: (datacenter, topics) => localReads.changed(datacenter, topics),
    });
    const localReads = new LocalReads({
      catalogs,
      datacenter: config.datacenter,
      clock: this.#clock,
      random: this.#random,
    });
    this.#undo.push(() => copies?.stop());
    this.#undo.push(() => {
      catalogs.stop();
      sync.stop();
    });
    this.#every(forgetIntervalMs, () => catalogs.forgetUnasked());
    sync.start();
    if (config.startJoin.length > 0) await this.#joined(sync, savedCopy !== undefined);

    const defaultToken = () => this.#config.tokens.default;
    const edgeReads = new EdgeReads({
      edge,
      datacenter: config.datacenter,
      defaultToken,
      connected: () => sync.feed.state === 'live',
      clock: this.#clock,
      random: this.#random,
    });
    const admission = new Admission({
      tokens: () => ({ default: defaultToken(), agent: agentToken() }),
      edge,
      clock: this.#clock,
    });
    const members = (): Promise<MemberJson[]> => listMembers(edge, agentToken(), sync.feed.copy);
    const api: AgentApi = {
      datacenter: config.datacenter,
      server: hosted !== undefined,
      scriptsAllowed: config.enableScriptChecks,
      node,
      local,
      declarations,
      checks,
      edge,
      clock: this.#clock,
      random: this.#random,
      reads: new Reads(localReads, edgeReads, this.#clock),
      defaultToken,
      admit: (token) => admission.admit(token),
      members,
      stats: () => ({
        rollcall: {
          edge: sync.feed.edge.href,
          sync: sync.feed.state,
          sync_fault: sync.feed.lastReason,
          index: String(sync.feed.copy.lastIndex),
        },
      }),
      reload: async () => this.reload(),
      leave: async () => {
        await this.leave();
        this.#options.left();
      },
      warn: (message) => logger.warn(message),
    };
    await this.#openHttp(api);
    await this.#openDns(catalogs);
    return { config, nodeId, edges, hosted };
  }

  async #startEdge(): Promise<HostedEdge> {
    const hosted = new HostedEdge(this.#config, this.#clock, this.#options.logger.named('edge'));
    this.#undo.push(() => hosted.stop());
    await hosted.start();
    return hosted;
  }

  #startChecks(saved: SavedState | undefined): { local: LocalState; checks: Checks } {
    const { logger } = this.#options;
    let cancelSave: (() => void) | undefined;
    const saveResults = () => {
      cancelSave?.();
      cancelSave = undefined;
      try {
        saved?.saveResults(local, (checkId) => checks.ttlExpiresAtMs(checkId), this.#clock.nowMs());
      } catch (error) {
        logger.error('the results of checks cannot be saved', { reason: (error as Error).message });
      }
    };
    const checks: Checks = new Checks({
      clock: this.#clock,
      random: this.#random,
      logger: logger.named('checks'),
      report: (result) => local.report(result),
      alias: {
        node: this.#config.nodeName,
        checks: (node) => this.#aliasedChecks(node),
        hasService: (node, id) => this.#hasService(node, id),
      },
      outputBytesMax: this.#config.checkOutputBytesMax,
    });
    const changed = () => {
      this.#sync?.trigger();
      cancelSave ??= this.#clock.after(resultsSaveDelayMs, saveResults);
    };
    const local = new LocalState(checks, changed, saved?.loadResults(this.#clock.nowMs()));
    const definitions = saved?.loadDefinitions() ?? { Services: [], Checks: [] };
    for (const service of definitions.Services) local.addService(service, 'api');
    // Before the API's checks, for these may be about a service that a file declares.
    local.reload(this.#config.services, this.#config.checks);
    local.restoreChecks(definitions.Checks);
    this.#undo.push(() => {
      saveResults();
      checks.stopAll();
    });
    return { local, checks };
  }

  #isThisNode(node: string): boolean {
    return node === '' || node.toLowerCase() === this.#config.nodeName.toLowerCase();
  }

  #aliasedChecks(node: string) {
    if (!this.#isThisNode(node)) return this.#sync?.feed.copy.nodeChecks(node) ?? [];
    return [...(this.#local?.checks.values() ?? [])].map(({ definition, Status, Output }) => ({
      CheckID: definition.CheckID,
      Name: definition.Name,
      ServiceID: definition.ServiceID,
      Status,
      Output,
    }));
  }

  #hasService(node: string, id: string): boolean {
    if (this.#isThisNode(node)) return this.#local?.services.has(id) ?? false;
    return this.#sync?.feed.copy.nodeServices(node).some(({ ID }) => ID === id) ?? false;
  }

  #node(nodeId: string, isServer: boolean): AgentNode {
    const { nodeName, advertiseAddr, taggedAddresses, nodeMeta, ports } = this.#config;
    return {
      Node: nodeName,
      ID: nodeId,
      Address: advertiseAddr,
      TaggedAddresses: taggedAddresses,
      // Consul shows the network segment of each node, and clients written for it look.
      NodeMeta: { 'consul-network-segment': '', ...nodeMeta },
      Role: isServer ? 'server' : 'client',
      ServerPort: isServer ? ports.server : 0,
      Version: version,
    };
  }

  /** `-join` promises that the edge was reached; a copy from an earlier run makes do without. */
  async #joined(sync: HostSync, hasCopy: boolean): Promise<void> {
    const deadlineMs = this.#clock.monotonicMs() + joinTimeoutMs;
    const isOver = () =>
      sync.feed.state === 'live' || sync.feed.triedAll || this.#clock.monotonicMs() > deadlineMs;
    while (!isOver()) await new Promise<void>((resolve) => this.#clock.after(20, resolve));
    if (sync.feed.state === 'live' || hasCopy) return;
    const { href } = sync.feed.edge;
    throw new Error(
      `the edge at ${href} cannot be joined (${sync.feed.lastReason || 'it does not answer'}): check the address and the ` +
        'token, or use -retry-join to wait for it',
    );
  }

  async #openHttp(api: AgentApi): Promise<void> {
    const { addresses, ports } = this.#config;
    if (ports.http <= 0) return;
    const server = new HttpServer(makeApp(api, this.#options.logger.named('http')));
    await server.start(addresses.http, ports.http);
    this.#undo.push(() => server.stop());
  }

  async #openDns(catalogs: Catalogs): Promise<void> {
    if (this.#config.ports.dns <= 0) return;
    this.#dns = new DnsServer({
      config: dnsServerConfig(this.#config),
      catalogs,
      clock: this.#clock,
      random: this.#random,
      logger: this.#options.logger.named('dns'),
    });
    await this.#dns.start();
    this.#undo.push(() => this.#dns?.stop());
  }

  #every(intervalMs: number, action: () => void): void {
    let cancel = this.#clock.after(intervalMs, run.bind(this));
    this.#undo.push(() => cancel());
    function run(this: Agent) {
      action();
      cancel = systemClock.after(intervalMs, run.bind(this));
    }
  }
}

/** What a human wants to know once it runs. */
export interface AgentSummary {
  config: AgentConfig;
  nodeId: string;
  edges: URL[];
  hosted: HostedEdge | undefined;
}

/** The node's ID outlives the process where there is a place to keep it. */
function keptNodeId(dataDir: string): string {
  if (dataDir === '') return randomUUID();
  const path = join(dataDir, 'node-id');
  const kept = readIfThere(path)?.trim();
  if (kept) return kept;
  const made = randomUUID();
  writeDurably(path, `${made}\n`);
  return made;
}
