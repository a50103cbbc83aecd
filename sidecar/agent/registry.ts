/**
 * The registry as this host reaches it: the connection to the edge, the copies it feeds (in memory and on disk), and reads
 * over both.
 */
import type { Topic } from '../../src/shared/catalog-reader.ts';
import type { CatalogCache } from '../cache/catalog-cache.ts';
import { SavedCopies } from '../cache/saved-copies.ts';
import type { AgentConfig } from '../config/agent-config.ts';
import { EdgeReads } from '../http/edge-reads.ts';
import { LocalReads } from '../http/local-reads.ts';
import { Reads } from '../http/reads.ts';
import type { Outbound } from '../outbound/outbound.ts';
import { Catalogs } from '../sync/catalogs.ts';
import { EdgeClient, type EdgeMeter } from '../sync/edge-client.ts';
import type { Feed } from '../sync/feed.ts';
import { HostSync } from '../sync/host-sync.ts';
import { PreparedQueries } from '../sync/prepared-queries.ts';
import type { Clock } from '../system/clock.ts';
import type { Logger } from '../system/logger.ts';
import type { Random } from '../system/random.ts';
import type { Host } from './host.ts';
import type { Identity } from './identity.ts';

export interface RegistryOptions {
  config: AgentConfig;
  host: Host;
  edges: URL[];
  /** How they are reached. */
  outbound: Outbound;
  as: Identity;
  /** A copy of a catalog moved; undefined topics: it is another one. */
  changed(datacenter: string, topics: Set<Topic> | undefined): void;
  /** The connection to the edge was made or lost. */
  connectionChanged(): void;
  meter: EdgeMeter;
  clock: Clock;
  random: Random;
  logger: Logger;
}

const forgetIntervalMs = 60_000;
const joinTimeoutMs = 10_000;
const joinPollMs = 20;

export class Registry {
  readonly edge: EdgeClient;
  readonly catalogs: Catalogs;
  readonly reads: Reads;
  readonly queries: PreparedQueries;
  readonly #options: RegistryOptions;
  readonly #sync: HostSync;
  readonly #copies: SavedCopies | undefined;
  #cancelForget: () => void = () => undefined;

  /** With the copy that an earlier run left on disk, if there is one. */
  static async open(options: RegistryOptions): Promise<Registry> {
    const { config, clock, random, logger } = options;
    const copies =
      config.dataDir === ''
        ? undefined
        : new SavedCopies(config.dataDir, clock, random, logger.named('cache'));
    return new Registry(options, copies, await copies?.load(config.datacenter));
  }

  private constructor(
    options: RegistryOptions,
    copies: SavedCopies | undefined,
    saved: Awaited<ReturnType<SavedCopies['load']>>,
  ) {
    const { config, host, edges, as, outbound, clock, random, logger } = options;
    const { node, agentToken, defaultToken, dnsToken } = as;
    const { datacenter } = config;
    this.#options = options;
    this.#copies = copies;
    const changed = (name: string, topics: Set<Topic> | undefined) => {
      localReads.changed(name, topics);
      options.changed(name, topics);
    };
    const feed = { edges, token: agentToken, outbound, clock, random, logger: logger.named('sync') };
    this.#sync = new HostSync(
      {
        ...feed,
        datacenter,
        node,
        local: host.local,
        evicted: (serviceId) => host.declarations.dropService(serviceId),
        checkUpdateIntervalMs: config.checkUpdateIntervalMs,
      },
      {
        changed: (topics) => {
          copies?.changed(this.feed);
          changed(datacenter, topics);
        },
        live: options.connectionChanged,
        lost: (_reason, isSilent) => {
          if (isSilent) this.edge.forsakeWaits();
          options.connectionChanged();
        },
      },
      saved?.cache,
      saved?.savedAtMs,
    );
    this.edge = new EdgeClient(() => this.feed.edge, outbound, clock, options.meter);
    this.catalogs = new Catalogs({
      ...feed,
      own: this.feed,
      datacenter,
      edge: this.edge,
      saved: copies,
      changed,
    });
    const localReads = new LocalReads({ catalogs: this.catalogs, datacenter, clock, random });
    const connected = () => this.feed.state === 'live';
    const edgeReads = new EdgeReads({ edge: this.edge, datacenter, defaultToken, connected, clock, random });
    this.reads = new Reads(localReads, edgeReads, () => this.confirm(), clock);
    this.queries = new PreparedQueries({
      edge: this.edge,
      datacenter,
      node: () => config.nodeName,
      token: dnsToken,
      clock,
    });
  }

  /** The own copy while it follows the catalog. */
  get liveCopy(): CatalogCache | undefined {
    return this.feed.state === 'live' ? this.feed.copy : undefined;
  }

  /** As {@link Confirmations.confirm}. */
  confirm(): Promise<boolean> {
    return this.#sync.confirmations.confirm();
  }

  get feed(): Feed {
    return this.#sync.feed;
  }

  start(): void {
    this.#sync.start();
    this.#forgetLater();
  }

  /** The copies are on disk when it resolves. */
  async stop(): Promise<void> {
    this.#cancelForget();
    this.catalogs.stop();
    this.#sync.stop();
    this.edge.stop();
    await this.#copies?.stop();
  }

  /** Something of this host moved. */
  trigger(): void {
    this.#sync.trigger();
  }

  /** The way to the edge is another one: whoever waits to try again does so now. */
  wayChanged(): void {
    this.feed.hurry();
  }

  leave(): Promise<void> {
    return this.#sync.leave();
  }

  /** `-join` promises that the edge was reached; a copy from an earlier run makes do without. @throws with what to do. */
  async joined(): Promise<void> {
    const { feed } = this;
    const hadCopy = feed.filled;
    const { clock } = this.#options;
    const deadlineMs = clock.monotonicMs() + joinTimeoutMs;
    const isOver = () => feed.state === 'live' || feed.triedAll || clock.monotonicMs() > deadlineMs;
    while (!isOver()) await new Promise<void>((resolve) => clock.after(joinPollMs, resolve));
    if (feed.state === 'live' || hadCopy) return;
    throw new Error(
      `the edge at ${feed.edge.href} cannot be joined (${feed.lastReason || 'it does not answer'}): check the address and ` +
        'the token, or use -retry-join to wait for it',
    );
  }

  /** Tells why when there is neither an edge nor a copy by then. @returns what cancels that. */
  giveUpAfter(limitMs: number, gaveUp: (reason: string) => void): () => void {
    const { feed } = this;
    return this.#options.clock.after(limitMs, () => {
      if (!feed.filled) gaveUp(`${feed.edge.href}: ${feed.lastReason || 'it does not answer'}`);
    });
  }

  #forgetLater(): void {
    this.#cancelForget = this.#options.clock.after(forgetIntervalMs, () => {
      this.catalogs.forgetUnasked();
      this.#forgetLater();
    });
  }
}
