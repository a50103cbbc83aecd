import type { Database } from './database.ts';

/**
 * Keys whose lock was lost rather than released, and until when nobody may take it: the old holder may not know yet. Kept
 * on disk, for an object that forgets it on a restart could let two believe that they hold the lock.
 */
export class LockDelayTable {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  isDelayed(key: string, nowMs: number): boolean {
    return (
      this.#db.first('SELECT 1 FROM lock_delays WHERE Key = ? AND UntilMs > ?', key, nowMs) !== undefined
    );
  }

  put(key: string, untilMs: number): void {
    this.#db.run('INSERT OR REPLACE INTO lock_delays (Key, UntilMs) VALUES (?, ?)', key, untilMs);
  }

  prune(nowMs: number): void {
    if (this.#db.first('SELECT 1 FROM lock_delays WHERE UntilMs <= ?', nowMs))
      this.#db.run('DELETE FROM lock_delays WHERE UntilMs <= ?', nowMs);
  }
}
