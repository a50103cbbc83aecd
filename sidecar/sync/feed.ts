/**
 * The copy of one datacenter's catalog, kept up to date over a connection that is opened again for as long as the feed
 * lives. Its states and what leads from one to the other are in `sync-states.ts`; here is what is done on the way.
 *
 * While a whole copy arrives in pages, the old one goes on answering; it is replaced when the last page is in. A copy is
 * never applied a change to that does not follow on what it has: a message that shows that another was lost, doubled or
 * overtaken breaks the connection, and the next begins with what the copy lacks.
 */
import type { Topic } from '../../src/shared/catalog-reader.ts';
import type {
  Ack,
  AgentNode,
  Change,
  Delta,
  DownMessage,
  Page,
  Refused,
  UpMessage,
  Welcome,
} from '../../src/shared/protocol/messages.ts';
import { protocolVersion, replacedReason } from '../../src/shared/protocol/version.ts';
import { CatalogCache } from '../cache/catalog-cache.ts';
import type { Outbound } from '../outbound/outbound.ts';
import type { Clock } from '../system/clock.ts';
import type { Logger } from '../system/logger.ts';
import type { Random } from '../system/random.ts';
import { Retries } from './retries.ts';
import { answerMsMax, type FeedEvent, type FeedState, feedTable } from './sync-states.ts';
import { Transport } from './transport.ts';

export interface FeedEvents {
  /** The copy is that of the catalog now; from here on it follows. */
  live?(): void;
  /** Rows of the copy changed; `topics` undefined: it was replaced as a whole. */
  changed?(topics: Set<Topic> | undefined, changes: Change[]): void;
  acknowledged?(ack: Ack): void;
  /** Silent: nothing that was asked of that edge can be expected to be answered. */
  lost?(reason: string, isSilent: boolean): void;
}

export interface FeedOptions {
  datacenter: string;
  /** Where the edge may be found; tried in turn. */
  edges: URL[];
  token(): string;
  /** The node to speak for; absent for a feed that only follows. */
  agent?(): AgentNode;
  /** How they are reached. */
  outbound: Outbound;
  clock: Clock;
  random: Random;
  logger: Logger;
}

export class Feed {
  readonly #options: FeedOptions;
  readonly #events: FeedEvents;
  readonly #retries: Retries;
  #copy: CatalogCache;
  #incoming: CatalogCache | undefined;
  #state: FeedState = 'stopped';
  #transport: Transport | undefined;
  /** Of the next try, or of what the edge is to say by then. */
  #cancelTimer: () => void = () => undefined;
  /** When the copy was last known to be true, on the monotonic clock: the host's may be set. */
  #heardAtMs: number | undefined;
  #movedAtMs: number | undefined;
  #lastReason = '';
  #lastRefusal = '';

  constructor(options: FeedOptions, events: FeedEvents, saved?: CatalogCache, savedAtMs?: number) {
    this.#options = options;
    this.#events = events;
    this.#copy = saved ?? new CatalogCache(options.datacenter);
    const { edges, clock, random } = options;
    this.#retries = new Retries(edges, clock, random);
    if (savedAtMs !== undefined)
      this.#heardAtMs = clock.monotonicMs() - Math.max(0, clock.nowMs() - savedAtMs);
  }

  get copy(): CatalogCache {
    return this.#copy;
  }

  get state(): FeedState {
    return this.#state;
  }

  /** The edge that is, or was last, connected. */
  get edge(): URL {
    return this.#retries.edge;
  }

  /** True once every edge was tried in vain since the last connection. */
  get triedAll(): boolean {
    return this.#retries.triedAll;
  }

  /** Why there is no connection, in words for a human; "" while there is one. */
  get lastReason(): string {
    return this.#lastReason;
  }

  /** True once there was anything to copy: from the edge or from disk. */
  get filled(): boolean {
    return this.#copy.catalogId !== '';
  }

  /** When the copy last came to another index, in ms since 1970; undefined: it is as it was saved. */
  get movedAtMs(): number | undefined {
    return this.#movedAtMs;
  }

