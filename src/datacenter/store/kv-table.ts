import type { KvEntry } from '../../requests/kv-entry.ts';
import type { Index } from '../../shared/model.ts';
import type { Database } from './database.ts';
import { pruneTombstones } from './prune-tombstones.ts';

interface KvRow extends Omit<KvEntry, 'Value'> {
  Value: ArrayBuffer;
}

/** Less than this are all keys that begin with the prefix, and no key behind them. */
function endOf(prefix: string): string | Uint8Array {
  const points = [...prefix];
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    const next = last === lastBeforeSurrogates ? firstAfterSurrogates : last.codePointAt(0)! + 1;
    if (next <= codePointMax) return points.join('') + String.fromCodePoint(next);
  }
  // To SQLite any blob is greater than any text.
  return new Uint8Array();
}

const codePointMax = 0x10ffff;
const lastBeforeSurrogates = '\ud7ff';
const firstAfterSurrogates = 0xe000;

const columns = 'Key, Flags, LockIndex, Session, TTLMs, ExpiresAtMs, CreateIndex, ModifyIndex, Value';

export class KvTable {
  readonly #db: Database;
  /** The index of a prefix, and how many writes there had been when it was computed. */
  readonly #prefixIndexes = new Map<string, { at: number; index: Index }>();
  /** Writes that were undone count too: their index is given again. */
  #writes = 0;

  constructor(db: Database) {
    this.#db = db;
  }

  get(key: string): KvEntry | undefined {
    const row = this.#db.first<KvRow>(`SELECT ${columns} FROM kv WHERE Key = ?`, key);
    return row && entryOf(row);
  }

  under(prefix: string): KvEntry[] {
    const sql = `SELECT ${columns} FROM kv WHERE Key >= ? AND Key < ? ORDER BY Key`;
    return this.#db.all<KvRow>(sql, prefix, endOf(prefix)).map(entryOf);
  }

  keysUnder(prefix: string): string[] {
    const sql = 'SELECT Key FROM kv WHERE Key >= ? AND Key < ? ORDER BY Key';
    return this.#db.all<{ Key: string }>(sql, prefix, endOf(prefix)).map(({ Key }) => Key);
  }

  heldBy(session: string): string[] {
    return this.#db
      .all<{ Key: string }>('SELECT Key FROM kv WHERE Session = ? ORDER BY Key', session)
      .map(({ Key }) => Key);
  }

  /** Keys past their own time to live. */
  expired(nowMs: number): string[] {
    const sql = 'SELECT Key FROM kv WHERE ExpiresAtMs <= ? ORDER BY ExpiresAtMs';
    return this.#db.all<{ Key: string }>(sql, nowMs).map(({ Key }) => Key);
  }

  nextExpiryAtMs(): number | undefined {
    const row = this.#db.first<{ At: number | null }>(
      'SELECT min(ExpiresAtMs) AS At FROM kv WHERE ExpiresAtMs IS NOT NULL',
    );
    return row?.At ?? undefined;
  }

  put(entry: KvEntry): void {
    this.#db.run(
      `INSERT INTO kv (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (Key) DO UPDATE SET Flags = excluded.Flags, LockIndex = excluded.LockIndex,
         Session = excluded.Session, TTLMs = excluded.TTLMs, ExpiresAtMs = excluded.ExpiresAtMs,
         ModifyIndex = excluded.ModifyIndex, Value = excluded.Value`,
      entry.Key,
      entry.Flags,
      entry.LockIndex,
      entry.Session,
      entry.TTLMs,
      entry.ExpiresAtMs,
      entry.CreateIndex,
      entry.ModifyIndex,
      entry.Value,
    );
    this.#writes += 1;
  }

  /**
   * A write without conditions or a time to live: the holder keeps the lock, the count of acquisitions begins anew.
   * False: the entry is so already.
   */
  putPlain(key: string, value: Uint8Array, flags: string, index: Index): boolean {
    const written = this.#db.all(
      `INSERT INTO kv (${columns}) VALUES (?1, ?2, 0, '', NULL, NULL, ?3, ?3, ?4)
       ON CONFLICT (Key) DO UPDATE SET Flags = excluded.Flags, LockIndex = 0, TTLMs = NULL, ExpiresAtMs = NULL,
         ModifyIndex = excluded.ModifyIndex, Value = excluded.Value
       WHERE Flags != excluded.Flags OR LockIndex != 0 OR TTLMs IS NOT NULL OR Value != excluded.Value
       RETURNING ModifyIndex`,
      key,
      flags,
      index,
      value,
    );
    this.#writes += written.length;
    return written.length > 0;
  }

  /** A new deadline for an entry that is otherwise the same. */
  setExpiry(key: string, expiresAtMs: number | null): void {
    this.#db.run('UPDATE kv SET ExpiresAtMs = ? WHERE Key = ?', expiresAtMs, key);
  }

  delete(key: string, index: Index, nowMs: number): void {
    this.#db.run('DELETE FROM kv WHERE Key = ?', key);
    this.#db.run(
      'INSERT OR REPLACE INTO kv_tombstones (Key, AtMs, ModifyIndex) VALUES (?, ?, ?)',
      key,
      nowMs,
      index,
    );
    this.#writes += 1;
  }

  /** The index of a key: of its entry, or of its deletion; 0 for one that never was. */
  keyIndex(key: string): Index {
    return this.#max(
      'SELECT ModifyIndex AS I FROM kv WHERE Key = ?1 UNION ALL SELECT ModifyIndex FROM kv_tombstones WHERE Key = ?1',
      key,
    );
  }

  /** The highest index under a prefix, deletions included. Computed anew only after the table has changed. */
  prefixIndex(prefix: string): Index {
    const known = this.#prefixIndexes.get(prefix);
    if (known?.at === this.#writes) return known.index;
    const index = this.#max(
      `SELECT max(ModifyIndex) AS I FROM kv WHERE Key >= ?1 AND Key < ?2 UNION ALL
       SELECT max(ModifyIndex) FROM kv_tombstones WHERE Key >= ?1 AND Key < ?2`,
      prefix,
      endOf(prefix),
    );
    if (this.#prefixIndexes.size >= prefixesKeptMax) this.#prefixIndexes.clear();
    this.#prefixIndexes.set(prefix, { at: this.#writes, index });
    return index;
  }

  /** Forgets old deletions; the highest index forgotten, or 0. */
  prune(beforeMs: number): Index {
    return pruneTombstones(this.#db, 'kv_tombstones', beforeMs);
  }

  #max(sql: string, ...bindings: (string | number | Uint8Array)[]): Index {
    return this.#db
      .all<{ I: Index | null }>(sql, ...bindings)
      .reduce((max, { I }) => Math.max(max, I ?? 0), 0);
  }
}

const prefixesKeptMax = 10_000;

const entryOf = (row: KvRow): KvEntry => ({ ...row, Value: new Uint8Array(row.Value) });
