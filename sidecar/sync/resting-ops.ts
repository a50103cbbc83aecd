/**
 * Ops that would be in vain if they were written again at once: what the edge refused, and what it accepted and does not
 * show, for then the two halves do not agree on what is equal. Each rests for a while, the others go on. An op is known by
 * its text: one that was corrected is another. What a check last put out is no correction.
 */
import type { CatalogOp } from '../../src/shared/protocol/messages.ts';

const restMs = 30_000;

export class RestingOps {
  /** By the op, until when; who rests longest comes first. */
  readonly #untilMs = new Map<string, number>();
  /** Accepted ones of the last write, until the next compare. */
  readonly #accepted = new Set<string>();
  readonly #notShown: (op: string) => void;

  /** `notShown` is told what the edge accepted and does not show. */
  constructor(notShown: (op: string) => void) {
    this.#notShown = notShown;
  }

  refused(op: CatalogOp, nowMs: number): void {
    this.#rest(op, nowMs);
  }

  accepted(op: CatalogOp): void {
    this.#accepted.add(JSON.stringify(op));
  }

  /** Of what a compare found, what is to be written now. */
  select(ops: CatalogOp[], nowMs: number): CatalogOp[] {
    this.#wake(nowMs);
    const awake = ops.filter((op) => !this.#rests(op, nowMs));
    this.#accepted.clear();
    return awake;
  }

  #rests(op: CatalogOp, nowMs: number): boolean {
    if (this.#untilMs.size + this.#accepted.size === 0) return false;
    const text = JSON.stringify(op);
    if (this.#accepted.has(text)) {
      this.#notShown(text);
      this.#rest(op, nowMs);
    }
    return this.#untilMs.has(keyOf(op));
  }

  #rest(op: CatalogOp, nowMs: number): void {
    const key = keyOf(op);
    this.#untilMs.delete(key);
    this.#untilMs.set(key, nowMs + restMs);
  }

  /** Also what nobody asks for again: it would be kept for ever. */
  #wake(nowMs: number): void {
    for (const [key, untilMs] of this.#untilMs) {
      if (untilMs > nowMs) break;
      this.#untilMs.delete(key);
    }
  }
}

const keyOf = (op: CatalogOp): string =>
  JSON.stringify(op, (name, value: unknown) => (name === 'Output' ? undefined : value));
