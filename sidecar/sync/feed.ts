/**
 * The copy of one datacenter's catalog, kept up to date over a connection that is opened again for as long as the feed
 * lives. States: `connecting`, `copying` (the copy is being brought up to date), `live`, `waiting` (to try again),
 * `stopped`.
 *
 * While a whole copy arrives in pages, the old one goes on answering; it is replaced when the last page is in.
 */
import type { Topic } from '../../src/shared/catalog-reader.ts';
import type {
  Ack,
  AgentNode,
  Change,
  DownMessage,
  UpMessage,
  Welcome,
} from '../../src/shared/protocol/messages.ts';
import { protocolVersion } from '../../src/shared/protocol/version.ts';
import { CatalogCache } from '../cache/catalog-cache.ts';
import type { Clock } from '../clock.ts';
import type { Logger } from '../logger.ts';
import type { Random } from '../random.ts';
import { nextDelayMs } from './back-off.ts';
import { Transport } from './transport.ts';

export type FeedState = 'connecting' | 'copying' | 'live' | 'waiting' | 'stopped';

export interface FeedEvents {
  /** The copy is that of the catalog now; from here on it follows. */
  live?(): void;
  /** Rows of the copy changed; `topics` undefined: it was replaced as a whole. */
  changed?(topics: Set<Topic> | undefined, changes: Change[]): void;
  acknowledged?(ack: Ack): void;
  lost?(reason: string): void;
}

export interface FeedOptions {
  datacenter: string;
  /** Where the edge may be found; tried in turn. */
  edges: URL[];
  token(): string;
  /** The node to speak for; absent for a feed that only follows. */
  agent?(): AgentNode;
  clock: Clock;
  random: Random;
  logger: Logger;
}

export class Feed {
  readonly #options: FeedOptions;
  readonly #events: FeedEvents;
  #copy: CatalogCache;
  #incoming: CatalogCache | undefined;
  #state: FeedState = 'stopped';
  #transport: Transport | undefined;
  #cancelRetry: () => void = () => undefined;
  #failures = 0;
  #edgeTurn = 0;
  #heardAtMs: number | undefined;
  #lastReason = '';
  #lastRefusal = '';

  constructor(options: FeedOptions, events: FeedEvents, saved?: CatalogCache, savedAtMs?: number) {
    this.#options = options;
    this.#events = events;
    this.#copy = saved ?? new CatalogCache(options.datacenter);
    this.#heardAtMs = savedAtMs;
  }

  get copy(): CatalogCache {
    return this.#copy;
  }

  get state(): FeedState {
    return this.#state;
  }

  /** The edge that is, or was last, connected. */
  get edge(): URL {
    return this.#options.edges[this.#edgeTurn % this.#options.edges.length]!;
  }

  /** True once every edge was tried in vain since the last connection. */
  get triedAll(): boolean {
    return this.#failures >= this.#options.edges.length;
  }

  /** Why there is no connection, in words for a human; "" while there is one. */
  get lastReason(): string {
    return this.#lastReason;
  }

  /** True once there was anything to copy: from the edge or from disk. */
  get filled(): boolean {
    return this.#copy.catalogId !== '';
  }

  /** How long ago the copy was known to be true, in ms: 0 while live, infinite if it never was. */
  staleMs(): number {
    if (this.#state === 'live') return 0;
    if (this.#heardAtMs === undefined) return Number.POSITIVE_INFINITY;
    return Math.max(0, this.#options.clock.nowMs() - this.#heardAtMs);
  }

  start(): void {
    if (this.#state === 'stopped') this.#connect();
  }

  stop(): void {
    this.#state = 'stopped';
    this.#cancelRetry();
    this.#transport?.close();
    this.#transport = undefined;
  }

  send(message: UpMessage): void {
    this.#transport?.send(message);
  }

  #connect(): void {
    const { datacenter, clock, token } = this.#options;
    this.#state = 'connecting';
    this.#transport = new Transport(
      { edge: this.edge, datacenter, token: token(), follow: !this.#options.agent, clock },
      {
        opened: () => this.#hello(),
        received: (message) => this.#receive(message),
        heard: () => this.#heard(),
        lost: (reason) => this.#lost(reason),
      },
    );
  }

  #hello(): void {
    const agent = this.#options.agent?.();
    this.send({
      Type: 'hello',
      Protocol: protocolVersion,
      CatalogID: this.#copy.catalogId,
      Index: this.#copy.lastIndex,
      ...(agent ? { Agent: agent } : {}),
    });
  }

  #heard(): void {
    if (this.#state === 'live') this.#heardAtMs = this.#options.clock.nowMs();
  }

  #receive(message: DownMessage): void {
    switch (message.Type) {
      case 'welcome':
        this.#welcomed(message);
        break;
      case 'page':
        this.#incoming?.apply(message.Index, message.Changes);
        if (message.Cursor === undefined) this.#copied();
        else this.send({ Type: 'next', Cursor: message.Cursor });
        break;
      case 'delta':
        this.#delta(message.Index, message.Changes);
        break;
      case 'ack':
        this.#events.acknowledged?.(message);
        break;
      case 'refused':
        this.#refused(message.Message);
        break;
    }
  }

  /** It is tried again and again, and said once. */
  #refused(reason: string): void {
    if (reason !== this.#lastRefusal) this.#options.logger.error('the edge refuses this sidecar', { reason });
    this.#lastRefusal = reason;
  }

  #welcomed(welcome: Welcome): void {
    if (this.#transport) this.#transport.heartbeatIntervalMs = welcome.HeartbeatIntervalMs;
    this.#state = 'copying';
    if (welcome.Copy === 'delta') return;
    this.#incoming = new CatalogCache(this.#options.datacenter);
    this.#incoming.catalogId = welcome.CatalogID;
  }

  /** The first delta after a welcome that promised one brings the copy up to date. */
  #delta(index: number, changes: Change[]): void {
    if (this.#incoming) {
      this.#incoming.apply(index, changes);
      return;
    }
    this.#events.changed?.(this.#copy.apply(index, changes), changes);
    if (this.#state === 'copying') this.#becomeLive();
  }

  #copied(): void {
    if (!this.#incoming) return;
    this.#copy = this.#incoming;
    this.#incoming = undefined;
    this.#events.changed?.(undefined, []);
    this.#becomeLive();
  }

  #becomeLive(): void {
    const { clock, logger, datacenter } = this.#options;
    this.#state = 'live';
    this.#failures = 0;
    this.#heardAtMs = clock.nowMs();
    this.#lastReason = '';
    this.#lastRefusal = '';
    logger.info('in sync', { edge: this.edge.href, dc: datacenter, index: this.#copy.lastIndex });
    this.#events.live?.();
  }

  #lost(reason: string): void {
    const { clock, random, logger } = this.#options;
    this.#transport = undefined;
    this.#incoming = undefined;
    this.#state = 'waiting';
    if (reason !== this.#lastReason)
      logger.warn('no connection to the edge', { edge: this.edge.href, reason });
    this.#lastReason = reason;
    this.#failures += 1;
    this.#edgeTurn += 1;
    this.#cancelRetry = clock.after(nextDelayMs(this.#failures, random), () => this.#connect());
    this.#events.lost?.(reason);
  }
}
