/**
 * Ops that would be in vain if they were written again at once: what the edge refused, and what it accepted and does not
 * show, for then the two halves do not agree on what is equal. Each rests for a while, the others go on. An op is known by
 * its text: one that was corrected is another.
 */
import type { CatalogOp } from '../../src/shared/protocol/messages.ts';

const restMs = 30_000;

export class RestingOps {
  /** By the text of the op, until when. */
  readonly #untilMs = new Map<string, number>();
  /** Accepted ones of the last write, until the next compare. */
  readonly #accepted = new Set<string>();
  readonly #notShown: (op: string) => void;

  /** `notShown` is told what the edge accepted and does not show. */
  constructor(notShown: (op: string) => void) {
    this.#notShown = notShown;
  }

  refused(op: CatalogOp, nowMs: number): void {
    this.#untilMs.set(JSON.stringify(op), nowMs + restMs);
  }

  accepted(op: CatalogOp): void {
    this.#accepted.add(JSON.stringify(op));
  }

  /** Of what a compare found, what is to be written now. */
  select(ops: CatalogOp[], nowMs: number): CatalogOp[] {
    const awake = ops.filter((op) => !this.#rests(op, nowMs));
    this.#accepted.clear();
    return awake;
  }

  #rests(op: CatalogOp, nowMs: number): boolean {
    if (this.#untilMs.size + this.#accepted.size === 0) return false;
    const text = JSON.stringify(op);
    if (this.#accepted.has(text)) {
      this.#notShown(text);
      this.#untilMs.set(text, nowMs + restMs);
    }
    const untilMs = this.#untilMs.get(text);
    if (untilMs === undefined) return false;
    if (untilMs > nowMs) return true;
    this.#untilMs.delete(text);
    return false;
  }
}