  /** How long ago the copy was known to be true, in ms: 0 while live, infinite if it never was. */
  staleMs(): number {
    if (this.#state === 'live') return 0;
    if (this.#heardAtMs === undefined) return Number.POSITIVE_INFINITY;
    return this.#options.clock.monotonicMs() - this.#heardAtMs;
  }

  start(): void {
    if (this.#step('start')) this.#connect();
  }

  stop(): void {
    this.#step('stop');
    this.#cancelTimer();
    this.#close();
  }

  /** Tries again now, if it is waiting to. */
  hurry(): void {
    if (this.#step('retry')) this.#connect();
  }

  send(message: UpMessage): void {
    this.#transport?.send(message);
  }

  /** Ends the connection, for it cannot be relied on; it is opened again like any that was lost. */
  break(reason: string): void {
    this.#close();
    this.#lost(reason);
  }

  /** False if the event has no place in this state. */
  #step(event: FeedEvent): boolean {
    const next = feedTable[this.#state][event];
    if (next === undefined) return false;
    const progressed = next !== this.#state || event === 'page';
    this.#state = next;
    if (progressed) this.#awaitAnswer();
    return true;
  }

  #awaitAnswer(): void {
    this.#cancelTimer();
    const waitMs = answerMsMax[this.#state];
    if (waitMs === undefined) return;
    const late = () => this.break(`the edge says nothing more for ${waitMs} ms (${this.#state})`);
    this.#cancelTimer = this.#options.clock.after(waitMs, late);
  }

  #connect(): void {
    const { datacenter, clock, token, outbound } = this.#options;
    this.#transport = new Transport(
      { edge: this.edge, datacenter, token: token(), follow: !this.#options.agent, outbound, clock },
      {
        opened: () => this.#hello(),
        received: (message) => this.#receive(message),
        heard: () => this.#heard(),
        lost: (reason, isSilent) => this.#lost(reason, isSilent),
      },
    );
  }

  #close(): void {
    this.#transport?.close();
    this.#transport = undefined;
    this.#incoming = undefined;
  }

  #hello(): void {
    if (!this.#step('opened')) return;
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
    if (this.#state === 'live') this.#heardAtMs = this.#options.clock.monotonicMs();
  }

  #receive(message: DownMessage): void {
    switch (message.Type) {
      case 'ack':
        this.#events.acknowledged?.(message);
        break;
      case 'refused':
        this.#refused(message);
        break;
      default:
        if (!this.#follows(message)) this.#outOfStep(message);
    }
  }

  /** Does what the message says. False: it has no place here. */
  #follows(message: Welcome | Page | Delta): boolean {
    switch (message.Type) {
      case 'welcome':
        return this.#welcomed(message);
      case 'page':
        return this.#page(message);
      case 'delta':
        return this.#delta(message);
    }
  }

  /** It is tried again and again, and said once; seldom, if nothing but a human can change it. */
  #refused({ Message: reason, Retry: passes }: Refused): void {
    if (reason !== this.#lastRefusal) this.#options.logger.error('the edge refuses this sidecar', { reason });
    this.#lastRefusal = reason;
    if (!passes) this.#retries.beSeldom();
  }

  #welcomed({ Copy, CatalogID, HeartbeatIntervalMs }: Welcome): boolean {
    if (!this.#step(Copy === 'delta' ? 'delta promised' : 'pages promised')) return false;
    if (this.#transport) this.#transport.heartbeatIntervalMs = HeartbeatIntervalMs;
    if (Copy === 'pages') this.#incoming = new CatalogCache(this.#options.datacenter);
    if (this.#incoming) this.#incoming.catalogId = CatalogID;
    return true;
  }

  #page({ Index, Changes, Cursor }: Page): boolean {
    const incoming = this.#incoming;
    if (!incoming || Index < incoming.lastIndex) return false;
    if (!this.#step(Cursor === undefined ? 'last page' : 'page')) return false;
    incoming.apply(Index, Changes);
    if (Cursor === undefined) this.#copied(incoming);
    else this.send({ Type: 'next', Cursor });
    return true;
  }

  /** The first delta after a welcome that promised one brings the copy up to date. */
  #delta({ Index, After = 0, Changes }: Delta): boolean {
    const copy = this.#incoming ?? this.#copy;
    const before = this.#state;
    // One that comes twice is in the copy. What there was to catch up with may be nothing.
    if ((before === 'live' || before === 'copying') && Index <= copy.lastIndex) return true;
    if (After > copy.lastIndex || !this.#step('delta')) return false;
    const topics = copy.apply(Index, Changes);
    this.#movedAtMs = this.#options.clock.nowMs();
    if (before !== 'copying') this.#events.changed?.(topics, Changes);
    this.#options.logger.trace('copy moved', { index: Index, changes: Changes.length });
    if (before === 'catching up') this.#becomeLive();
    return true;
  }

  #copied(incoming: CatalogCache): void {
    this.#copy = incoming;
    this.#movedAtMs = this.#options.clock.nowMs();
    this.#incoming = undefined;
    this.#events.changed?.(undefined, []);
    this.#becomeLive();
  }

  #becomeLive(): void {
    const { clock, logger, datacenter } = this.#options;
    this.#retries.live();
    this.#heardAtMs = clock.monotonicMs();
    this.#lastReason = '';
    this.#lastRefusal = '';
    logger.info('in sync', { edge: this.edge.href, dc: datacenter, index: this.#copy.lastIndex });
    this.#events.live?.();
  }

  #outOfStep({ Type, Index }: Welcome | Page | Delta): void {
    this.break(
      `a ${Type} of index ${Index} does not follow on what came before (${this.#state}, index ${this.#copy.lastIndex})`,
    );
  }

  #lost(reason: string, isSilent = false): void {
    if (!this.#step('broken')) return;
    const { clock, logger } = this.#options;
    this.#transport = undefined;
    this.#incoming = undefined;
    if (reason !== this.#lastReason)
      logger.warn('no connection to the edge', { edge: this.edge.href, reason });
    this.#lastReason = reason;
    const delayMs = this.#retries.lost(reason === replacedReason, this.#copy.nodeCount);
    this.#cancelTimer = clock.after(delayMs, () => this.hurry());
    this.#events.lost?.(reason, isSilent);
  }
}
