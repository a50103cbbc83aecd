/**
 * The agent: builds every part, starts them in order and stops them in reverse. The only file that knows them all. Order:
 * the data directory, the edge if it runs here, what was saved, checks, the connection, then the doors (HTTP, DNS), so that
 * nobody is answered before there is an answer.
 */
import { join } from 'node:path';
import type { Hono } from 'hono';
import type { AgentNode } from '../src/shared/protocol/messages.ts';
import { version } from '../src/shared/version.ts';
import { systemClock } from './clock.ts';
import type { AgentConfig } from './config/agent-config.ts';
import { reloadConfig } from './config/reload.ts';
import type { ResolvedConfig } from './config/resolve.ts';
import { openDataDir } from './data-dir.ts';
import { debugConfig } from './debug-config.ts';
import { DnsServer } from './dns/dns-server.ts';
import { type DnsMeter, measured } from './dns/measured-answerer.ts';
import { dnsServerConfig } from './dns-server-config.ts';
import { planEdge } from './edge/edge-plan.ts';
import { HostedEdge } from './edge/hosted-edge.ts';
import { wayToEdge } from './edge-way.ts';
import { Host } from './host.ts';
import { readHostedTls, wayToHosted } from './hosted-tls.ts';
import { Admission } from './http/admission.ts';
import type { AgentApi, HttpSettings } from './http/agent-api.ts';
import { makeApp } from './http/app.ts';
import { HttpListeners } from './http/http-listeners.ts';
import { RepeatedReads } from './http/repeated-reads.ts';
import { KeptFile } from './kept-file.ts';
import type { Logger, LogSink } from './logger.ts';
import { listMembers, membersOfCopy } from './members.ts';
import { findNodeId } from './node-id.ts';
import { Outbound, type OutboundSettings, plainSettings } from './outbound/outbound.ts';
import { systemRandom } from './random.ts';
import { Readiness } from './readiness.ts';
import { Registry } from './registry.ts';
import type { Supervisor } from './supervisor.ts';
import { agentGauges, dnsMeter, edgeMeter } from './telemetry/agent-metrics.ts';
import { makeMetrics, metricsFilter } from './telemetry/make-metrics.ts';
import type { Metrics } from './telemetry/metrics.ts';
import { metricsDump } from './telemetry/metrics-dump.ts';
import { makePushes, type Push, PushLoop } from './telemetry/pushes.ts';
import { AgentTokens } from './tokens.ts';
import { makeWatchReads } from './watch-reads.ts';
import { Watches } from './watches/watches.ts';

export interface AgentOptions {
  config: AgentConfig;
  /** Reads the configuration again, for a reload. @throws with what is wrong in it. */
  readConfig(): ResolvedConfig;
  logger: Logger;
  sink: LogSink;
  supervisor: Supervisor;
  /** `leave` was asked for over HTTP: the process is to end. */
  left(): void;
  /** `retry_max` is used up: the process is to end. */
  gaveUp(reason: string): void;
}

const tokensFormat = 1;
const platform = { clock: systemClock, random: systemRandom };

export class Agent {
  readonly #options: AgentOptions;
  readonly #pushes: Push[];
  readonly #metrics: Metrics;
  readonly #dnsMeter: DnsMeter;
  readonly #logTaps: Set<LogSink>;
  #config: AgentConfig;
  #httpSettings: HttpSettings;
  /** What to undo, last first. */
  readonly #undo: (() => void | Promise<void>)[] = [];
  readonly #outbound = new Outbound(systemClock);
  /** @throws naming what of the configuration cannot be read. */
  #wayToEdge: (config: AgentConfig) => OutboundSettings = () => plainSettings;
  #hosted: HostedEdge | undefined;
  #listeners: HttpListeners | undefined;
  #host: Host | undefined;
  #registry: Registry | undefined;
  #dns: DnsServer | undefined;
  #watches: Watches | undefined;
  #readiness: Readiness | undefined;

