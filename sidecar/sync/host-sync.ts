/**
 * Keeps the catalog saying what this host says. Whenever something may have moved (the host, the copy, the connection, or
 * a minute has passed) it compares the two and writes the difference, one write in flight at a time. Its states are those
 * of `writeTable` in `sync-states.ts`. What the edge refuses is tried again later, apart from the rest.
 */
import { isSameEntity } from '../../src/shared/canonical.ts';
import { nodeTopic } from '../../src/shared/catalog-reader.ts';
import type { AgentNode, CatalogOp, Change, OpError } from '../../src/shared/protocol/messages.ts';
import type { LocalService, LocalState } from '../local/local-state.ts';
import { Confirmations } from './confirmations.ts';
import { Feed, type FeedEvents, type FeedOptions } from './feed.ts';
import { OutputDelay } from './output-delay.ts';
import { type HostView, reconcile, selectSettled, selectTags } from './reconcile.ts';
import { RestingOps } from './resting-ops.ts';
import { answerMsMax, type WriteEvent, type WriteState, writeTable } from './sync-states.ts';
import { synced } from './synced.ts';
import { ToldDeadlines } from './told-deadlines.ts';
import { selectBatch } from './write-batch.ts';

export interface HostSyncOptions extends Omit<FeedOptions, 'agent'> {
  node(): AgentNode;
  local: LocalState;
  /** The edge evicted this service: it goes from this host at once. @throws when that cannot be kept over a restart. */
  evicted(serviceId: string): Promise<void>;
  /** How long a changed output may wait when the status did not change. */
  checkUpdateIntervalMs: number;
}

/** A compare that nothing asked for, in case something was overlooked. */
const fullSyncIntervalMs = 60_000;
/** A host with a thousand services takes 10 ms for a compare: however often something moves, three quarters are for others. */
const restPerCompare = 3;
/** Long enough for a try after a connection was lost, and short for whoever stops a host without an edge. */
const reconnectTimeoutMs = 1_000;

export class HostSync {
  readonly feed: Feed;
  /** Whether the copy is as new as the catalog. */
  readonly confirmations: Confirmations;
  readonly #options: HostSyncOptions;
  readonly #outputs: OutputDelay;
  readonly #resting: RestingOps;
  readonly #deadlines = new ToldDeadlines();
  /** What the edge was last seen to know; it can only have evicted that, not what was declared since. */
  #settled = new Map<string, LocalService>();
  #state: WriteState = 'offline';
  /** What is waited for in the states `writing` and `leaving`. */
  #sent: { ID: number; Ops: CatalogOp[] } = { ID: 0, Ops: [] };
  #cancelTimer: () => void = () => undefined;
  #left: () => void = () => undefined;
  #awaitedLive: () => void = () => undefined;
  #scheduled = false;
  /** By the monotonic clock: no compare before. */
  #restsUntilMs = 0;
  #cancelRest: () => void = () => undefined;
  #cancelFullSync: () => void = () => undefined;

