/**
 * When this host's sidecar is ready: its ports are open and there is a catalog to answer from, be it that of an earlier run.
 * A host that has never seen its edge is ready a while later without one, for other services wait for this one, and most
 * of them have more to do than to look each other up.
 */
import type { Feed } from '../sync/feed.ts';
import type { Clock } from '../system/clock.ts';
import type { Supervisor } from '../system/supervisor.ts';

export interface ReadinessOptions {
  supervisor: Pick<Supervisor, 'ready' | 'status' | 'reloading' | 'stopping'>;
  clock: Clock;
  feed: Pick<Feed, 'state' | 'edge' | 'filled' | 'staleMs'>;
}

export const firstCopyWaitMs = 30_000;
const waitingStatus = 'waiting for a first copy of the catalog from the edge';

export class Readiness {
  readonly #options: ReadinessOptions;
  #isReady = false;
  #cancelWait: (() => void) | undefined;

  constructor(options: ReadinessOptions) {
    this.#options = options;
  }

  /** Every port is open. */
  opened(): void {
    this.#cancelWait = this.#options.clock.after(firstCopyWaitMs, () => this.#ready());
    this.connectionChanged();
    if (!this.#isReady) this.#options.supervisor.status(waitingStatus);
  }

  /** The connection to the edge was made or lost. */
  connectionChanged(): void {
    if (this.#isReady) this.#options.supervisor.status(this.#status());
    else if (this.#cancelWait && this.#options.feed.filled) this.#ready();
  }

  /** Around `reload`, whatever comes of it. */
  whileReloading(reload: () => void): void {
    if (!this.#isReady) {
      reload();
      return;
    }
    this.#options.supervisor.reloading();
    try {
      reload();
    } finally {
      this.#options.supervisor.ready(this.#status());
    }
  }

  stop(): void {
    this.#cancelWait?.();
    this.#options.supervisor.stopping();
  }

  #ready(): void {
    this.#cancelWait?.();
    this.#isReady = true;
    this.#options.supervisor.ready(this.#status());
  }

  /** Stays the same for as long as nothing else is true: each new one is told. */
  #status(): string {
    const { feed, clock } = this.#options;
    if (feed.state === 'live') return `in sync with ${feed.edge.origin}`;
    if (!feed.filled) return 'the edge was never reached: there is no catalog to answer from';
    const since = new Date(clock.nowMs() - feed.staleMs()).toISOString();
    return `no connection to the edge since ${since}: answering from the copy`;
  }
}
