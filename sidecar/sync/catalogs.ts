/**
 * The copies of catalogs this host has: its own datacenter's, kept by {@link HostSync}, and those of others, each fetched
 * on the first question about it and followed for as long as it is asked for.
 */
import type { Topic } from '../../src/shared/catalog-reader.ts';
import type { CatalogCache } from '../cache/catalog-cache.ts';
import type { SavedCopies } from '../cache/saved-copies.ts';
import type { EdgeClient } from './edge-client.ts';
import { Feed, type FeedOptions } from './feed.ts';

export interface CatalogsOptions extends Omit<FeedOptions, 'datacenter' | 'agent'> {
  own: Feed;
  datacenter: string;
  edge: EdgeClient;
  saved: SavedCopies | undefined;
  /** The copy of another datacenter moved; undefined topics: it was replaced. */
  changed(datacenter: string, topics: Set<Topic> | undefined): void;
}

interface Follower {
  feed: Feed;
  /** Settles when the first copy is there, or will not be. */
  filled: Promise<void>;
  askedAtMs: number;
}

const firstCopyMsMax = 3_000;
const unaskedMsMax = 30 * 60_000;
const namesFreshMs = 5_000;
const namesTimeoutMs = 2_000;

export class Catalogs {
  readonly #options: CatalogsOptions;
  readonly #followers = new Map<string, Follower>();
  #names: string[] = [];
  /** Why they could not be asked for the last time; "" if they could. */
  #namesFault = '';
  #namesAtMs = Number.NEGATIVE_INFINITY;
  #asking: Promise<void> | undefined;

  constructor(options: CatalogsOptions) {
    this.#options = options;
  }

  /**
   * The copy of a datacenter (undefined: the own one). The own copy and those that are filled are given at once; undefined
   * means that there is no such datacenter, or no own copy yet. Rejects when there is, or may be, such a datacenter and no
   * copy to be had of it now.
   */
  reader(
    datacenter = this.#options.datacenter,
  ): CatalogCache | undefined | Promise<CatalogCache | undefined> {
    if (datacenter === this.#options.datacenter) return filledCopy(this.#options.own);
    const follower = this.#followers.get(datacenter);
    if (!follower) return this.#follow(datacenter);
    follower.askedAtMs = this.#options.clock.monotonicMs();
    return filledCopy(follower.feed) ?? firstCopy(follower);
  }

  /** The own copy, filled or not. */
  get own(): CatalogCache {
    return this.#options.own.copy;
  }

  /** How long ago the copy was known to be true; infinite where there is none. */
  staleMs(datacenter = this.#options.datacenter): number {
    if (datacenter === this.#options.datacenter) return this.#options.own.staleMs();
    return this.#followers.get(datacenter)?.feed.staleMs() ?? Number.POSITIVE_INFINITY;
  }

  /** Stops following what nobody has asked for. */
  forgetUnasked(): void {
    const beforeMs = this.#options.clock.monotonicMs() - unaskedMsMax;
    for (const [datacenter, { feed, askedAtMs }] of this.#followers) {
      if (askedAtMs >= beforeMs) continue;
      feed.stop();
      this.#followers.delete(datacenter);
    }
  }

  stop(): void {
    for (const { feed } of this.#followers.values()) feed.stop();
    this.#followers.clear();
  }

  async #follow(datacenter: string): Promise<CatalogCache | undefined> {
    const saved = await this.#options.saved?.load(datacenter);
    if (!saved && !(await this.#exists(datacenter))) return undefined;
    const follower = this.#followers.get(datacenter) ?? this.#startFollower(datacenter, saved);
    return firstCopy(follower);
  }

  #startFollower(
    datacenter: string,
    saved: { cache: CatalogCache; savedAtMs: number } | undefined,
  ): Follower {
    const { clock, saved: copies } = this.#options;
    let settle: () => void = () => undefined;
    const filled = new Promise<void>((resolve) => {
      settle = resolve;
      clock.after(firstCopyMsMax, resolve);
    });
    const feed: Feed = new Feed(
      { ...this.#options, datacenter, logger: this.#options.logger.named(datacenter) },
      {
        live: () => settle(),
        changed: (topics) => {
          copies?.changed(feed);
          this.#options.changed(datacenter, topics);
        },
      },
      saved?.cache,
      saved?.savedAtMs,
    );
    const follower = { feed, filled, askedAtMs: clock.monotonicMs() };
    this.#followers.set(datacenter, follower);
    feed.start();
    return follower;
  }

  /** Asked of the edge at most every few seconds, so that questions about made-up names cost it nothing. */
  async #exists(datacenter: string): Promise<boolean> {
    const { clock } = this.#options;
    if (clock.monotonicMs() - this.#namesAtMs >= namesFreshMs)
      this.#asking ??= this.#askNames().finally(() => {
        this.#asking = undefined;
      });
    // Also for who comes while it is being asked: the names are not there yet.
    await this.#asking;
    if (this.#names.includes(datacenter)) return true;
    if (this.#namesFault !== '')
      throw new Error(`the edge cannot say whether there is a datacenter ${datacenter}: ${this.#namesFault}`);
    return false;
  }

  async #askNames(): Promise<void> {
    const { edge, token, clock } = this.#options;
    this.#namesAtMs = clock.monotonicMs();
    try {
      const { status, body } = await edge.request({
        method: 'GET',
        path: '/v1/catalog/datacenters',
        headers: { 'X-Consul-Token': token() },
        timeoutMs: namesTimeoutMs,
      });
      if (status === 200) this.#names = JSON.parse(body.toString()) as string[];
      this.#namesFault = status === 200 ? '' : `${status} ${body.toString()}`;
    } catch (error) {
      // What was known stays known.
      this.#namesFault = (error as Error).message;
    }
  }
}

async function firstCopy({ feed, filled }: Follower): Promise<CatalogCache> {
  if (!feed.filled) await filled;
  if (feed.filled) return feed.copy;
  throw new Error(
    `there is no copy of datacenter ${feed.copy.datacenter} yet: ${feed.lastReason || 'it is coming'}`,
  );
}

const filledCopy = (feed: Feed) => (feed.filled ? feed.copy : undefined);
