import type { UserEvent } from '../../requests/event.ts';
import type { Index } from '../../shared/model.ts';
import type { Database } from './database.ts';

export type StoredEvent = UserEvent & { ModifyIndex: Index };

interface Row {
  Data: string;
  ModifyIndex: Index;
}

/** The last user events. A transaction fires at most one, so its index names it. */
export class EventTable {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Oldest first. */
  all(): StoredEvent[] {
    return this.#db.all<Row>('SELECT Data, ModifyIndex FROM events ORDER BY ModifyIndex').map(decode);
  }

  last(): StoredEvent | undefined {
    const row = this.#db.first<Row>('SELECT Data, ModifyIndex FROM events ORDER BY ModifyIndex DESC LIMIT 1');
    return row && decode(row);
  }

  put({ ModifyIndex, ...event }: StoredEvent): void {
    this.#db.run('INSERT INTO events (ModifyIndex, Data) VALUES (?, ?)', ModifyIndex, JSON.stringify(event));
  }

  keepLast(count: number): void {
    this.#db.run(
      `DELETE FROM events WHERE ModifyIndex <=
         (SELECT ModifyIndex FROM events ORDER BY ModifyIndex DESC LIMIT 1 OFFSET ?)`,
      count,
    );
  }
}

const decode = ({ Data, ModifyIndex }: Row): StoredEvent => ({
  ...(JSON.parse(Data) as UserEvent),
  ModifyIndex,
});
