import { DatabaseSync } from 'node:sqlite';
import type { SqlStorage } from '../src/datacenter/store/database.ts';

/** The storage of a Durable Object as far as the catalog uses it, in memory. */
export function memoryStorage(): SqlStorage {
  const db = new DatabaseSync(':memory:');
  let depth = 0;
  return {
    sql: {
      exec(sql, ...bindings) {
        const rows =
          bindings.length === 0 && sql.includes(';') ? runScript(db, sql) : db.prepare(sql).all(...bindings);
        const cursor = rows.values();
        return { toArray: () => rows, next: () => cursor.next() as IteratorResult<object, undefined> };
      },
    },
    transactionSync(action) {
      const savepoint = `level${depth++}`;
      db.exec(`SAVEPOINT ${savepoint}`);
      try {
        return action();
      } catch (error) {
        db.exec(`ROLLBACK TO ${savepoint}`);
        throw error;
      } finally {
        db.exec(`RELEASE ${savepoint}`);
        depth -= 1;
      }
    },
  };
}

function runScript(db: DatabaseSync, sql: string): object[] {
  db.exec(sql);
  return [];
}
