/**
 * What writes under /v1/kv do: compare-and-set, locks, deletion. Each runs inside a transaction and says whether it was
 * done; a write that would change nothing is done and raises no index.
 */

import type { KvEntry } from '../requests/kv-entry.ts';
import type { KvDelete, KvPut } from '../requests/kv-request.ts';
import type { Session } from '../requests/session.ts';
import { checkSessionId } from '../requests/session-id.ts';
import { ApiError } from '../shared/api-error.ts';
import { keyTopic } from '../shared/catalog-reader.ts';
import type { Transaction } from './store/transaction.ts';

/** False when `cas` does not match, or the lock is not to be had. @throws {ApiError} 500 for a session that is none. */
export function putKey(tx: Transaction, put: KvPut): boolean {
  if (isPlain(put)) return putPlain(tx, put);
  const old = tx.store.kvTable.get(put.Key);
  if (put.Cas !== undefined && put.Cas !== (old?.ModifyIndex ?? 0)) return false;
  if (put.Acquire !== undefined) return acquire(tx, put, old, findSession(tx, put.Acquire));
  if (put.Release !== undefined) return release(tx, put, old, put.Release);
  // Consul's way with a plain write: the holder keeps the lock, the count of acquisitions begins anew.
  setEntry(tx, old, { ...entryOf(put), Session: old?.Session ?? '', LockIndex: 0 }, put);
  return true;
}

/** False when `cas` does not match. A key that is not there counts as deleted. */
export function deleteKey(tx: Transaction, { Key, Recurse, Cas }: KvDelete): boolean {
  const { kvTable } = tx.store;
  if (Recurse) {
    for (const key of kvTable.keysUnder(Key)) removeKey(tx, key);
    return true;
  }
  const index = kvTable.get(Key)?.ModifyIndex;
  if (index === undefined) return true;
  if (Cas !== undefined && Cas !== index) return false;
  removeKey(tx, Key);
  return true;
}

/** Keys past their own time to live go as if somebody had deleted them. */
export function expireKeys(tx: Transaction): void {
  for (const key of tx.store.kvTable.expired(tx.nowMs)) removeKey(tx, key);
}

/** @throws {ApiError} 500 in Consul's words unless there is such a session. */
export function findSession(tx: Transaction, id: string): Session {
  checkSessionId(id);
  const session = tx.store.sessionTable.get(id);
  if (!session) throw new ApiError(500, `invalid session ${JSON.stringify(id)}`);
  return session;
}

/** The lock is given back without its holder: by the end of the session. */
export function loseLock(tx: Transaction, key: string, session: Session, delayMs: number): void {
  const entry = tx.store.kvTable.get(key);
  if (!entry || entry.Session !== session.ID) return;
  if (delayMs > 0) tx.store.lockDelays.put(key, tx.nowMs + delayMs);
  if (session.Behavior === 'delete') removeKey(tx, key);
  else setEntry(tx, entry, { ...entry, Session: '' }, entry);
}

function acquire(tx: Transaction, put: KvPut, old: KvEntry | undefined, session: Session): boolean {
  const holder = old?.Session ?? '';
  if (holder !== '' && holder !== session.ID) return false;
  if (holder === '' && tx.store.lockDelays.isDelayed(put.Key, tx.nowMs)) return false;
  const LockIndex = (old?.LockIndex ?? 0) + (holder === '' ? 1 : 0);
  setEntry(tx, old, { ...entryOf(put), Session: session.ID, LockIndex }, put);
  return true;
}

function release(tx: Transaction, put: KvPut, old: KvEntry | undefined, session: string): boolean {
  checkSessionId(session);
  if (!old || old.Session !== session) return false;
  setEntry(tx, old, { ...entryOf(put), Session: '', LockIndex: old.LockIndex }, put);
  return true;
}

/** Most writes. To read the entry first would be a tenth of what one costs. */
function putPlain(tx: Transaction, { Key, Value, Flags }: KvPut): boolean {
  if (tx.store.kvTable.putPlain(Key, Value, Flags, tx.index)) tx.touch(keyTopic(Key));
  return true;
}

/** Without conditions or a time to live: one statement writes it. */
export const isPlain = ({ Cas, Acquire, Release, TTLMs }: KvPut) =>
  Cas === undefined && Acquire === undefined && Release === undefined && TTLMs === null;

type Written = Omit<KvEntry, 'CreateIndex' | 'ModifyIndex' | 'ExpiresAtMs'>;

const entryOf = ({ Key, Value, Flags, TTLMs }: KvPut) => ({ Key, Value, Flags, TTLMs });

/** Each write of a key with a time to live gives it its whole time again. */
function setEntry(
  tx: Transaction,
  old: KvEntry | undefined,
  written: Written,
  { TTLMs }: Pick<KvPut, 'TTLMs'>,
): void {
  const ExpiresAtMs = TTLMs === null ? null : tx.nowMs + TTLMs;
  if (ExpiresAtMs !== null) tx.noteDueAt(ExpiresAtMs);
  if (old && isSame(old, written)) {
    if (ExpiresAtMs !== old.ExpiresAtMs) tx.store.kvTable.setExpiry(old.Key, ExpiresAtMs);
    return;
  }
  const CreateIndex = old?.CreateIndex ?? tx.index;
  tx.store.kvTable.put({ ...written, ExpiresAtMs, CreateIndex, ModifyIndex: tx.index });
  tx.touch(keyTopic(written.Key));
}

function isSame(old: KvEntry, written: Written): boolean {
  return (
    old.Flags === written.Flags &&
    old.LockIndex === written.LockIndex &&
    old.Session === written.Session &&
    old.TTLMs === written.TTLMs &&
    old.Value.byteLength === written.Value.byteLength &&
    old.Value.every((byte, i) => byte === written.Value[i])
  );
}

function removeKey(tx: Transaction, key: string): void {
  tx.store.kvTable.delete(key, tx.index, tx.nowMs);
  tx.touch(keyTopic(key));
}
