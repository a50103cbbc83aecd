import type { CatalogOp } from '../../src/shared/protocol/messages.ts';

/**
 * How long the edge was told that each check may be critical before its service is deregistered, which no row of the catalog
 * shows. What has no deadline is told once in a life; a deadline, on every connection.
 */
export class ToldDeadlines {
  /** By CheckID; 0: none. */
  readonly #ms = new Map<string, number>();

  knows(checkId: string, deadlineMs: number): boolean {
    return this.#ms.get(checkId) === deadlineMs;
  }

  /** The edge has accepted it. */
  accepted(op: CatalogOp): void {
    if (!('Register' in op)) return;
    for (const { CheckID, DeregisterAfterMs = 0 } of op.Register.Checks)
      this.#ms.set(CheckID, DeregisterAfterMs);
  }

  connected(): void {
    for (const [checkId, deadlineMs] of this.#ms) if (deadlineMs > 0) this.#ms.delete(checkId);
  }

  /** Forgets the checks that are gone, for a host may declare new ones for ever. */
  retain(checks: { has(checkId: string): boolean }): void {
    for (const checkId of this.#ms.keys()) if (!checks.has(checkId)) this.#ms.delete(checkId);
  }
}
