/**
 * The storage of a Durable Object on Node's own SQLite, in memory: the SQL and transactions are real, so the store that
 * runs on it is the one that runs at the edge.
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite';

type Row = Record<string, string | number | null>;

/** The process ended here. */
export class Crash extends Error {}

export class SqliteStorage {
  readonly #database = new DatabaseSync(':memory:');
  readonly #statements = new Map<string, StatementSync>();
  readonly #alarmMoved: (atMs: number) => void;
  #alarmAtMs: number | null = null;
  #depth = 0;
  #crashAt: number | undefined;

  constructor(alarmMoved: (atMs: number) => void) {
    this.#alarmMoved = alarmMoved;
  }

  readonly sql = {
    exec: (sql: string, ...bindings: (string | number | null)[]) => {
      this.#mayCrash();
      if (bindings.length === 0 && /;\s*\S/.test(sql)) {
        this.#database.exec(sql);
        return cursor([]);
      }
      return cursor(this.#statement(sql).all(...bindings) as Row[]);
    },
  };

  transactionSync<Result>(action: () => Result): Result {
    this.#depth += 1;
    const name = `depth${this.#depth}`;
    this.#database.exec(`SAVEPOINT ${name}`);
    try {
      const result = action();
      this.#database.exec(`RELEASE ${name}`);
      return result;
    } catch (error) {
      this.#database.exec(`ROLLBACK TO ${name}; RELEASE ${name}`);
      throw error;
    } finally {
      this.#depth -= 1;
    }
  }

  getAlarm(): Promise<number | null> {
    return Promise.resolve(this.#alarmAtMs);
  }

  setAlarm(atMs: number): Promise<void> {
    this.#alarmAtMs = atMs;
    this.#alarmMoved(atMs);
    return Promise.resolve();
  }

  /** The alarm is about to be handled: there is none until the next is set. */
  alarmFired(): void {
    this.#alarmAtMs = null;
  }

  /** What puts everything back to as it is now. */
  copy(): () => void {
    const named = this.#database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
    const tables = named.map(({ name }) => ({
      name,
      rows: this.#database.prepare(`SELECT * FROM ${name}`).all(),
    }));
    return () => {
      for (const { name, rows } of tables) {
        this.#database.exec(`DELETE FROM ${name}`);
        for (const row of rows) {
          const places = Object.keys(row).map(() => '?');
          this.#database.prepare(`INSERT INTO ${name} VALUES (${places})`).run(...Object.values(row));
        }
      }
    };
  }

  close(): void {
    this.#database.close();
  }

  /** At the statement of that number from now on, 1 being the next; undefined: it lives. */
  crashAt(statement: number | undefined): void {
    this.#crashAt = statement;
  }

  #mayCrash(): void {
    if (this.#crashAt === undefined) return;
    this.#crashAt -= 1;
    if (this.#crashAt <= 0) throw new Crash('the edge is killed');
  }

  #statement(sql: string): StatementSync {
    const statement = this.#statements.get(sql) ?? this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

function cursor(rows: Row[]) {
  const iterator = rows.values();
  return { toArray: () => rows, next: () => iterator.next() };
}
