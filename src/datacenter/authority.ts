/**
 * The inside of a datacenter's object: its catalog, the answers it keeps, who waits, the sidecars' connections, and the
 * alarm. What can be asked of it from outside is in `datacenter.ts`.
 *
 * Invariant: whatever leaves the object (an answer, an ack, a delta) is about writes that are durable, since the runtime
 * holds it back until they are. If the object dies between, nobody has heard of the write.
 */
import { ApiError } from '../shared/api-error.ts';
import type { Topic } from '../shared/catalog-reader.ts';
import { type Index, serfHealthCheckId } from '../shared/model.ts';
import type { Change } from '../shared/protocol/messages.ts';
import { type Answer, Answers } from '../shared/read/answers.ts';
import { type ReadQuery, topicsOf } from '../shared/read/read-query.ts';
import { Waiters } from '../shared/waiters.ts';
import { agentTimes, reapRows } from './agents.ts';
import { Alarm } from './alarm.ts';
import { after, systemClock } from './clock.ts';
import { Connections } from './connections.ts';
import { expireKeys } from './kv.ts';
import {
  answerCacheCharsMax,
  clockJumpMsMin,
  livenessLimits,
  reapLimits,
  settleMs,
  tombstoneMs,
  waitersMax,
} from './limits.ts';
import { judge, selectDenied, selectMissing } from './liveness.ts';
import { log } from './log.ts';
import { type Reaped, reap } from './reap.ts';
import { endOrphans, expireSessions } from './sessions.ts';
import { CatalogStore, type Committed } from './store/catalog-store.ts';
import type { Transaction } from './store/transaction.ts';
import { SyncServer, serfHealth } from './sync-server.ts';
import { expireChecks } from './ttl-checks.ts';

/** A blocking read: wait until the index of what is read passes `Index`. `ID` lets the Worker call the wait off. */
export interface Wait {
  ID: string;
  Index: Index;
  WaitMs: number;
}

const tooManyWaiters = () =>
  new ApiError(
    429,
    `${waitersMax} blocking queries wait, and ${waitersMax} is the limit: rate limit exceeded, try again later`,
  );

