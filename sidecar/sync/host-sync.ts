/**
 * Keeps the catalog saying what this host says. Whenever something may have moved (the host, the copy, the connection, or
 * a minute has passed) it compares the two and writes the difference, one write in flight at a time. What the edge refuses
 * is tried again later, apart from the rest.
 */
import { isSameEntity } from '../../src/shared/canonical.ts';
import { nodeTopic } from '../../src/shared/catalog-reader.ts';
import type { AgentNode, CatalogOp, Change, OpError } from '../../src/shared/protocol/messages.ts';
import type { LocalService, LocalState } from '../local/local-state.ts';
import { Feed, type FeedEvents, type FeedOptions } from './feed.ts';
import { OutputDelay } from './output-delay.ts';
import { type HostView, reconcile, selectSettled } from './reconcile.ts';

export interface HostSyncOptions extends Omit<FeedOptions, 'agent'> {
  node(): AgentNode;
  local: LocalState;
  /** The edge evicted this service: it goes from this host too. @throws when that cannot be kept over a restart. */
  evicted(serviceId: string): void;
  /** How long a changed output may wait when the status did not change. */
  checkUpdateIntervalMs: number;
}

/** A compare that nothing asked for, in case something was overlooked. */
const fullSyncIntervalMs = 60_000;
const refusedRetryMs = 30_000;
const opsMax = 256;
const leaveTimeoutMs = 3_000;
/** Long enough for the first try after a connection was lost, and short for whoever stops a host without an edge. */
const reconnectTimeoutMs = 1_000;

export class HostSync {
  readonly feed: Feed;
  readonly #options: HostSyncOptions;
  readonly #outputs: OutputDelay;
  /** Refused ops by their text, until when they rest. */
  readonly #resting = new Map<string, number>();
  /** Ops of the last write that were accepted, by their text, until the next compare. */
  readonly #accepted = new Set<string>();
  /** By CheckID, what the edge was told on this connection; what has no deadline is told once in a life. */
  readonly #toldDeadlines = new Map<string, number>();
  /** What the edge was last seen to know; it can only have evicted that, not what was declared since. */
  #settled = new Map<string, LocalService>();
  #inFlight: { ID: number; Ops: CatalogOp[] } | undefined;
  #lastId = 0;
  #leaving: { ID: number; resolve: () => void } | undefined;
  #awaitedLive: () => void = () => undefined;
  #scheduled = false;
  #cancelFullSync: () => void = () => undefined;

