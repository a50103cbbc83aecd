/**
 * The authority of one datacenter: the object that holds its catalog, answers reads, keeps the sidecars' connections and
 * expires what is past its time. Every public method is called by the Worker over RPC, after it has checked the token.
 *
 * Invariant: whatever leaves the object (an answer, an ack, a delta) is about writes that are durable, since the runtime
 * holds it back until they are. If the object dies between, nobody has heard of the write.
 */
import { DurableObject } from 'cloudflare:workers';
import type { CheckWord } from '../requests/check-word.ts';
import type { NewConfigEntry } from '../requests/config-entry.ts';
import type { NodeCoordinate } from '../requests/coordinate.ts';
import type { NewEvent, UserEvent } from '../requests/event.ts';
import type { KvAnswer } from '../requests/kv-answer.ts';
import type { KvDelete, KvPut, KvQuery } from '../requests/kv-request.ts';
import type { NewQuery, PreparedQuery, QueryOptions } from '../requests/prepared-query.ts';
import type { QueryExecution } from '../requests/query-execution.ts';
import type { RecordQuery } from '../requests/record-query.ts';
import type { NewSession, Session, SessionQuery } from '../requests/session.ts';
import type { TxnOp } from '../requests/txn-request.ts';
import type { Topic } from '../shared/catalog-reader.ts';
import type { CatalogDeregistration } from '../shared/catalog-write.ts';
import type { Member } from '../shared/member.ts';
import type { Index } from '../shared/model.ts';
import type { Change } from '../shared/protocol/messages.ts';
import { type Answer, Answers } from '../shared/read/answers.ts';
import { type ReadQuery, topicsOf } from '../shared/read/read-query.ts';
import type { TimedRegistration } from '../shared/timed-registration.ts';
import { Waiters } from '../shared/waiters.ts';
import { agentTimes, reapRows } from './agents.ts';
import { Alarm } from './alarm.ts';
import { after, systemClock } from './clock.ts';
import { deleteConfigEntry, setConfigEntry } from './config-entries.ts';
import { Connections } from './connections.ts';
import { setCoordinate } from './coordinates.ts';
import { fireEvent } from './events.ts';
import { deleteKey, expireKeys, putKey } from './kv.ts';
import { kvTopic, readKv } from './kv-read.ts';
import { answerCacheCharsMax, livenessLimits, reapLimits, settleMs, tombstoneMs } from './limits.ts';
import { judge, selectMissing } from './liveness.ts';
import { createQuery, deleteQuery, resolveQuery, updateQuery } from './prepared-queries.ts';
import { executeQuery } from './query-execution.ts';
import { random01 } from './random.ts';
import { type Reaped, reap } from './reap.ts';
import { readRecords, recordTopics } from './record-read.ts';
import { deregister, register } from './registration.ts';
import { readSessions, sessionsTopic } from './session-read.ts';
import { createSession, destroySession, endOrphans, expireSessions, renewSession } from './sessions.ts';
import { readSnapshot, restoreSnapshot, takeSnapshot } from './snapshot.ts';
import { packArchive } from './snapshot-archive.ts';
import { CatalogStore, type Committed } from './store/catalog-store.ts';
import type { Transaction } from './store/transaction.ts';
import { SyncServer, serfHealth } from './sync-server.ts';
import { expireChecks, setTtlCheck } from './ttl-checks.ts';
import { runTxn, TxnAborted, type TxnOutcome } from './txn.ts';

/** A blocking read: wait until the index of what is read passes `Index`. `ID` lets the Worker call the wait off. */
export interface Wait {
  ID: string;
  Index: Index;
  WaitMs: number;
}

export class Datacenter extends DurableObject<object> {
  readonly #clock = systemClock;
  readonly #store: CatalogStore;
  readonly #answers: Answers;
  readonly #waiters = new Waiters(after);
  readonly #connections: Connections;
  readonly #sync: SyncServer;
  readonly #alarm: Alarm;
  readonly #startedAtMs: number;

