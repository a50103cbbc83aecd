import type { Session } from '../../requests/session.ts';
import type { Index } from '../../shared/model.ts';
import type { Database } from './database.ts';
import { decodeRow, type StoredRow } from './row.ts';

const columns = 'Data, CreateIndex, ModifyIndex';

export class SessionTable {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  get(id: string): Session | undefined {
    const row = this.#db.first<StoredRow>(`SELECT ${columns} FROM sessions WHERE ID = ?`, id);
    return row && decodeRow<Session>(row);
  }

  all(): Session[] {
    return this.#sessions(`SELECT ${columns} FROM sessions ORDER BY ID`);
  }

  onNode(node: string): Session[] {
    return this.#sessions(`SELECT ${columns} FROM sessions WHERE Node = ? ORDER BY ID`, node);
  }

  /** Sessions that end when this check is critical or gone. */
  tiedTo(node: string, checkId: string): Session[] {
    return this.#sessions(
      `SELECT s.Data AS Data, s.CreateIndex AS CreateIndex, s.ModifyIndex AS ModifyIndex
       FROM session_checks c JOIN sessions s ON s.ID = c.Session WHERE c.Node = ? AND c.CheckID = ? ORDER BY s.ID`,
      node,
      checkId,
    );
  }

  expired(nowMs: number): Session[] {
    return this.#sessions(
      `SELECT ${columns} FROM sessions WHERE ExpiresAtMs <= ? ORDER BY ExpiresAtMs`,
      nowMs,
    );
  }

  nextExpiryAtMs(): number | undefined {
    const sql = 'SELECT min(ExpiresAtMs) AS At FROM sessions WHERE ExpiresAtMs IS NOT NULL';
    return this.#db.first<{ At: number | null }>(sql)?.At ?? undefined;
  }

  expiresAtMs(id: string): number | undefined {
    const sql = 'SELECT ExpiresAtMs AS At FROM sessions WHERE ID = ?';
    return this.#db.first<{ At: number | null }>(sql, id)?.At ?? undefined;
  }

  setExpiry(id: string, atMs: number): void {
    this.#db.run('UPDATE sessions SET ExpiresAtMs = ? WHERE ID = ?', atMs, id);
  }

  put(session: Session, checkIds: string[], expiresAtMs: number | null): void {
    const { CreateIndex, ModifyIndex, ...data } = session;
    this.#db.run(
      'INSERT INTO sessions (ID, Node, Data, ExpiresAtMs, CreateIndex, ModifyIndex) VALUES (?, ?, ?, ?, ?, ?)',
      session.ID,
      session.Node,
      JSON.stringify(data),
      expiresAtMs,
      CreateIndex,
      ModifyIndex,
    );
    for (const checkId of new Set(checkIds))
      this.#db.run(
        'INSERT INTO session_checks (Node, CheckID, Session) VALUES (?, ?, ?)',
        session.Node,
        checkId,
        session.ID,
      );
  }

  delete(session: Session): void {
    this.#db.run('DELETE FROM sessions WHERE ID = ?', session.ID);
    this.#db.run('DELETE FROM session_checks WHERE Node = ? AND Session = ?', session.Node, session.ID);
  }

  highestIndex(): Index {
    return this.#db.first<{ I: Index | null }>('SELECT max(ModifyIndex) AS I FROM sessions')?.I ?? 0;
  }

  #sessions(sql: string, ...bindings: (string | number)[]): Session[] {
    return this.#db.all<StoredRow>(sql, ...bindings).map((row) => decodeRow<Session>(row));
  }
}
