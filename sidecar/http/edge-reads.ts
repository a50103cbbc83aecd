/**
 * Reads that the edge answers. A blocking query may wait ten minutes here though the edge holds none for more than one:
 * when it returns with nothing new, it is asked again, and the client sees one long wait.
 */
import { ApiError } from '../../src/shared/api-error.ts';
import type { QueryOptions } from '../../src/shared/read/query-options.ts';
import type { ReadResult } from '../../src/shared/read/read-routes.ts';
import type { EdgeClient, EdgeResponse } from '../sync/edge-client.ts';
import type { Clock } from '../system/clock.ts';
import type { Random } from '../system/random.ts';
import { askUntilChanged } from './long-wait.ts';

export interface EdgeReadsOptions {
  edge: EdgeClient;
  datacenter: string;
  /** The token of a request that brings none. */
  defaultToken(): string;
  /** False while the connection is down: then the edge gets little time to prove the contrary. */
  connected(): boolean;
  clock: Clock;
  random: Random;
}

const answerTimeoutMs = 5_000;
const unconnectedTimeoutMs = 750;

export class EdgeReads {
  readonly #options: EdgeReadsOptions;

  constructor(options: EdgeReadsOptions) {
    this.#options = options;
  }

  get connected(): boolean {
    return this.#options.connected();
  }

  /** @throws {ApiError} what the edge says, or {@link EdgeUnreachable} when it says nothing. */
  async read(path: string, options: QueryOptions, signal: AbortSignal): Promise<ReadResult> {
    const { clock, random } = this.#options;
    if (options.Index === 0) return this.#ask(path, options, 0, signal);
    return askUntilChanged(
      { ...options, clock, random, signal },
      (waitMs) => this.#ask(path, options, waitMs, signal),
      ({ Index }) => Index,
    );
  }

  async #ask(path: string, options: QueryOptions, waitMs: number, signal: AbortSignal): Promise<ReadResult> {
    const { edge } = this.#options;
    const patienceMs = this.connected ? answerTimeoutMs : unconnectedTimeoutMs;
    const response = await edge.request({
      method: 'GET',
      path: this.#edgePath(path, options, waitMs),
      headers: { 'X-Consul-Token': options.Token || this.#options.defaultToken() },
      // The edge lengthens a wait by its own jitter.
      timeoutMs: patienceMs + waitMs * 1.1,
      waits: waitMs > 0,
      signal,
    });
    if (response.status !== 200) throw new ApiError(response.status, response.body.toString());
    return result(response);
  }

  /** The same request, for this datacenter unless it names one, with the wait that the edge can hold. */
  #edgePath(path: string, options: QueryOptions, waitMs: number): string {
    const url = new URL(path, 'http://edge');
    url.searchParams.set('dc', options.Datacenter ?? this.#options.datacenter);
    url.searchParams.delete('pretty');
    url.searchParams.delete('token');
    if (waitMs > 0) url.searchParams.set('wait', `${Math.ceil(waitMs)}ms`);
    return url.pathname + url.search;
  }
}

function result({ headers, body }: EdgeResponse): ReadResult {
  const consistency = headers['x-consul-effective-consistency'];
  return {
    Body: body.toString(),
    Index: Number(headers['x-consul-index']),
    KnownLeader: headers['x-consul-knownleader'] === 'true',
    LastContactMs: Number(headers['x-consul-lastcontact']),
    Consistency: consistency === 'consistent' || consistency === 'stale' ? consistency : 'leader',
  };
}
