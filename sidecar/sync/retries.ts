import type { Clock } from '../system/clock.ts';
import type { Random } from '../system/random.ts';
import { nextDelayMs } from './back-off.ts';

/** A connection that stood for less was no success: an edge that dies of its sidecars must not be met by all of them at once. */
const stoodMsMin = 10_000;
/** As many as make the longest wait. */
const triesOfReplaced = 10;

/** Which edge is tried next, and when. */
export class Retries {
  readonly #edges: readonly URL[];
  readonly #clock: Clock;
  readonly #random: Random;
  /** Since it was last live. */
  #failures = 0;
  /** Since a connection last stood. */
  #tries = 0;
  #liveAtMs: number | undefined;
  #turn = 0;

  /** `edges`: tried in turn. */
  constructor(edges: readonly URL[], clock: Clock, random: Random) {
    this.#edges = edges;
    this.#clock = clock;
    this.#random = random;
  }

  /** The one that is, or was last, connected. */
  get edge(): URL {
    return this.#edges[this.#turn % this.#edges.length]!;
  }

  /** True once every edge was tried in vain since the last connection. */
  get triedAll(): boolean {
    return this.#failures >= this.#edges.length;
  }

  live(): void {
    this.#failures = 0;
    this.#liveAtMs = this.#clock.monotonicMs();
  }

  /** Nothing but a human can change what stands in the way. */
  beSeldom(): void {
    this.#tries = Number.POSITIVE_INFINITY;
  }

  /** It is another edge's turn. @returns how long to wait for it, in ms. */
  lost(wasReplaced: boolean, nodes: number): number {
    const stoodMs = this.#clock.monotonicMs() - (this.#liveAtMs ?? Number.POSITIVE_INFINITY);
    this.#liveAtMs = undefined;
    this.#failures += 1;
    this.#turn += 1;
    this.#tries = stoodMs >= stoodMsMin ? 1 : this.#tries + 1;
    // Whoever comes back at once takes the node away again, and so for ever.
    if (wasReplaced) this.#tries = triesOfReplaced;
    return nextDelayMs(this.#tries, this.#random, nodes);
  }
}