export class Authority {
  readonly store: CatalogStore;
  readonly #ctx: DurableObjectState;
  readonly #clock = systemClock;
  readonly #answers: Answers;
  readonly #waiters = new Waiters(after);
  readonly #connections: Connections;
  readonly #sync: SyncServer;
  readonly #alarm: Alarm;
  /** The index of the delta that was sent last, to whoever was connected; undefined until it is first needed. */
  #toldIndex: Index | undefined;
  #startedAtMs: number;
  /** When the clock was last found to have been set. */
  #movedAtMs = 0;

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx;
    this.#startedAtMs = this.#clock.nowMs();
    this.store = new CatalogStore(ctx.storage, ctx.id.name ?? '', () => crypto.randomUUID());
    this.#answers = new Answers(this.store, answerCacheCharsMax);
    this.#connections = new Connections(ctx);
    this.#alarm = new Alarm(ctx.storage);
    this.#sync = new SyncServer({
      store: this.store,
      connections: this.#connections,
      nowMs: () => this.nowMs(),
      commit: (action) => this.commit(action),
      joined: (nowMs) => this.#alarm.bring(nowMs + livenessLimits.silenceMsMax, nowMs),
    });
    ctx.blockConcurrencyWhile(async () => {
      await this.#alarm.load();
      this.#watchAgents();
    });
  }

  nowMs(): number {
    return this.#clock.nowMs();
  }

  /**
   * The clock was set forward, or nothing ran here for so long: nobody could be heard meanwhile, so who had a minute to live
   * has it still, and silence begins anew. It never goes back: workerd's stands still until the host's has caught up.
   */
  #moveTime(byMs: number, nowMs: number): void {
    log(`time moved by ${byMs} ms: all that is due moves with it`);
    this.store.dump.shiftInstants(byMs);
    this.#movedAtMs = nowMs;
    this.#startedAtMs = Math.min(this.#startedAtMs + byMs, nowMs);
  }

  /** Numbers for operators. */
  stats(): Record<string, string> {
    return {
      applied_index: String(this.store.lastIndex),
      catalog_id: this.store.catalogId,
      connections: String(this.#ctx.getWebSockets().length),
      waiters: String(this.#waiters.size),
      eviction_held: String(this.#reapDecision(this.nowMs()).Held),
    };
  }

  /** By the key of its query. @throws {ApiError} for a filter that cannot be applied. */
  readByKey(key: string): Answer {
    return this.#answers.getByKey(key);
  }

  read(query: ReadQuery, wait?: Wait): Promise<Answer> {
    return this.answer(() => this.#answers.get(query), topicsOf(query), wait);
  }

  /** What `look` sees, once its index has passed the one that is waited for, or the wait is over. */
  async answer<Seen extends { Index: Index }>(look: () => Seen, topics: Topic[], wait?: Wait): Promise<Seen> {
    // Looked at before waiting: a bad filter is refused at once.
    let seen = look();
    if (!wait) return seen;
    const untilMs = this.nowMs() + wait.WaitMs;
    let waits = true;
    // Woken is not yet done: who waits for an index of the future waits until it is reached.
    while (waits && seen.Index <= wait.Index) {
      if (this.#waiters.size >= waitersMax) throw tooManyWaiters();
      waits = await this.#waiters.wait(wait.ID, topics, untilMs - this.nowMs());
      seen = look();
    }
    return seen;
  }

  cancelWait(id: string): void {
    this.#waiters.cancel(id);
  }

  /** Runs a transaction; then tells the sidecars, wakes who waited, and sets the alarm for what it made due. */
  commit<Result>(action: (tx: Transaction) => Result, isOneStatement = false): Committed<Result> {
    const nowMs = this.nowMs();
    const whole = (tx: Transaction) => {
      const result = action(tx);
      endOrphans(tx);
      return result;
    };
    this.#toldIndex ??= this.store.catalogIndex();
    const committed = this.store.transact(nowMs, whole, isOneStatement);
    if (committed.Changes.length > 0) this.#tell(committed, this.#toldIndex);
    this.#waiters.wake(committed.Topics);
    this.#alarm.bring(committed.DueAtMs, nowMs);
    return committed;
  }

  #tell({ Index, Changes }: Committed<unknown>, After: Index): void {
    this.#toldIndex = Index;
    // Said by somebody else, perhaps, of a host that is here.
    if (Changes.some(deniesLife)) this.#alarm.bring(this.nowMs(), this.nowMs());
    this.#connections.broadcast({ Type: 'delta', Index, After, Changes });
    this.#dropDeleted(Changes);
  }

  /** The catalog is another one now: every watcher looks again and every sidecar copies anew. */
  replaced(): void {
    this.#answers.clear();
    this.#toldIndex = undefined;
    this.#connections.dropAll('a snapshot was restored');
    this.#waiters.wakeAll();
    this.reap();
    this.#watchAgents();
  }

  /** Evicts and expires what is past its time. The cron trigger's way in; the alarm does the same. */
  reap(): void {
    const nowMs = this.nowMs();
    this.#silence(nowMs);
    this.#revive(nowMs);
    const { Services, Nodes, Held, NextAtMs } = this.#reapDecision(nowMs);
    if (Held) log('eviction is held: an implausible share of the hosts is silent');
    if (Services.length + Nodes.length > 0) {
      for (const { Node, ServiceID, Reason } of Services)
        log(`evicts service ${ServiceID} on ${Node}: ${Reason} for too long`);
      this.commit((tx) => {
        for (const { Node, ServiceID, Reason } of Services) tx.deleteService(Node, ServiceID, Reason);
        for (const node of Nodes) tx.deleteNode(node, 'silent');
      });
    }
    this.commit((tx) => {
      expireChecks(tx);
      expireSessions(tx);
      expireKeys(tx);
    });
    this.store.prune(nowMs - tombstoneMs);
    this.store.lockDelays.prune(nowMs);
    for (const atMs of [
      NextAtMs,
      this.store.checkTable.nextExpiryAtMs(),
      this.store.sessionTable.nextExpiryAtMs(),
      this.store.kvTable.nextExpiryAtMs(),
    ])
      this.#alarm.bring(atMs, nowMs);
  }

  /** `dueAtMs`: for when it was set. */
  alarm(dueAtMs?: number): void {
    const nowMs = this.nowMs();
    const lateMs = nowMs - (dueAtMs ?? nowMs);
    if (lateMs > clockJumpMsMin) this.#moveTime(lateMs, nowMs);
    this.#alarm.fired();
    this.reap();
    this.#watchAgents();
  }

  accept(socket: WebSocket): void {
    this.#connections.accept(socket, this.nowMs());
  }

  receive(socket: WebSocket, data: string | ArrayBuffer): void {
    this.#sync.receive(socket, data);
  }

  lost(socket: WebSocket): void {
    const node = this.#connections.nodeOf(socket);
    this.#connections.release(socket);
    if (node === '' || this.#connections.ofNode(node).length > 0) return;
    const nowMs = this.nowMs();
    this.store.nodeTable.setLost(node, nowMs);
    this.#alarm.bring(nowMs + livenessLimits.silenceMsMax, nowMs);
  }

  /** A sidecar whose node was deleted joins anew: only its hello makes a host of a node, whose silence is noticed. */
  #dropDeleted(changes: Change[]): void {
    for (const change of changes)
      if ('Delete' in change && change.Delete === 'node')
        this.#connections.drop(change.Node, 'its node was deregistered');
  }

  /** Turns the hosts critical that are silent for too long, and closes what is left of their connections. */
  #silence(nowMs: number): void {
    for (const { Node, LostAtMs } of selectMissing(this.#agents(), livenessLimits, this.#startedAtMs))
      this.store.nodeTable.setLost(Node, LostAtMs);
    const { Silent, Held } = this.#judge(nowMs);
    if (Held) log('more hosts fell silent together than is plausible: they get more time');
    if (Silent.length === 0) return;
    log(`silent: ${Silent.join(', ')}`);
    this.commit((tx) => {
      for (const node of Silent) tx.setCheck(serfHealth(node, false));
    });
    for (const node of Silent) this.#connections.drop(node, 'silent for too long');
  }

  /** Who is here lives, whatever somebody wrote into the catalog. */
  #revive(nowMs: number): void {
    const denied = selectDenied(this.#agents(), livenessLimits, nowMs);
    if (denied.length === 0) return;
    this.commit((tx) => {
      for (const node of denied) tx.setCheck(serfHealth(node, true));
    });
  }

  /** Wakes the object when the next host could be found silent. A host that joins later is due later. */
  #watchAgents(): void {
    const nowMs = this.nowMs();
    this.#alarm.bring(this.#judge(nowMs).NextAtMs, nowMs);
  }

  #judge(nowMs: number) {
    return judge(this.#agents(), livenessLimits, this.#startedAtMs, nowMs);
  }

  #agents() {
    return agentTimes(this.store, this.#connections.heardAtMs(this.#movedAtMs));
  }

  #reapDecision(nowMs: number): Reaped {
    return reap(reapRows(this.store, this.#connections.joinedBefore(nowMs - settleMs)), reapLimits, nowMs);
  }
}

const deniesLife = (change: Change): boolean =>
  'Set' in change
    ? change.Set === 'check' && change.Row.CheckID === serfHealthCheckId && change.Row.Status !== 'passing'
    : change.Delete === 'check' && change.ID === serfHealthCheckId;
