import type { Database } from './database.ts';

/** Bytes on their way into or out of the object that are too many for its memory, in numbered parts. */
export class SpoolTable {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  put(spool: number, part: number, bytes: Uint8Array): void {
    this.#db.run('INSERT INTO snapshot_spool (Spool, Part, Bytes) VALUES (?, ?, ?)', spool, part, bytes);
  }

  get(spool: number, part: number): Uint8Array | undefined {
    const row = this.#db.first<{ Bytes: ArrayBuffer }>(
      'SELECT Bytes FROM snapshot_spool WHERE Spool = ? AND Part = ?',
      spool,
      part,
    );
    return row && new Uint8Array(row.Bytes);
  }

  delete(spool: number): void {
    this.#db.run('DELETE FROM snapshot_spool WHERE Spool = ?', spool);
  }

  /** What an earlier life of the object left half done. */
  clear(): void {
    if (this.#db.first('SELECT Spool FROM snapshot_spool LIMIT 1'))
      this.#db.run('DELETE FROM snapshot_spool');
  }
}
