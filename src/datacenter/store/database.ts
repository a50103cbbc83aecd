/**
 * The object's SQLite, with the three shapes of statement the tables use. All calls are synchronous; a cursor never
 * outlives its call, so nothing ever reads half of another transaction.
 */
import { migrations } from './migrations.ts';

type Binding = string | number | null | Uint8Array;

/** What is used of an object's storage; any SQLite can offer it. */
export interface SqlStorage {
  sql: {
    exec(
      sql: string,
      ...bindings: Binding[]
    ): { toArray(): object[]; next(): IteratorResult<object, undefined> };
  };
  transactionSync<Result>(action: () => Result): Result;
}

export class Database {
  readonly #storage: SqlStorage;

  constructor(storage: SqlStorage) {
    this.#storage = storage;
  }

  all<Row extends object>(sql: string, ...bindings: Binding[]): Row[] {
    return this.#storage.sql.exec(sql, ...bindings).toArray() as Row[];
  }

  first<Row extends object>(sql: string, ...bindings: Binding[]): Row | undefined {
    return this.#storage.sql.exec(sql, ...bindings).next().value as Row | undefined;
  }

  /** Calls `visit` with each row, of which only one is in memory at a time. */
  each<Row extends object>(sql: string, visit: (row: Row) => void): void {
    const cursor = this.#storage.sql.exec(sql);
    for (let row = cursor.next(); !row.done; row = cursor.next()) visit(row.value as Row);
  }

  run(sql: string, ...bindings: Binding[]): void {
    this.#storage.sql.exec(sql, ...bindings);
  }

  /** All or nothing: what `action` wrote is undone if it throws. May be nested. */
  atomically<Result>(action: () => Result): Result {
    return this.#storage.transactionSync(action);
  }

  /** Brings the tables to the newest form. Each step and the note that it ran are one transaction. */
  migrate(): void {
    this.run('CREATE TABLE IF NOT EXISTS migrations (Step INTEGER PRIMARY KEY)');
    const done = this.first<{ Steps: number }>('SELECT count(*) AS Steps FROM migrations')!.Steps;
    for (const [step, sql] of migrations.entries()) {
      if (step < done) continue;
      this.atomically(() => {
        this.run(sql);
        this.run('INSERT INTO migrations (Step) VALUES (?)', step);
      });
    }
  }
}
