/**
 * What the Worker can ask of the object of one datacenter, over RPC, after it has checked the token; and the runtime's own
 * ways in. The work is done by {@link Authority} and the functions it is given.
 */
import { DurableObject } from 'cloudflare:workers';
import type { CheckWord } from '../requests/check-word.ts';
import type { NewConfigEntry } from '../requests/config-entry.ts';
import type { NewEvent, UserEvent } from '../requests/event.ts';
import type { KvAnswer } from '../requests/kv-answer.ts';
import type { KvDelete, KvPut, KvQuery } from '../requests/kv-request.ts';
import type { NewQuery, PreparedQuery, QueryOptions } from '../requests/prepared-query.ts';
import type { QueryExecution } from '../requests/query-execution.ts';
import type { RecordQuery } from '../requests/record-query.ts';
import type { NewSession, Session, SessionQuery } from '../requests/session.ts';
import type { TxnOp } from '../requests/txn-request.ts';
import type { CatalogDeregistration } from '../shared/catalog-write.ts';
import type { NodeCoordinate } from '../shared/coordinate.ts';
import type { DnsResponder } from '../shared/dns/responder.ts';
import type { Member } from '../shared/member.ts';
import type { Index } from '../shared/model.ts';
import { random01 } from '../shared/random01.ts';
import type { Answer } from '../shared/read/answers.ts';
import type { ReadQuery } from '../shared/read/read-query.ts';
import type { TimedRegistration } from '../shared/timed-registration.ts';
import { Authority, type Wait } from './authority.ts';
import { deleteConfigEntry, setConfigEntry } from './config-entries.ts';
import { setCoordinate } from './coordinates.ts';
import { dnsResponder } from './dns-responder.ts';
import { fireEvent } from './events.ts';
import { deleteKey, isPlain, putKey } from './kv.ts';
import { kvTopic, readKv } from './kv-read.ts';
import { forceLeave } from './leave.ts';
import { leftMemberMs, snapshotStateBytesMax } from './limits.ts';
import { log } from './log.ts';
import { createQuery, deleteQuery, resolveQuery, updateQuery } from './prepared-queries.ts';
import { executeQuery } from './query-execution.ts';
import { readRecords, recordTopics } from './record-read.ts';
import { deregister, register } from './registration.ts';
import { readSessions, sessionsTopic } from './session-read.ts';
import { createSession, destroySession, renewSession } from './sessions.ts';
import { receiveSnapshot, restoreSnapshot, sendSnapshot, takeSnapshot } from './snapshot.ts';
import { Spools } from './spools.ts';
import { setTtlCheck } from './ttl-checks.ts';
import { runTxn, TxnAborted, type TxnOutcome } from './txn.ts';

export class Datacenter extends DurableObject<object> {
  readonly #authority: Authority;
  readonly #spools: Spools;
  readonly #dns: DnsResponder;

  constructor(ctx: DurableObjectState, env: object) {
    super(ctx, env);
    this.#authority = new Authority(ctx);
    this.#spools = new Spools(this.#authority.store.spoolTable, () => this.#authority.nowMs());
    this.#dns = dnsResponder(this.#authority.store);
  }

  /** @throws {ApiError} for a filter that cannot be applied. */
  read(query: ReadQuery, wait?: Wait): Promise<Answer> {
    return this.#authority.read(query, wait);
  }

  /** By the key of a query. Undefined: the answer is still the one with this index. @throws {ApiError} as {@link read}. */
  readIfChanged(key: string, known: Index): Answer | undefined {
    const answer = this.#authority.readByKey(key);
    return answer.Index === known ? undefined : answer;
  }

  /** The reply to a DNS message about this datacenter; undefined for what gets none. */
  async answerDns(message: Uint8Array): Promise<Uint8Array | undefined> {
    const reply = await this.#dns.answerQuestion(message, 'tcp');
    // A copy: a part of a larger buffer would travel with all of that.
    return reply && new Uint8Array(reply);
  }

  readKv(query: KvQuery, wait?: Wait): Promise<KvAnswer> {
    return this.#authority.answer(() => readKv(this.#authority.store, query), [kvTopic(query)], wait);
  }

  /** False: not done, for another has the lock or the index has moved. @throws {ApiError} */
  putKey(put: KvPut): boolean {
    return this.#authority.commit((tx) => putKey(tx, put), isPlain(put)).Result;
  }

  deleteKey(what: KvDelete): boolean {
    return this.#authority.commit((tx) => deleteKey(tx, what)).Result;
  }

  /** @throws {ApiError} 500 for a node or check that is missing or critical. */
  createSession(wanted: NewSession): string {
    return this.#authority.commit((tx) => createSession(tx, crypto.randomUUID(), wanted)).Result.ID;
  }

  destroySession(id: string): void {
    this.#authority.commit((tx) => destroySession(tx, id));
  }

  renewSession(id: string): Session | undefined {
    return this.#authority.commit((tx) => renewSession(tx, id)).Result;
  }

  readSessions(query: SessionQuery, wait?: Wait): Promise<Answer> {
    return this.#authority.answer(
      () => readSessions(this.#authority.store, query),
      [sessionsTopic(query)],
      wait,
    );
  }