  constructor(options: AgentOptions) {
    this.#options = options;
    this.#config = options.config;
    this.#httpSettings = httpSettings(options.config);
    this.#pushes = makePushes(options.config.telemetry);
    this.#metrics = makeMetrics(options.config, this.#pushes, systemClock);
    this.#dnsMeter = dnsMeter(this.#metrics, options.config.nodeName);
    options.sink.taps ??= new Set();
    this.#logTaps = options.sink.taps;
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
    this.#readiness?.stop();
    for (const undo of this.#undo.splice(0).reverse()) await undo();
  }

  /** Takes this host out of the catalog; the caller then stops the agent. */
  async leave(): Promise<void> {
    this.#readiness?.stop();
    await this.#registry?.leave();
  }

  /** What was measured, for a human. */
  dumpMetrics(): string {
    return metricsDump(this.#metrics);
  }

  /** @throws with what is wrong in the files; then nothing has changed. */
  reload(): void {
    const reload = () => this.#reload();
    if (this.#readiness) this.#readiness.whileReloading(reload);
    else reload();
  }

  /** First what may fail: until then everything is as it was. */
  #reload(): void {
    const { logger, sink } = this.#options;
    const read = this.#options.readConfig();
    const { config, kept } = reloadConfig(this.#config, read.config);
    const useHostedTls = this.#hosted?.prepareTls(readHostedTls(config));
    const way = this.#wayToEdge(config);
    const useListeners = this.#listeners?.prepare(config);
    this.#host?.reload(config);
    this.#config = config;
    this.#httpSettings = httpSettings(config);
    for (const warning of read.warnings) logger.warn(warning);
    if (kept.length > 0) logger.warn(`changed, and read at the start alone: ${kept.join(', ')}`);
    this.#outbound.use(way);
    useHostedTls?.();
    this.#registry?.wayChanged();
    useListeners?.();
    sink.level = config.logLevel;
    this.#metrics.keep(metricsFilter(config.telemetry));
    this.#dns?.reconfigure(dnsServerConfig(config));
    this.#registry?.trigger();
    this.#watches?.declare(config.watches);
    logger.info('configuration is reloaded', { services: config.services.length });
  }

  async #start(): Promise<AgentSummary> {
    const config = this.#config;
    const plan = planEdge(config);
    if (config.dataDir !== '') {
      const lock = openDataDir(config.dataDir);
      this.#undo.push(() => lock.close());
    }
    const nodeId = findNodeId(config, this.#options.logger);
    const hosted = plan.run ? await this.#startEdge() : undefined;
    const edges = hosted ? [hosted.url] : plan.edges;
    if (!hosted) {
      this.#wayToEdge = (next) => wayToEdge(next, edges, process.env);
      this.#outbound.use(this.#wayToEdge(config));
    }
    this.#undo.push(() => this.#outbound.close());
    const host = this.#startHost();
    const tokens = this.#tokens();
    const as: Identity = {
      node: () => this.#node(nodeId, hosted !== undefined),
      tokens,
      agentToken: () => tokens.get('agent') || hosted?.token || '',
      defaultToken: () => tokens.get('default'),
      isServer: hosted !== undefined,
      edges,
    };
    const registry = await this.#openRegistry(host, as);
    if (config.startJoin.length > 0) await registry.joined();
    if (config.retryMax > 0)
      this.#undo.push(registry.giveUpAfter(config.retryMax * config.retryIntervalMs, this.#options.gaveUp));
    const dns = this.#makeDns(registry);
    const api = this.#api(host, registry, dns, as);
    const app = makeApp(api, this.#options.logger.named('http'));
    await this.#openHttp(app, api, registry);
    await this.#openDns(dns);
    this.#runWatches(app, as);
    this.#pushMetrics();
    this.#readiness?.opened();
    return { config, nodeId, edges, hosted, proxyOf: (edge) => this.#outbound.proxyOf(edge) };
  }

  /** The configured tokens, and those set over the API, which are kept if the configuration says so. */
  #tokens(): AgentTokens {
    const { enableTokenPersistence, dataDir } = this.#config;
    const file =
      enableTokenPersistence && dataDir !== ''
        ? new KeptFile<Partial<AgentConfig['tokens']>>(
            join(dataDir, 'tokens.json'),
            tokensFormat,
            this.#options.logger,
          )
        : undefined;
    return new AgentTokens(() => this.#config.tokens, file);
  }

  async #openRegistry(host: Host, as: Identity): Promise<Registry> {
    const { node, agentToken, defaultToken, edges, isServer } = as;
    const registry = await Registry.open({
      ...platform,
      config: this.#config,
      host,
      edges,
      outbound: this.#outbound,
      node,
      agentToken,
      defaultToken,
      dnsToken: () => this.#config.tokens.dns || agentToken(),
      changed: (datacenter, topics) => this.#dns?.changed(datacenter, topics),
      connectionChanged: () => this.#readiness?.connectionChanged(),
      meter: edgeMeter(this.#metrics),
      logger: this.#options.logger,
    });
    this.#registry = registry;
    this.#undo.push(() => registry.stop());
    const { feed } = registry;
    this.#readiness = new Readiness({
      supervisor: this.#options.supervisor,
      clock: systemClock,
      feed,
    });
    this.#metrics.gauge(() =>
      agentGauges({
        isServer,
        copy: () => feed.copy,
        members: () => membersOfCopy(feed.copy),
        isLive: () => feed.state === 'live',
        staleMs: () => feed.staleMs(),
        services: () => host.local.services.size,
        checks: () => host.local.checks.size,
      }),
    );
    registry.start();
    return registry;
  }

  async #startEdge(): Promise<HostedEdge> {
    const tls = readHostedTls(this.#config);
    const agent = tls && this.#outbound.agents({}).https;
    const logger = this.#options.logger.named('edge');
    const hosted = new HostedEdge(this.#config, systemClock, logger, { tls, agent });
    this.#hosted = hosted;
    this.#wayToEdge = (next) => wayToHosted(next, hosted.url, process.env);
    this.#outbound.use(this.#wayToEdge(this.#config));
    this.#undo.push(() => hosted.stop());
    await hosted.start();
    return hosted;
  }

  #startHost(): Host {
    const host = new Host({
      ...platform,
      config: this.#config,
      logger: this.#options.logger,
      metrics: this.#metrics,
      changed: () => this.#registry?.trigger(),
      catalog: () => this.#registry?.feed.copy,
    });
    this.#host = host;
    this.#undo.push(() => host.stop());
    return host;
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

  #api(host: Host, { edge, reads, feed }: Registry, dns: DnsServer | undefined, as: Identity): AgentApi {
    const { local, declarations, checks, changes } = host;
    const { datacenter } = this.#config;
    const configured = () => this.#config;
    const settings = () => this.#httpSettings;
    const { node, tokens, agentToken, defaultToken, isServer, edges } = as;
    const known = () => ({ default: defaultToken(), agent: agentToken() });
    const admission = new Admission({ tokens: known, edge, clock: systemClock });
    return {
      ...platform,
      datacenter,
      server: isServer,
      get scriptsAllowed() {
        return configured().enableScriptChecks;
      },
      node,
      local,
      declarations,
      checks,
      edge,
      reads,
      dns: dns && measured(dns.responder, this.#dnsMeter, systemClock),
      defaultToken,
      admit: (token) => admission.admit(token),
      isAdmitted: (token) => admission.isAdmitted(token),
      members: () => listMembers(edge, agentToken(), feed.copy),
      debugConfig: () => debugConfig(this.#config, node().ID, agentToken() !== ''),
      metrics: this.#metrics,
      localChanges: changes,
      logTaps: this.#logTaps,
      edges: () => edges,
      tokens,
      tokensInUse: () => agentToken() !== '',
      get settings() {
        return settings();
      },
      limits: () => this.#config.limits,
      stats: () => ({
        rollcall: {
          edge: feed.edge.href,
          sync: feed.state,
          sync_fault: feed.lastReason,
          index: String(feed.copy.lastIndex),
          index_at: feed.movedAtMs === undefined ? '' : new Date(feed.movedAtMs).toISOString(),
        },
      }),
      reload: async () => this.reload(),
      leave: async () => {
        await this.leave();
        this.#options.left();
      },
      warn: (message) => this.#options.logger.warn(message),
    };
  }

  async #openHttp(app: Hono, api: AgentApi, registry: Registry): Promise<void> {
    const { clock, tokensInUse, isAdmitted } = api;
    const repeated = new RepeatedReads({
      ...{ clock, tokensInUse, isAdmitted },
      settings: () => api.settings,
      liveCopy: () => registry.liveCopy,
      confirm: () => registry.confirm(),
    });
    const listeners = new HttpListeners(app, this.#config, repeated);
    await listeners.start();
    this.#listeners = listeners;
    this.#undo.push(() => listeners.stop());
  }

  #runWatches(app: Hono, { agentToken }: Identity): void {
    const watches = new Watches({
      ...platform,
      readAs: makeWatchReads(app, agentToken),
      logger: this.#options.logger.named('watch'),
    });
    watches.declare(this.#config.watches);
    this.#watches = watches;
    this.#undo.push(() => watches.stop());
  }

  #pushMetrics(): void {
    const loop = new PushLoop({
      pushes: this.#pushes,
      metrics: this.#metrics,
      clock: systemClock,
      logger: this.#options.logger.named('telemetry'),
    });
    this.#undo.push(() => loop.stop());
    loop.start();
  }

  /** Undefined where it is turned off. */
  #makeDns({ catalogs, queries }: Registry): DnsServer | undefined {
    if (this.#config.ports.dns <= 0) return undefined;
    return new DnsServer({
      ...platform,
      config: dnsServerConfig(this.#config),
      catalogs,
      queries,
      meter: this.#dnsMeter,
      logger: this.#options.logger.named('dns'),
    });
  }

  async #openDns(dns: DnsServer | undefined): Promise<void> {
    if (!dns) return;
    await dns.start();
    this.#dns = dns;
    this.#undo.push(() => dns.stop());
  }
}

const httpSettings = (config: AgentConfig): HttpSettings => ({
  http: config.http,
  defaultQueryTimeMs: config.defaultQueryTimeMs,
  maxQueryTimeMs: config.maxQueryTimeMs,
  discoveryMaxStaleMs: config.discoveryMaxStaleMs,
  translateWanAddrs: config.translateWanAddrs,
  prometheusRetentionMs: config.telemetry.prometheusRetentionMs,
  enableDebug: config.enableDebug,
  diskPath: config.dataDir || '/',
});

/** As whom this agent speaks, and to whom. */
interface Identity {
  node(): AgentNode;
  tokens: AgentTokens;
  agentToken(): string;
  defaultToken(): string;
  isServer: boolean;
  edges: URL[];
}

/** What a human wants to know once it runs. */
export interface AgentSummary {
  config: AgentConfig;
  nodeId: string;
  edges: URL[];
  hosted: HostedEdge | undefined;
  /** What stands before an edge, without its credentials. */
  proxyOf(edge: URL): string | undefined;
}
