/**
 * The agent: builds every part, starts them in order and stops them in reverse. The only file that knows them all. Order:
 * the data directory, the edge if it runs here, what was saved, checks, the connection, then the doors (HTTP, DNS), so that
 * nobody is answered before there is an answer.
 */
import type { Hono } from 'hono';
import type { AgentConfig } from '../config/agent-config.ts';
import { reloadConfig } from '../config/reload.ts';
import type { ResolvedConfig } from '../config/resolve.ts';
import { DnsServer } from '../dns/dns-server.ts';
import { planEdge } from '../edge/edge-plan.ts';
import type { HostedEdge } from '../edge/hosted-edge.ts';
import type { AgentApi, HttpSettings } from '../http/agent-api.ts';
import { makeApp } from '../http/app.ts';
import { HttpListeners } from '../http/http-listeners.ts';
import { RepeatedReads } from '../http/repeated-reads.ts';
import { makeRequestLog } from '../http/request-log.ts';
import { systemClock } from '../system/clock.ts';
import { openDataDir } from '../system/data-dir.ts';
import type { Logger, LogSink } from '../system/logger.ts';
import { systemRandom } from '../system/random.ts';
import type { Supervisor } from '../system/supervisor.ts';
import { agentGauges, edgeMeter } from '../telemetry/agent-metrics.ts';
import { AgentTelemetry } from '../telemetry/agent-telemetry.ts';
import { Watches } from '../watches/watches.ts';
import { dnsServerConfig } from './dns-server-config.ts';
import { EdgeLink } from './edge-link.ts';
import { Host } from './host.ts';
import { httpSettings } from './http-settings.ts';
import { type Identity, makeIdentity } from './identity.ts';
import { makeAgentApi } from './make-agent-api.ts';
import { membersOfCopy } from './members.ts';
import { findNodeId } from './node-id.ts';
import { Readiness } from './readiness.ts';
import { Registry } from './registry.ts';
import { makeWatchReads } from './watch-reads.ts';

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

const platform = { clock: systemClock, random: systemRandom };

export class Agent {
  readonly #options: AgentOptions;
  readonly #telemetry: AgentTelemetry;
  readonly #logTaps: Set<LogSink>;
  #config: AgentConfig;
  #httpSettings: HttpSettings;
  /** What to undo, last first. */
  readonly #undo: (() => void | Promise<void>)[] = [];
  readonly #edge: EdgeLink;
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
    this.#telemetry = new AgentTelemetry(options.config, systemClock, options.logger);
    options.sink.taps ??= new Set();
    this.#logTaps = options.sink.taps;
    this.#edge = new EdgeLink(systemClock, options.logger);
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
    return this.#telemetry.dump();
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
    const useWay = this.#edge.prepare(config);
    const useListeners = this.#listeners?.prepare(config);
    this.#host?.reload(config);
    this.#config = config;
    this.#httpSettings = httpSettings(config);
    for (const warning of read.warnings) logger.warn(warning);
    if (kept.length > 0) logger.warn(`changed, and read at the start alone: ${kept.join(', ')}`);
    useWay();
    this.#registry?.wayChanged();
    useListeners?.();
    sink.level = config.logLevel;
    this.#telemetry.reload(config);
    this.#dns?.reconfigure(dnsServerConfig(config));
    this.#registry?.trigger();
    this.#watches?.declare(config.watches);
    logger.info('configuration is reloaded', { services: config.services.length });
  }

  async #start(): Promise<AgentSummary> {
    const { logger } = this.#options;
    const config = this.#config;
    const plan = planEdge(config);
    if (config.dataDir !== '') {
      const lock = openDataDir(config.dataDir);
      this.#undo.push(() => lock.close());
    }
    const nodeId = findNodeId(config, logger);
    this.#undo.push(() => this.#edge.stop());
    await this.#edge.start(config, plan);
    const { hosted, edges, outbound } = this.#edge;
    const host = this.#startHost();
    const as = makeIdentity({ config: () => this.#config, nodeId, hosted, logger });
    const registry = await this.#openRegistry(host, as);
    if (config.startJoin.length > 0) await registry.joined();
    if (config.retryMax > 0)
      this.#undo.push(registry.giveUpAfter(config.retryMax * config.retryIntervalMs, this.#options.gaveUp));
    const dns = this.#makeDns(registry);
    const api = this.#makeApi(host, registry, dns, as);
    const app = makeApp(api, logger.named('http'));
    await this.#openHttp(app, api, registry);
    await this.#openDns(dns);
    this.#runWatches(app, as);
    this.#undo.push(() => this.#telemetry.stop());
    this.#telemetry.start();
    this.#readiness?.opened();
    return { config, nodeId, edges, hosted, proxyOf: (edge) => outbound.proxyOf(edge) };
  }

  async #openRegistry(host: Host, as: Identity): Promise<Registry> {
    const registry = await Registry.open({
      ...platform,
      config: this.#config,
      host,
      edges: this.#edge.edges,
      outbound: this.#edge.outbound,
      as,
      changed: (datacenter, topics) => this.#dns?.changed(datacenter, topics),
      connectionChanged: () => this.#readiness?.connectionChanged(),
      meter: edgeMeter(this.#telemetry.metrics),
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
    this.#telemetry.metrics.gauge(() =>
      agentGauges({
        isServer: as.isServer,
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

  #startHost(): Host {
    const host = new Host({
      ...platform,
      config: this.#config,
      logger: this.#options.logger,
      metrics: this.#telemetry.metrics,
      changed: () => this.#registry?.trigger(),
      catalog: () => this.#registry?.feed.copy,
    });
    this.#host = host;
    this.#undo.push(() => host.stop());
    return host;
  }

  #makeApi(host: Host, registry: Registry, dns: DnsServer | undefined, as: Identity): AgentApi {
    const { logger, left } = this.#options;
    return makeAgentApi({
      ...platform,
      config: () => this.#config,
      settings: () => this.#httpSettings,
      ...{ host, registry, dns, as },
      dnsMeter: this.#telemetry.dnsMeter,
      metrics: this.#telemetry.metrics,
      logTaps: this.#logTaps,
      edges: () => this.#edge.edges,
      reload: async () => this.reload(),
      leave: async () => {
        await this.leave();
        left();
      },
      warn: (message) => logger.warn(message),
    });
  }

  async #openHttp(app: Hono, api: AgentApi, registry: Registry): Promise<void> {
    const { clock, tokensInUse, isAdmitted } = api;
    const repeated = new RepeatedReads({
      ...{ clock, tokensInUse, isAdmitted },
      settings: () => api.settings,
      liveCopy: () => registry.liveCopy,
      confirm: () => registry.confirm(),
    });
    const log = makeRequestLog(this.#options.logger.named('http'), systemClock);
    const listeners = new HttpListeners(app, this.#config, repeated, log);
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

  /** Undefined where it is turned off. */
  #makeDns({ catalogs, queries }: Registry): DnsServer | undefined {
    if (this.#config.ports.dns <= 0) return undefined;
    return new DnsServer({
      ...platform,
      config: dnsServerConfig(this.#config),
      catalogs,
      queries,
      meter: this.#telemetry.dnsMeter,
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

/** What a human wants to know once it runs. */
export interface AgentSummary {
  config: AgentConfig;
  nodeId: string;
  edges: URL[];
  hosted: HostedEdge | undefined;
  /** What stands before an edge, without its credentials. */
  proxyOf(edge: URL): string | undefined;
}