  constructor(options: HostSyncOptions, events: FeedEvents, saved?: Feed['copy'], savedAtMs?: number) {
    this.#options = options;
    this.#outputs = new OutputDelay(options.checkUpdateIntervalMs, options.random);
    this.#resting = new RestingOps((change) =>
      options.logger.error('the edge accepted a change and does not show it', {
        change: change.slice(0, 200),
      }),
    );
    this.feed = new Feed(
      { ...options, agent: options.node },
      {
        ...events,
        live: () => {
          this.#live();
          events.live?.();
        },
        changed: (topics, changes) => {
          this.#dropEvicted(changes);
          if (!topics || topics.has(nodeTopic(options.node().Node))) this.trigger();
          events.changed?.(topics, changes);
        },
        acknowledged: ({ ID, Errors }) => {
          if (!this.confirmations.acknowledged(ID)) this.#acknowledged(ID, Errors);
        },
        lost: (reason, isSilent) => {
          this.confirmations.lost();
          this.#step('lost');
          events.lost?.(reason, isSilent);
        },
      },
      saved,
      savedAtMs,
    );
    this.confirmations = new Confirmations({
      isLive: () => this.feed.state === 'live',
      send: (ID) => this.feed.send({ Type: 'write', ID, Ops: [] }),
      clock: options.clock,
    });
  }

  get state(): WriteState {
    return this.#state;
  }

  start(): void {
    this.feed.start();
    this.#scheduleFullSync();
  }

  stop(): void {
    this.#cancelFullSync();
    this.#cancelRest();
    this.feed.stop();
    this.confirmations.lost();
    this.#step('lost');
  }

  /** Something may differ: compares once the current turn of events is over, or a moment later while much moves. */
  trigger(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    const { clock } = this.#options;
    const compare = () => {
      this.#scheduled = false;
      if (this.#state !== 'idle') return;
      const startedAtMs = clock.monotonicMs();
      this.#compare();
      const endedAtMs = clock.monotonicMs();
      this.#restsUntilMs = endedAtMs + restPerCompare * (endedAtMs - startedAtMs);
    };
    const restMs = this.#restsUntilMs - clock.monotonicMs();
    if (restMs > 0) this.#cancelRest = clock.after(restMs, compare);
    else queueMicrotask(compare);
  }

  /**
   * Takes this host out of the catalog, also when a connection that was lost is just coming back. Resolves when the edge
   * has confirmed it, or could not within a moment; the connection is not opened again.
   */
  async leave(): Promise<void> {
    if (this.#state === 'offline') await this.#reconnected();
    await new Promise<void>((resolve) => {
      this.#left = resolve;
      if (this.#step('leave')) this.#send('leave', { ID: this.#sent.ID + 1, Ops: [] });
      else resolve();
    });
  }

  #reconnected(): Promise<void> {
    if (this.feed.state === 'stopped') return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(reconnectTimeoutMs, resolve);
      this.#awaitedLive = () => {
        cancel();
        resolve();
      };
      this.feed.hurry();
    });
  }

  /** False if the event has no place in this state. */
  #step(event: WriteEvent): boolean {
    const next = writeTable[this.#state][event];
    if (next === undefined) return false;
    this.#state = next;
    this.#cancelTimer();
    if (next === 'left') {
      this.feed.stop();
      this.#left();
    }
    return true;
  }

  #live(): void {
    this.#deadlines.connected();
    if (this.#step('live')) this.trigger();
    this.#awaitedLive();
  }

  #compare(): void {
    const nowMs = this.#options.clock.monotonicMs();
    const host = this.#view(nowMs);
    this.#settled = selectSettled(host, this.feed.copy);
    for (const service of this.#settled.values()) service.tagsPending = false;
    for (const [id, tags] of selectTags(host, this.feed.copy)) this.#options.local.takeTags(id, tags);
    const differing = this.#resting.select(reconcile(host, this.feed.copy, this.#settled), nowMs);
    const { ops, faulty } = selectBatch(differing);
    for (const { op, reason } of faulty) this.#refuse(op, reason, nowMs);
    if (ops.length > 0 && this.#step('differs')) this.#send('write', { ID: this.#sent.ID + 1, Ops: ops });
  }

  #send(Type: 'write' | 'leave', sent: { ID: number; Ops: CatalogOp[] }): void {
    this.#sent = sent;
    const waitMs = answerMsMax[this.#state]!;
    this.#cancelTimer = this.#options.clock.after(waitMs, () => {
      if (Type === 'leave') this.#step('late');
      else this.feed.break(`the edge does not acknowledge a write within ${waitMs} ms`);
    });
    this.feed.send(Type === 'write' ? { Type, ...sent } : { Type, ID: sent.ID });
  }

  #acknowledged(id: number, errors: OpError[]): void {
    if (this.#sent.ID !== id || this.#step('leave acknowledged') || !this.#step('acknowledged')) return;
    const { Ops } = this.#sent;
    const nowMs = this.#options.clock.monotonicMs();
    for (const { Op, Message } of errors) this.#refuse(Ops[Op]!, Message, nowMs);
    const refused = new Set(errors.map(({ Op }) => Op));
    for (const [position, op] of Ops.entries()) {
      if (refused.has(position)) continue;
      this.#deadlines.accepted(op);
      this.#noteTags(op);
      this.#resting.accepted(op);
      this.#tell(op);
    }
    this.trigger();
  }

  #tell(op: CatalogOp): void {
    const { logger } = this.#options;
    if (!logger.isHeard('debug')) return;
    for (const [message, fields] of synced(op)) logger.debug(message, fields);
  }

  #refuse(op: CatalogOp, reason: string, nowMs: number): void {
    this.#options.logger.error('the edge refuses a change', { reason });
    this.#resting.refused(op, nowMs);
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
      void this.#dropService(change.ID);
    }
  }

  async #dropService(serviceId: string): Promise<void> {
    const { evicted, logger } = this.#options;
    logger.warn('service was critical for too long and is deregistered', { service: serviceId });
    try {
      await evicted(serviceId);
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
      knowsDeadline: (checkId, deadlineMs) => this.#deadlines.knows(checkId, deadlineMs),
    };
  }

  #scheduleFullSync(): void {
    const { clock, local } = this.#options;
    this.#cancelFullSync = clock.after(fullSyncIntervalMs, () => {
      this.#deadlines.retain(local.checks);
      this.#outputs.retain(local.checks);
      this.trigger();
      this.#scheduleFullSync();
    });
  }
}
