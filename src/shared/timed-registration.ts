/**
 * A registration of what has no agent. It comes over HTTP only: a sidecar keeps the time of its own checks, so the sync
 * protocol knows nothing of this.
 */
import type { CatalogCheck, CatalogRegistration } from './catalog-write.ts';

export interface TimedCheck extends CatalogCheck {
  /** From `Definition.TTL`: the edge turns the check critical unless it hears of it again in time. */
  TTLMs?: number;
}

export interface TimedRegistration extends CatalogRegistration {
  Checks: TimedCheck[];
}
