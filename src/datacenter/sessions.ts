/**
 * The life of lock sessions. A session ends when it is destroyed, when it was not renewed in time, and when its node or one
 * of its checks is gone or critical; with it end its locks, and nobody may take them for the length of its lock-delay.
 *
 * A session with a TTL lives at least that long after each renewal and at most twice as long, as Consul promises: so a
 * renewal writes a row only when the deadline on disk is too near, which is once in one and a half TTLs.
 */

import { lockDelayMs, type NewSession, type Session, sessionTtlMs } from '../requests/session.ts';
import { ApiError } from '../shared/api-error.ts';
import { nodeSessionsTopic, sessionTopic } from '../shared/catalog-reader.ts';
import { loseLock } from './kv.ts';
import { deleteQueriesOf } from './prepared-queries.ts';
import type { Transaction } from './store/transaction.ts';

/** @throws {ApiError} 500 in Consul's words when its node or a check is not there, or a check is critical. */
export function createSession(tx: Transaction, id: string, wanted: NewSession): Session {
  const node = wanted.Node === '' ? undefined : tx.store.nodeTable.byName(wanted.Node);
  if (!node) throw new ApiError(500, 'Missing node registration');
  const checkIds = [...(wanted.NodeChecks ?? []), ...(wanted.ServiceChecks ?? []).map(({ ID }) => ID)];
  for (const checkId of checkIds) requireHealthy(tx, node.Node, checkId);
  const session: Session = {
    ID: id,
    ...wanted,
    Node: node.Node,
    CreateIndex: tx.index,
    ModifyIndex: tx.index,
  };
  const ttlMs = sessionTtlMs(session);
  const expiresAtMs = ttlMs === undefined ? null : tx.nowMs + 2 * ttlMs;
  if (expiresAtMs !== null) tx.noteDueAt(expiresAtMs);
  tx.store.sessionTable.put(session, checkIds, expiresAtMs);
  touchSession(tx, session);
  return session;
}

/** Ends it and its locks; one that is not there has ended already. */
export function destroySession(tx: Transaction, id: string): void {
  const session = tx.store.sessionTable.get(id);
  if (!session) return;
  for (const key of tx.store.kvTable.heldBy(id)) loseLock(tx, key, session, lockDelayMs(session));
  deleteQueriesOf(tx, id);
  tx.store.sessionTable.delete(session);
  touchSession(tx, session);
}

/** Undefined if there is no such session. */
export function renewSession(tx: Transaction, id: string): Session | undefined {
  const session = tx.store.sessionTable.get(id);
  const ttlMs = session && sessionTtlMs(session);
  if (session && ttlMs !== undefined) {
    const deadlineMs = tx.store.sessionTable.expiresAtMs(id) ?? 0;
    if (deadlineMs < tx.nowMs + ttlMs) {
      tx.store.sessionTable.setExpiry(id, tx.nowMs + 2 * ttlMs);
      tx.noteDueAt(tx.nowMs + 2 * ttlMs);
    }
  }
  return session;
}

export function expireSessions(tx: Transaction): void {
  for (const { ID } of tx.store.sessionTable.expired(tx.nowMs)) destroySession(tx, ID);
}

/** Run at the end of every transaction: what it made critical or took away ends the sessions that depend on it. */
export function endOrphans(tx: Transaction): void {
  for (const { node, checkId } of tx.lost) {
    const { sessionTable } = tx.store;
    const orphans = checkId === undefined ? sessionTable.onNode(node) : sessionTable.tiedTo(node, checkId);
    for (const { ID } of orphans) destroySession(tx, ID);
  }
}

function requireHealthy(tx: Transaction, node: string, checkId: string): void {
  const check = tx.store.checkTable.get(node, checkId);
  if (!check) throw new ApiError(500, `Missing check '${checkId}' registration`);
  if (check.Status === 'critical') throw new ApiError(500, `Check '${checkId}' is in critical state`);
}

function touchSession(tx: Transaction, { ID, Node }: Session): void {
  tx.store.noteSessionIndex(tx.index);
  tx.touch('sessions', sessionTopic(ID), nodeSessionsTopic(Node));
}
