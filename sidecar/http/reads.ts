/**
 * Where a read is answered. `?stale` and `?cached`: from the copy; with `?near` by the edge as long as it is connected, for
 * the copy has no coordinates to sort by. By default: from the copy, once the edge has said that the copy is all there is,
 * which costs it next to nothing however many ask; and by the edge itself what waits, is sorted, or is of another datacenter.
 * With `?consistent`: by the edge. When the edge cannot be reached, a default read falls back to the copy and says so in its
 * headers; a consistent one fails, for nobody could vouch for it, and so does a cached one whose `Cache-Control` does not
 * take a copy that old.
 */
import { ApiError } from '../../src/shared/api-error.ts';
import type { QueryOptions } from '../../src/shared/read/query-options.ts';
import type { ReadQuery } from '../../src/shared/read/read-query.ts';
import type { ReadResult } from '../../src/shared/read/read-routes.ts';
import { EdgeUnreachable } from '../sync/edge-client.ts';
import type { Clock } from '../system/clock.ts';
import type { EdgeReads } from './edge-reads.ts';
import type { LocalReads } from './local-reads.ts';

/** As {@link Confirmations.confirm}. */
type Confirm = () => Promise<boolean>;

export interface AgentReadResult extends ReadResult {
  /** It was read from the own copy while that was up to date: by itself, or because the edge said so. */
  Source?: 'copy' | 'confirmed copy';
}

const noOlderThan = (ageMs: number | undefined, options: QueryOptions): QueryOptions =>
  ageMs === undefined
    ? options
    : { ...options, MaxStaleMs: Math.min(ageMs, options.MaxStaleMs ?? Number.POSITIVE_INFINITY) };

/** What has to be new is taken older, when there is nothing else, by who says how much. */
const inNeed = (options: QueryOptions): QueryOptions =>
  options.MaxAgeMs === undefined && !options.MustRevalidate
    ? options
    : noOlderThan(options.StaleIfErrorMs ?? 0, options);

export class Reads {
  readonly #local: LocalReads;
  readonly #edge: EdgeReads;
  readonly #confirm: Confirm;
  readonly #clock: Clock;

  constructor(local: LocalReads, edge: EdgeReads, confirm: Confirm, clock: Clock) {
    this.#local = local;
    this.#edge = edge;
    this.#confirm = confirm;
    this.#clock = clock;
  }

  /** `path` is the request's path and query, as it came. */
  async read(
    path: string,
    query: ReadQuery,
    options: QueryOptions,
    signal: AbortSignal,
  ): Promise<AgentReadResult> {
    const isNear = 'Near' in query && query.Near !== '';
    const copyWillDo =
      (options.Consistency === 'stale' || options.Cached) &&
      !options.MustRevalidate &&
      !(isNear && this.#edge.connected);
    if (copyWillDo && (await this.#local.canAnswer(noOlderThan(options.MaxAgeMs, options))))
      return this.#fromCopy(await this.#local.read(query, options, signal), options);
    const startedAtMs = this.#clock.monotonicMs();
    try {
      const isPrompt = !isNear && !options.Cached && this.#isPrompt(options);
      if (isPrompt && (await this.#confirm()))
        return { ...this.#local.readCurrent(query), Source: 'confirmed copy' };
      const answer = await this.#edge.read(path, options, signal);
      return options.Cached ? { ...answer, Cache: { Hit: false, AgeS: 0 } } : answer;
    } catch (error) {
      if (!(error instanceof EdgeUnreachable)) throw error;
      if (options.Consistency === 'consistent' || !(await this.#local.canAnswer(inNeed(options))))
        throw new ApiError(500, 'No cluster leader');
      // What is left of the wait, not a second one: the client counts from its question.
      const WaitMs = Math.max(0, options.WaitMs - (this.#clock.monotonicMs() - startedAtMs));
      const answer = await this.#local.read(query, { ...options, WaitMs }, signal);
      return { ...answer, KnownLeader: false };
    }
  }

  /** A default read of the own datacenter that does not wait. */
  #isPrompt({ Consistency, Index, Datacenter }: QueryOptions): boolean {
    return Consistency === 'default' && Index === 0 && this.#local.isOwn(Datacenter);
  }

  #fromCopy(answer: ReadResult, { Index, Datacenter }: QueryOptions): AgentReadResult {
    const isCurrent = Index === 0 && answer.LastContactMs === 0 && this.#local.isOwn(Datacenter);
    return isCurrent ? { ...answer, Source: 'copy' } : answer;
  }
}
