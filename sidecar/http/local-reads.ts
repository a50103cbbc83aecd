/**
 * Reads from this host's copies, blocking ones included: they wait on the copy and wake when the edge's change arrives.
 */
import { noPathToDatacenter } from '../../src/shared/api-error.ts';
import type { Topic } from '../../src/shared/catalog-reader.ts';
import { Answers } from '../../src/shared/read/answers.ts';
import { jitteredWaitMs, type QueryOptions } from '../../src/shared/read/query-options.ts';
import { type ReadQuery, topicsOf } from '../../src/shared/read/read-query.ts';
import type { ReadResult } from '../../src/shared/read/read-routes.ts';
import { Waiters } from '../../src/shared/waiters.ts';
import type { CatalogCache } from '../cache/catalog-cache.ts';
import type { Catalogs } from '../sync/catalogs.ts';
import type { Clock } from '../system/clock.ts';
import type { Random } from '../system/random.ts';

export interface LocalReadsOptions {
  catalogs: Catalogs;
  datacenter: string;
  clock: Clock;
  random: Random;
}

/** Answers kept as text, for each copy. */
const answerCharsMax = 2 * 1024 * 1024;

export class LocalReads {
  readonly #options: LocalReadsOptions;
  readonly #waiters = new Map<string, Waiters>();
  readonly #answers = new WeakMap<CatalogCache, Answers>();
  #lastId = 0;

  constructor(options: LocalReadsOptions) {
    this.#options = options;
  }

  /** The copy of a datacenter moved; undefined topics: it was replaced. */
  changed(datacenter: string, topics: Set<Topic> | undefined): void {
    const waiters = this.#waiters.get(datacenter);
    if (topics) waiters?.wake(topics);
    else waiters?.wakeAll();
  }

  /** True if there is a copy, and it is no older than `?max_stale` allows. */
  async canAnswer({ Datacenter, MaxStaleMs = Number.POSITIVE_INFINITY }: QueryOptions): Promise<boolean> {
    const { catalogs } = this.#options;
    try {
      return (await catalogs.reader(Datacenter)) !== undefined && catalogs.staleMs(Datacenter) <= MaxStaleMs;
    } catch {
      // There is none to be had now; whoever has one, or nobody, answers.
      return false;
    }
  }

  /** @throws {ApiError} when there is no copy of that datacenter, or for a filter that does not fit. */
  async read(query: ReadQuery, options: QueryOptions, signal: AbortSignal): Promise<ReadResult> {
    const first = await this.#answer(query, options);
    if (options.Index === 0 || first.Index > options.Index) return first;
    // An abort that came first would not be heard any more.
    if (!signal.aborted) await this.#wait(query, options, signal);
    return this.#answer(query, options);
  }

  /** Whether that is the datacenter whose copy this host always has. */
  isOwn(datacenter = this.#options.datacenter): boolean {
    return datacenter === this.#options.datacenter;
  }

  /** From the own copy, of which the edge has just said that it is all there is. @throws {ApiError} as {@link read}. */
  readCurrent(query: ReadQuery): ReadResult {
    const copy = this.#options.catalogs.own;
    return {
      ...this.#answersOf(copy).get(query),
      KnownLeader: true,
      LastContactMs: 0,
      Consistency: 'leader',
    };
  }

  #answersOf(copy: CatalogCache): Answers {
    const known = this.#answers.get(copy);
    if (known) return known;
    const answers = new Answers(copy, answerCharsMax);
    this.#answers.set(copy, answers);
    return answers;
  }

  async #answer(query: ReadQuery, { Datacenter, Cached }: QueryOptions): Promise<ReadResult> {
    const { catalogs } = this.#options;
    const copy = await catalogs.reader(Datacenter);
    if (!copy) throw noPathToDatacenter();
    const staleMs = catalogs.staleMs(Datacenter);
    return {
      ...this.#answersOf(copy).get(query),
      KnownLeader: staleMs === 0,
      LastContactMs: staleMs,
      // Consul's cache says so of all it holds; here only a copy that is up to date does.
      Consistency: Cached && staleMs === 0 ? 'leader' : 'stale',
      ...(Cached ? { Cache: { Hit: true, AgeS: staleMs / 1000 } } : {}),
    };
  }

  #wait(query: ReadQuery, { Datacenter, WaitMs }: QueryOptions, signal: AbortSignal): Promise<boolean> {
    const { clock, random, datacenter } = this.#options;
    const name = Datacenter ?? datacenter;
    const waiters = this.#waiters.get(name) ?? new Waiters((delayMs, action) => clock.after(delayMs, action));
    this.#waiters.set(name, waiters);
    this.#lastId += 1;
    const id = String(this.#lastId);
    signal.addEventListener('abort', () => waiters.cancel(id), { once: true });
    return waiters.wait(id, topicsOf(query), jitteredWaitMs(WaitMs, random()));
  }
}
