import type { ConfigEntry } from '../../requests/config-entry.ts';
import type { Database } from './database.ts';
import { decodeRow, type StoredRow } from './row.ts';

const columns = 'Data, CreateIndex, ModifyIndex';

/** Settings that are kept as documents: config entries and those of operators, by kind and name. */
export class ConfigEntryTable {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  ofKind(kind: string): ConfigEntry[] {
    return this.#db
      .all<StoredRow>(`SELECT ${columns} FROM config_entries WHERE Kind = ? ORDER BY Name`, kind)
      .map((row) => decodeRow<ConfigEntry>(row));
  }

  get(kind: string, name: string): ConfigEntry | undefined {
    const row = this.#db.first<StoredRow>(
      `SELECT ${columns} FROM config_entries WHERE Kind = ? AND Name = ?`,
      kind,
      name,
    );
    return row && decodeRow<ConfigEntry>(row);
  }

  put({ CreateIndex, ModifyIndex, ...data }: ConfigEntry): void {
    this.#db.run(
      'INSERT OR REPLACE INTO config_entries (Kind, Name, Data, CreateIndex, ModifyIndex) VALUES (?, ?, ?, ?, ?)',
      data.Kind as string,
      data.Name as string,
      JSON.stringify(data),
      CreateIndex,
      ModifyIndex,
    );
  }

  delete(kind: string, name: string): void {
    this.#db.run('DELETE FROM config_entries WHERE Kind = ? AND Name = ?', kind, name);
  }
}
