import type { PreparedQuery } from '../../requests/prepared-query.ts';
import { isTemplate } from '../../requests/query-template.ts';
import type { Database } from './database.ts';
import { decodeRow, type StoredRow } from './row.ts';

const columns = 'Data, CreateIndex, ModifyIndex';

/** Prepared queries. Names compare without regard to case. */
export class QueryTable {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  all(): PreparedQuery[] {
    return this.#queries(`SELECT ${columns} FROM prepared_queries ORDER BY ID`);
  }

  get(id: string): PreparedQuery | undefined {
    return this.#queries(`SELECT ${columns} FROM prepared_queries WHERE ID = ?`, id.toLowerCase())[0];
  }

  named(name: string): PreparedQuery | undefined {
    return this.#queries(`SELECT ${columns} FROM prepared_queries WHERE Name = ? AND Name != ''`, name)[0];
  }

  /** The template with the longest name that `name` begins with; one without a name stands for every name. */
  templateFor(name: string): PreparedQuery | undefined {
    return this.#queries(
      `SELECT ${columns} FROM prepared_queries WHERE IsTemplate = 1 AND Name = substr(?, 1, length(Name))
       ORDER BY length(Name) DESC LIMIT 1`,
      name,
    )[0];
  }

  boundTo(session: string): PreparedQuery[] {
    return this.#queries(`SELECT ${columns} FROM prepared_queries WHERE Session = ? ORDER BY ID`, session);
  }

  put(query: PreparedQuery): void {
    const { CreateIndex, ModifyIndex, ...data } = query;
    this.#db.run(
      `INSERT OR REPLACE INTO prepared_queries (ID, Name, Session, IsTemplate, Data, CreateIndex, ModifyIndex)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
      query.ID,
      query.Name,
      query.Session,
      isTemplate(query) ? 1 : 0,
      JSON.stringify(data),
      CreateIndex,
      ModifyIndex,
    );
  }

  delete(id: string): void {
    this.#db.run('DELETE FROM prepared_queries WHERE ID = ?', id);
  }

  #queries(sql: string, ...bindings: string[]): PreparedQuery[] {
    return this.#db.all<StoredRow>(sql, ...bindings).map((row) => decodeRow<PreparedQuery>(row));
  }
}