  /** All of it, or with errors nothing. */
  txn(ops: TxnOp[]): TxnOutcome {
    try {
      return { Results: this.#authority.commit((tx) => runTxn(tx, ops)).Result, Errors: [] };
    } catch (error) {
      if (error instanceof TxnAborted) return { Results: [], Errors: error.errors };
      throw error;
    }
  }

  /** What only the edge has an answer to. */
  readRecords(query: RecordQuery, wait?: Wait): Promise<Answer> {
    return this.#authority.answer(() => readRecords(this.#authority.store, query), recordTopics(query), wait);
  }

  fireEvent(event: NewEvent): UserEvent {
    return this.#authority.commit((tx) => fireEvent(tx, event, crypto.getRandomValues(new Uint8Array(16))))
      .Result;
  }

  /** Its ID. @throws {ApiError} 500 in Consul's words, as the next two do. */
  createQuery(query: NewQuery): string {
    return this.#authority.commit((tx) => createQuery(tx, crypto.randomUUID(), query)).Result;
  }

  updateQuery(id: string, query: NewQuery): void {
    this.#authority.commit((tx) => updateQuery(tx, id, query));
  }

  deleteQuery(id: string): void {
    this.#authority.commit((tx) => deleteQuery(tx, id));
  }

  /** By name or ID, made from its template. @throws {ApiError} 500 for a template's ID. */
  resolveQuery(nameOrId: string): PreparedQuery | undefined {
    return resolveQuery(this.#authority.store, nameOrId);
  }

  executeQuery(query: PreparedQuery, options: QueryOptions): QueryExecution {
    return executeQuery(this.#authority.store, query, options, random01);
  }

  setCoordinate(coordinate: NodeCoordinate): void {
    this.#authority.commit((tx) => setCoordinate(tx, coordinate));
  }

  /** False: `cas` names another index than the entry has; so does the next. */
  setConfigEntry(entry: NewConfigEntry, cas?: Index): boolean {
    return this.#authority.commit((tx) => setConfigEntry(tx, entry, cas)).Result;
  }

  deleteConfigEntry(kind: string, name: string, cas?: Index): boolean {
    return this.#authority.commit((tx) => deleteConfigEntry(tx, kind, name, cas)).Result;
  }

  /** The client of a waiting read has gone. */
  cancelWait(id: string): void {
    this.#authority.cancelWait(id);
  }

  /** @throws {ApiError} in Consul's words; then nothing was written. */
  register(registration: TimedRegistration): Index {
    return this.#authority.commit((tx) => register(tx, registration)).Index;
  }

  deregister(what: CatalogDeregistration): Index {
    return this.#authority.commit((tx) => deregister(tx, what, 'deregistered')).Index;
  }

  /** @throws {ApiError} 500 for a host that nobody knows. */
  forceLeave(node: string, prune: boolean): void {
    this.#authority.commit((tx) => forceLeave(tx, node, prune));
  }

  /** @throws {ApiError} 404 unless there is such a check, with a TTL. */
  setTtlCheck(word: CheckWord): void {
    this.#authority.commit((tx) => setTtlCheck(tx, word));
  }

  /** Everything at one index: no write comes between its first row and its last. @throws {ApiError} 500 if it is too much. */
  takeSnapshot(): { Archive: ReadableStream<Uint8Array>; Index: Index } {
    const nowMs = this.#authority.nowMs();
    const spool = this.#spools.open(snapshotStateBytesMax);
    try {
      const { Meta, Index } = takeSnapshot(this.#authority.store, spool, nowMs);
      return { Archive: sendSnapshot(Meta, spool, nowMs), Index };
    } catch (error) {
      spool.drop();
      throw error;
    }
  }

  /** All of it, or nothing. Every watcher looks again and every sidecar copies anew. @throws {ApiError} 500 */
  async restoreSnapshot(archive: ReadableStream<Uint8Array>): Promise<void> {
    const { store } = this.#authority;
    const spool = this.#spools.open(snapshotStateBytesMax);
    try {
      const snapshot = await receiveSnapshot(archive, spool);
      restoreSnapshot(store, snapshot, spool, this.#authority.nowMs());
      log(`restored snapshot ${snapshot.ID}: the index is ${store.lastIndex}`);
    } finally {
      spool.drop();
    }
    this.#authority.replaced();
  }

  /** Hosts that are here, then those that left a while ago. */
  members(): Member[] {
    const { store } = this.#authority;
    return [...store.nodeTable.members(), ...store.leftTable.since(this.#authority.nowMs() - leftMemberMs)];
  }

  /** Numbers for operators: `/v1/agent/self`. */
  stats(): Record<string, string> {
    return this.#authority.stats();
  }

  /** Evicts and expires what is past its time. The cron trigger's way in; the alarm does the same. */
  reap(): void {
    this.#authority.reap();
  }

  override alarm(info?: AlarmInvocationInfo): void {
    this.#authority.alarm(info?.scheduledTime);
  }

  /** The upgrade of a sidecar's connection; the only request that is not RPC, for a WebSocket cannot travel in one. */
  override fetch(): Response {
    const { 0: client, 1: server } = new WebSocketPair();
    this.#authority.accept(server);
    return new Response(null, { status: 101, webSocket: client });
  }

  override webSocketMessage(socket: WebSocket, data: string | ArrayBuffer): void {
    this.#authority.receive(socket, data);
  }

  override webSocketClose(socket: WebSocket): void {
    this.#authority.lost(socket);
  }

  override webSocketError(socket: WebSocket): void {
    this.#authority.lost(socket);
  }
}
