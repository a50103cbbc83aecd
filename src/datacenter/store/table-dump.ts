/**
 * All rows of all tables, whatever tables there are: what a snapshot holds and a restore replaces. Deletions are not part
 * of it, for whoever followed them before has to begin anew.
 */
import type { Database } from './database.ts';

export type Cell = string | number | null | ArrayBuffer | Uint8Array;

export interface Column {
  Name: string;
  Type: 'TEXT' | 'INTEGER' | 'BLOB';
  Nullable: boolean;
  /** May be left out: an older snapshot does not know it. */
  Optional: boolean;
}

export interface TableShape {
  Name: string;
  Columns: Column[];
}

/** What is gone. */
const deletions = ['tombstones', 'kv_tombstones'];
/** The notes about the tables themselves, and snapshots on their way. */
const notState = ['migrations', 'snapshot_spool'];

/** The names say it, and a test of snapshots that they do. */
export const isInstant = ({ Name }: Pick<Column, 'Name'>): boolean => /(At|Since|Until)Ms$/.test(Name);

export class TableDump {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  tables(): TableShape[] {
    const names = this.#db.all<{ name: string }>(
      `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '_cf_*'
       ORDER BY name`,
    );
    return names
      .filter(({ name }) => ![...deletions, ...notState].includes(name))
      .map(({ name }) => ({ Name: name, Columns: this.#columns(name) }));
  }

  /** Calls `visit` with the cells of each row, in the order of the columns. */
  each({ Name, Columns }: TableShape, visit: (cells: Cell[]) => void): void {
    const names = Columns.map((column) => column.Name);
    this.#db.each<Record<string, Cell>>(`SELECT ${names.join(', ')} FROM ${Name}`, (row) =>
      visit(names.map((name) => row[name]!)),
    );
  }

  /** Empties every table, those of deletions too. */
  clear(): void {
    for (const { Name } of this.tables()) this.#db.run(`DELETE FROM ${Name}`);
    for (const name of deletions) this.#db.run(`DELETE FROM ${name}`);
  }

  /** Moves every instant that is kept: of what is due, and since when. */
  shiftInstants(byMs: number): void {
    for (const { Name, Columns } of this.tables())
      for (const column of Columns.filter(isInstant))
        this.#db.run(
          `UPDATE ${Name} SET ${column.Name} = ${column.Name} + ? WHERE ${column.Name} IS NOT NULL`,
          byMs,
        );
  }

  insert(table: string, columns: Column[], cells: (string | number | null | Uint8Array)[]): void {
    const names = columns.map(({ Name }) => Name).join(', ');
    const places = columns.map(() => '?').join(', ');
    this.#db.run(`INSERT INTO ${table} (${names}) VALUES (${places})`, ...cells);
  }

  #columns(table: string): Column[] {
    const sql =
      'SELECT name, type, "notnull" AS required, dflt_value AS fallback FROM pragma_table_info(?) ORDER BY cid';
    return this.#db
      .all<{ name: string; type: Column['Type']; required: number; fallback: string | null }>(sql, table)
      .map(({ name, type, required, fallback }) => ({
        Name: name,
        Type: type,
        Nullable: required === 0,
        Optional: required === 0 || fallback !== null,
      }));
  }
}
