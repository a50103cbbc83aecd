/** Which services may be evicted: those with a check that was critical for as long as it may, as far as the edge could hear. */
import type { LocalCheck } from '../../sidecar/local/local-state.ts';

export const deregisterAfterMs = 60_000;
/** How long an eviction may trail what a host knows: a host that does not answer is silent after this. */
const trailMsMax = 20_000;

interface Watched {
  /** Since when the host knows it to be critical. */
  sinceMs: number | undefined;
  /** It can evict its service as it stands. */
  canEvict: boolean;
  /** Until when it was so for too long. */
  overdueUntilMs: number;
}

export class EvictionWatch {
  /** By `<host>/<CheckID>`. */
  readonly #critical = new Map<string, Watched>();
  /** When the edge could last hear a host. */
  readonly #heardAtMs = new Map<string, number>();

  /** The edge can hear the host now. */
  hears(host: string, nowMs: number): void {
    this.#heardAtMs.set(host, nowMs);
  }

  /** `isShown`: whether the catalog says that it is critical. A recovery that it was not told of does not count. */
  watch(check: string, { definition, Status }: LocalCheck, isShown: () => boolean, nowMs: number): void {
    const known = this.#critical.get(check);
    const recovered = Status !== 'critical' && (known?.sinceMs === undefined || !isShown());
    const sinceMs = recovered ? undefined : (known?.sinceMs ?? nowMs);
    const canEvict = Status === 'critical' && definition.DeregisterCriticalServiceAfterMs !== undefined;
    // What it was when it was looked at last it was until now.
    const couldEvict = canEvict || known?.canEvict === true;
    const overdue = couldEvict && nowMs - (known?.sinceMs ?? nowMs) >= deregisterAfterMs - trailMsMax;
    const overdueUntilMs = overdue ? nowMs : (known?.overdueUntilMs ?? Number.NEGATIVE_INFINITY);
    this.#critical.set(check, { sinceMs, canEvict, overdueUntilMs });
  }

  /** Whether one of the checks of the service, whose IDs begin with its own, was critical for too long. */
  mayEvict(host: string, service: string, nowMs: number): boolean {
    // A host that was away hears of it late.
    const heardAtMs = this.#heardAtMs.get(host) ?? nowMs;
    return [...this.#critical].some(
      ([key, { overdueUntilMs }]) =>
        key.startsWith(`${host}/${service}-`) && heardAtMs - overdueUntilMs <= trailMsMax,
    );
  }
}