  constructor(options: HostSyncOptions, events: FeedEvents, saved?: Feed['copy'], savedAtMs?: number) {
    this.#options = options;
    this.#outputs = new OutputDelay(options.checkUpdateIntervalMs, options.random);
    this.feed = new Feed(
      { ...options, agent: options.node },
      {
        ...events,
        live: () => {
          for (const [checkId, deadlineMs] of this.#toldDeadlines)
            if (deadlineMs > 0) this.#toldDeadlines.delete(checkId);
          this.trigger();
          this.#awaitedLive();
          events.live?.();
        },
        changed: (topics, changes) => {
          this.#dropEvicted(changes);
          if (!topics || topics.has(nodeTopic(options.node().Node))) this.trigger();
          events.changed?.(topics, changes);
        },
        acknowledged: ({ ID, Errors }) => this.#acknowledged(ID, Errors),
        lost: (reason) => {
          this.#inFlight = undefined;
          this.#leaving?.resolve();
          events.lost?.(reason);
        },
      },
      saved,
      savedAtMs,
    );
  }

  start(): void {
    this.feed.start();
    this.#scheduleFullSync();
  }

  stop(): void {
    this.#cancelFullSync();
    this.feed.stop();
  }

  /** Something may differ: compares once the current turn of events is over. */
  trigger(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#write();
    });
  }

  /**
   * Takes this host out of the catalog, also when a connection that was lost a moment ago is just coming back. Resolves
   * when the edge has confirmed it, or could not within a moment.
   */
  async leave(): Promise<void> {
    await this.#reconnected();
    if (this.feed.state !== 'live') return;
    await new Promise<void>((resolve) => {
      const cancel = this.#options.clock.after(leaveTimeoutMs, resolve);
      this.#lastId += 1;
      this.#leaving = {
        ID: this.#lastId,
        resolve: () => {
          cancel();
          resolve();
        },
      };
      this.feed.send({ Type: 'leave', ID: this.#lastId });
    });
  }

  #reconnected(): Promise<void> {
    if (this.feed.state === 'live' || this.feed.state === 'stopped') return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(reconnectTimeoutMs, resolve);
      this.#awaitedLive = () => {
        cancel();
        resolve();
      };
    });
  }

  #write(): void {
    if (this.feed.state !== 'live' || this.#inFlight || this.#leaving) return;
    const nowMs = this.#options.clock.nowMs();
    const host = this.#view(nowMs);
    this.#settled = selectSettled(host, this.feed.copy);
    for (const service of this.#settled.values()) service.tagsPending = false;
    const ops = reconcile(host, this.feed.copy).filter((op) => !this.#isResting(op, nowMs));
    this.#accepted.clear();
    if (ops.length === 0) return;
    this.#lastId += 1;
    this.#inFlight = { ID: this.#lastId, Ops: ops.slice(0, opsMax) };
    this.feed.send({ Type: 'write', ...this.#inFlight });
  }

  #acknowledged(id: number, errors: OpError[]): void {
    if (this.#leaving?.ID === id) this.#leaving.resolve();
    if (this.#inFlight?.ID !== id) return;
    const { Ops } = this.#inFlight;
    this.#inFlight = undefined;
    const restUntilMs = this.#options.clock.nowMs() + refusedRetryMs;
    for (const { Op, Message } of errors) {
      this.#options.logger.error('the edge refuses a change', { reason: Message });
      this.#resting.set(JSON.stringify(Ops[Op]), restUntilMs);
    }
    const refused = new Set(errors.map(({ Op }) => Op));
    for (const [position, op] of Ops.entries()) {
      if (refused.has(position)) continue;
      this.#noteDeadlines(op);
      this.#noteTags(op);
      this.#accepted.add(JSON.stringify(op));
    }
    this.trigger();
  }

  #noteDeadlines(op: CatalogOp): void {
    if (!('Register' in op)) return;
    for (const { CheckID, DeregisterAfterMs = 0 } of op.Register.Checks)
      this.#toldDeadlines.set(CheckID, DeregisterAfterMs);
  }

  #noteTags(op: CatalogOp): void {
    if (!('Register' in op) || !op.Register.Service) return;
    const { ID, Tags } = op.Register.Service;
    const service = this.#options.local.services.get(ID);
    if (service && isSameEntity({ Tags }, { Tags: service.definition.Service.Tags }))
      service.tagsPending = false;
  }

  /**
   * A service that the edge evicted while this host was there is gone for good, not to be registered again behind the
   * eviction's back. One that went because the host was silent is declared again. So is one that was declared anew since,
   * or after a restart, for then the eviction was of what had been before. What a copy missed comes as one list, deletions
   * first: what is in the catalog has come back.
   */
  #dropEvicted(changes: Change[]): void {
    const { local } = this.#options;
    const name = this.#options.node().Node;
    for (const change of changes) {
      if (!('Delete' in change) || change.Delete !== 'service' || change.Reason !== 'critical') continue;
      if (change.Node.toLowerCase() !== name.toLowerCase()) continue;
      const service = local.services.get(change.ID);
      if (!service || this.#settled.get(change.ID) !== service) continue;
      if (this.feed.copy.nodeServices(name).some(({ ID }) => ID === change.ID)) continue;
      this.#dropService(change.ID);
    }
  }

  #dropService(serviceId: string): void {
    const { evicted, logger } = this.#options;
    logger.warn('service was critical for too long and is deregistered', { service: serviceId });
    try {
      evicted(serviceId);
    } catch (error) {
      const reason = (error as Error).message;
      logger.error('the eviction cannot be saved: the service returns with the next start', { reason });
    }
  }

  #view(nowMs: number): HostView {
    const { local } = this.#options;
    return {
      node: this.#options.node(),
      services: local.services,
      checks: local.checks,
      outputIsDue: (checkId) => this.#outputs.isDue(checkId, nowMs),
      knowsDeadline: (checkId, deadlineMs) => this.#toldDeadlines.get(checkId) === deadlineMs,
    };
  }

  /**
   * What was accepted a moment ago and is to be written again unchanged rests, too: the two halves then do not agree on
   * what is equal, and writing it for ever would help neither.
   */
  #isResting(op: CatalogOp, nowMs: number): boolean {
    if (this.#resting.size + this.#accepted.size === 0) return false;
    const text = JSON.stringify(op);
    if (this.#accepted.has(text)) {
      this.#options.logger.error('the edge accepted a change and does not show it', {
        change: text.slice(0, 200),
      });
      this.#resting.set(text, nowMs + refusedRetryMs);
    }
    const untilMs = this.#resting.get(text);
    if (untilMs === undefined) return false;
    if (untilMs > nowMs) return true;
    this.#resting.delete(text);
    return false;
  }

  #scheduleFullSync(): void {
    this.#cancelFullSync = this.#options.clock.after(fullSyncIntervalMs, () => {
      this.trigger();
      this.#scheduleFullSync();
    });
  }
}
