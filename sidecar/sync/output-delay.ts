import type { Random } from '../system/random.ts';

/**
 * Holds back an output that changes while the status does not (a load average, a time): it is written at a random time
 * between half the interval and the whole, as Consul does, so that a thousand hosts do not write together.
 */
export class OutputDelay {
  readonly #intervalMs: number;
  readonly #random: Random;
  readonly #dueAtMs = new Map<string, number>();

  constructor(intervalMs: number, random: Random) {
    this.#intervalMs = intervalMs;
    this.#random = random;
  }

  /** Asked only about a check whose output differs from the catalog's: the first time starts the wait. */
  isDue(checkId: string, nowMs: number): boolean {
    const dueAtMs = this.#dueAtMs.get(checkId) ?? nowMs + (this.#intervalMs * (1 + this.#random())) / 2;
    if (nowMs >= dueAtMs) this.#dueAtMs.delete(checkId);
    else this.#dueAtMs.set(checkId, dueAtMs);
    return nowMs >= dueAtMs;
  }

  /** Forgets the checks that are gone, for a host may declare new ones for ever. */
  retain(checks: { has(checkId: string): boolean }): void {
    for (const checkId of this.#dueAtMs.keys()) if (!checks.has(checkId)) this.#dueAtMs.delete(checkId);
  }
}
