import type { Database } from './database.ts';

/** Facts about the catalog itself, one row each. */
export class MetaTable {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  get(name: string): string | undefined {
    return this.#db.first<{ Value: string }>('SELECT Value FROM meta WHERE Name = ?', name)?.Value;
  }

  set(name: string, value: string): void {
    this.#db.run('INSERT OR REPLACE INTO meta (Name, Value) VALUES (?, ?)', name, value);
  }
}