  constructor(ctx: DurableObjectState, env: object) {
    super(ctx, env);
    this.#startedAtMs = this.#clock.nowMs();
    this.#store = new CatalogStore(ctx.storage, ctx.id.name ?? '', () => crypto.randomUUID());
    this.#answers = new Answers(this.#store, answerCacheCharsMax);
    this.#connections = new Connections(ctx);
    this.#alarm = new Alarm(ctx.storage);
    this.#sync = new SyncServer({
      store: this.#store,
      connections: this.#connections,
      nowMs: () => this.#clock.nowMs(),
      commit: (action) => this.#commit(action),
      joined: (nowMs) => this.#alarm.bring(nowMs + livenessLimits.silenceMsMax, nowMs),
    });
    ctx.blockConcurrencyWhile(async () => {
      await this.#alarm.load();
      this.#watchAgents();
    });
  }

  /** @throws {ApiError} for a filter that cannot be applied. */
  read(query: ReadQuery, wait?: Wait): Promise<Answer> {
    return this.#answer(() => this.#answers.get(query), topicsOf(query), wait);
  }

  readKv(query: KvQuery, wait?: Wait): Promise<KvAnswer> {
    return this.#answer(() => readKv(this.#store, query), [kvTopic(query)], wait);
  }

  /** False: not done, for another has the lock or the index has moved. @throws {ApiError} */
  putKey(put: KvPut): boolean {
    return this.#commit((tx) => putKey(tx, put)).Result;
  }

  deleteKey(what: KvDelete): boolean {
    return this.#commit((tx) => deleteKey(tx, what)).Result;
  }

  /** @throws {ApiError} 500 for a node or check that is missing or critical. */
  createSession(wanted: NewSession): string {
    return this.#commit((tx) => createSession(tx, crypto.randomUUID(), wanted)).Result.ID;
  }

  destroySession(id: string): void {
    this.#commit((tx) => destroySession(tx, id));
  }

  renewSession(id: string): Session | undefined {
    return this.#commit((tx) => renewSession(tx, id)).Result;
  }

  readSessions(query: SessionQuery, wait?: Wait): Promise<Answer> {
    return this.#answer(() => readSessions(this.#store, query), [sessionsTopic(query)], wait);
  }

  /** All of it, or with errors nothing. */
  txn(ops: TxnOp[]): TxnOutcome {
    try {
      return { Results: this.#commit((tx) => runTxn(tx, ops)).Result, Errors: [] };
    } catch (error) {
      if (error instanceof TxnAborted) return { Results: [], Errors: error.errors };
      throw error;
    }
  }

  /** What only the edge has an answer to. */
  readRecords(query: RecordQuery, wait?: Wait): Promise<Answer> {
    return this.#answer(() => readRecords(this.#store, query), recordTopics(query), wait);
  }

  fireEvent(event: NewEvent): UserEvent {
    return this.#commit((tx) => fireEvent(tx, event, crypto.getRandomValues(new Uint8Array(16)))).Result;
  }

  /** Its ID. @throws {ApiError} 500 in Consul's words, as the next two do. */
  createQuery(query: NewQuery): string {
    return this.#commit((tx) => createQuery(tx, crypto.randomUUID(), query)).Result;
  }

  updateQuery(id: string, query: NewQuery): void {
    this.#commit((tx) => updateQuery(tx, id, query));
  }

  deleteQuery(id: string): void {
    this.#commit((tx) => deleteQuery(tx, id));
  }

  /** By name or ID, made from its template. @throws {ApiError} 500 for a template's ID. */
  resolveQuery(nameOrId: string): PreparedQuery | undefined {
    return resolveQuery(this.#store, nameOrId);
  }

  executeQuery(query: PreparedQuery, options: QueryOptions): QueryExecution {
    return executeQuery(this.#store, query, options, random01);
  }

  setCoordinate(coordinate: NodeCoordinate): void {
    this.#commit((tx) => setCoordinate(tx, coordinate));
  }

  /** False: `cas` names another index than the entry has; so does the next. */
  setConfigEntry(entry: NewConfigEntry, cas?: Index): boolean {
    return this.#commit((tx) => setConfigEntry(tx, entry, cas)).Result;
  }

  deleteConfigEntry(kind: string, name: string, cas?: Index): boolean {
    return this.#commit((tx) => deleteConfigEntry(tx, kind, name, cas)).Result;
  }

  /** The client of a waiting read has gone. */
  cancelWait(id: string): void {
    this.#waiters.cancel(id);
  }

  /** @throws {ApiError} in Consul's words; then nothing was written. */
  register(registration: TimedRegistration): Index {
    return this.#commit((tx) => register(tx, registration)).Index;
  }

  deregister(what: CatalogDeregistration): Index {
    return this.#commit((tx) => deregister(tx, what, 'deregistered')).Index;
  }

  /** @throws {ApiError} 404 unless there is such a check, with a TTL. */
  setTtlCheck(word: CheckWord): void {
    this.#commit((tx) => setTtlCheck(tx, word));
  }

  /** Everything at one index: no write comes between its first row and its last. @throws {ApiError} 500 if it is too much. */
  async takeSnapshot(): Promise<{ Archive: ReadableStream<Uint8Array>; Index: Index }> {
    const nowMs = this.#clock.nowMs();
    const snapshot = takeSnapshot(this.#store, nowMs);
    return { Archive: await packArchive(snapshot, nowMs), Index: snapshot.Index };
  }

  /** All of it, or nothing. Every watcher looks again and every sidecar copies anew. @throws {ApiError} 500 */
  async restoreSnapshot(archive: ReadableStream<Uint8Array>): Promise<void> {
    const snapshot = await readSnapshot(archive);
    restoreSnapshot(this.#store, snapshot, this.#clock.nowMs());
    log(`restored snapshot ${snapshot.ID}: the index is ${this.#store.lastIndex}`);
    this.#answers.clear();
    this.#connections.dropAll('a snapshot was restored');
    this.#waiters.wakeAll();
    this.reap();
    this.#watchAgents();
  }

  members(): Member[] {
    return this.#store.nodeTable.members();
  }

  /** Numbers for operators: `/v1/agent/self`. */
  stats(): Record<string, string> {
    return {
      applied_index: String(this.#store.lastIndex),
      catalog_id: this.#store.catalogId,
      connections: String(this.ctx.getWebSockets().length),
      waiters: String(this.#waiters.size),
      eviction_held: String(this.#reapDecision(this.#clock.nowMs()).Held),
    };
  }

  /** What `look` sees, once its index has passed the one that is waited for, or the wait is over. */
  async #answer<Seen extends { Index: Index }>(
    look: () => Seen,
    topics: Topic[],
    wait?: Wait,
  ): Promise<Seen> {
    // Looked at before waiting: a bad filter is refused at once.
    let seen = look();
    if (!wait) return seen;
    const untilMs = this.#clock.nowMs() + wait.WaitMs;
    let waits = true;
    // Woken is not yet done: who waits for an index of the future waits until it is reached.
    while (waits && seen.Index <= wait.Index) {
      waits = await this.#waiters.wait(wait.ID, topics, untilMs - this.#clock.nowMs());
      seen = look();
    }
    return seen;
  }

  /** Evicts and expires what is past its time. The cron trigger's way in; the alarm does the same. */
  reap(): void {
    const nowMs = this.#clock.nowMs();
    this.#silence(nowMs);
    const { Services, Nodes, Held, NextAtMs } = this.#reapDecision(nowMs);
    if (Held) log('eviction is held: an implausible share of the hosts is silent');
    if (Services.length + Nodes.length > 0) {
      for (const { Node, ServiceID, Reason } of Services)
        log(`evicts service ${ServiceID} on ${Node}: ${Reason} for too long`);
      this.#commit((tx) => {
        for (const { Node, ServiceID, Reason } of Services) tx.deleteService(Node, ServiceID, Reason);
        for (const node of Nodes) tx.deleteNode(node, 'silent');
      });
    }
    this.#commit((tx) => {
      expireChecks(tx);
      expireSessions(tx);
      expireKeys(tx);
    });
    this.#store.prune(nowMs - tombstoneMs);
    this.#store.lockDelays.prune(nowMs);
    for (const atMs of [
      NextAtMs,
      this.#store.checkTable.nextExpiryAtMs(),
      this.#store.sessionTable.nextExpiryAtMs(),
      this.#store.kvTable.nextExpiryAtMs(),
    ])
      this.#alarm.bring(atMs, nowMs);
  }

  override alarm(): void {
    this.#alarm.fired();
    this.reap();
    this.#watchAgents();
  }

  /** The upgrade of a sidecar's connection; the only request that is not RPC, for a WebSocket cannot travel in one. */
  override fetch(): Response {
    const { 0: client, 1: server } = new WebSocketPair();
    this.#connections.accept(server, this.#clock.nowMs());
    return new Response(null, { status: 101, webSocket: client });
  }

  override webSocketMessage(socket: WebSocket, data: string | ArrayBuffer): void {
    this.#sync.receive(socket, data);
  }

  override webSocketClose(socket: WebSocket): void {
    this.#lost(socket);
  }

  override webSocketError(socket: WebSocket): void {
    this.#lost(socket);
  }

  #commit<Result>(action: (tx: Transaction) => Result): Committed<Result> {
    const nowMs = this.#clock.nowMs();
    const committed = this.#store.transact(nowMs, (tx) => {
      const result = action(tx);
      endOrphans(tx);
      return result;
    });
    if (committed.Changes.length > 0) {
      this.#connections.broadcast({ Type: 'delta', Index: committed.Index, Changes: committed.Changes });
      this.#dropDeleted(committed.Changes);
    }
    this.#waiters.wake(committed.Topics);
    this.#alarm.bring(committed.DueAtMs, nowMs);
    return committed;
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
      this.#store.nodeTable.setLost(Node, LostAtMs);
    const { Silent, Held } = this.#judge(nowMs);
    if (Held) log('more hosts fell silent together than is plausible: they get more time');
    if (Silent.length === 0) return;
    log(`silent: ${Silent.join(', ')}`);
    this.#commit((tx) => {
      for (const node of Silent) tx.setCheck(serfHealth(node, false));
    });
    for (const node of Silent) this.#connections.drop(node, 'silent for too long');
  }

  #lost(socket: WebSocket): void {
    const node = this.#connections.nodeOf(socket);
    this.#connections.release(socket);
    if (node === '' || this.#connections.ofNode(node).length > 0) return;
    const nowMs = this.#clock.nowMs();
    this.#store.nodeTable.setLost(node, nowMs);
    this.#alarm.bring(nowMs + livenessLimits.silenceMsMax, nowMs);
  }

  /** Wakes the object when the next host could be found silent. A host that joins later is due later. */
  #watchAgents(): void {
    const nowMs = this.#clock.nowMs();
    this.#alarm.bring(this.#judge(nowMs).NextAtMs, nowMs);
  }

  #judge(nowMs: number) {
    return judge(this.#agents(), livenessLimits, this.#startedAtMs, nowMs);
  }

  #agents() {
    return agentTimes(this.#store, this.#connections.heardAtMs());
  }

  #reapDecision(nowMs: number): Reaped {
    return reap(reapRows(this.#store, this.#connections.joinedBefore(nowMs - settleMs)), reapLimits, nowMs);
  }
}

/** Goes to the platform's log (`wrangler tail`, or the standard error of a self-hosted edge). */
// biome-ignore lint/suspicious/noConsole: the only way out of an object
const log = (message: string) => console.warn(`rollcall: ${message}`);
