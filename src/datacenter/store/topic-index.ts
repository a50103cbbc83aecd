/**
 * The index of each topic. Answers come from memory where a transaction of this life of the object touched the topic;
 * otherwise they are computed from the rows, whose own indexes survive everything. Tombstones count too: a deletion
 * raises the index of what it was deleted from, and once it is forgotten, of everything, so that no index ever falls.
 */
import type { Topic } from '../../shared/catalog-reader.ts';
import type { Index } from '../../shared/model.ts';
import type { Database } from './database.ts';

/** The row of meta that remembers when a table without tombstones last changed. */
export const recordIndexName = (topic: Topic): string => `Index:${topic}`;

/** Topics remembered at most; beyond that the memory is dropped and filled again as asked. */
const topicsMax = 100_000;

export class TopicIndex {
  readonly #db: Database;
  readonly #prunedIndex: () => Index;
  readonly #known = new Map<Topic, Index>();

  constructor(db: Database, prunedIndex: () => Index) {
    this.#db = db;
    this.#prunedIndex = prunedIndex;
  }

  get(topic: Topic): Index {
    return (
      this.#known.get(topic) ?? this.raise(topic, Math.max(1, this.#prunedIndex(), this.#compute(topic)))
    );
  }

  raise(topic: Topic, index: Index): Index {
    if (this.#known.size >= topicsMax) this.#known.clear();
    this.#known.set(topic, index);
    return index;
  }

  #compute(topic: Topic): Index {
    if (topic === 'nodes') return this.#maxOfTable('nodes', 'node');
    if (topic === 'services') return this.#maxOfTable('services', 'service');
    if (topic === 'checks') return this.#maxOfTable('checks', 'check');
    if (topic === 'sessions' || /^(node-)?sessions?:/.test(topic)) return this.#ofSessions();
    if (!topic.includes(':')) return this.#ofRecords(topic);
    const name = topic.slice(topic.indexOf(':') + 1);
    return topic.startsWith('node:') ? this.#ofNode(name) : this.#ofService(name);
  }

  #maxOfTable(table: string, kind: string): Index {
    // Deleting a node or a service takes rows of the tables below it along without tombstones of their own.
    return this.#max(
      `SELECT max(ModifyIndex) AS I FROM ${table} UNION ALL
       SELECT max(ModifyIndex) FROM tombstones WHERE Kind = ? OR ? = 'check' OR (? = 'service' AND Kind = 'node')`,
      kind,
      kind,
      kind,
    );
  }

  #ofNode(name: string): Index {
    return this.#max(
      `SELECT ModifyIndex AS I FROM nodes WHERE Node = ?1 UNION ALL
       SELECT max(ModifyIndex) FROM services WHERE Node = ?1 UNION ALL
       SELECT max(ModifyIndex) FROM checks WHERE Node = ?1 UNION ALL
       SELECT max(ModifyIndex) FROM tombstones WHERE Node = ?1`,
      name,
    );
  }

  #ofService(name: string): Index {
    return this.#max(
      `SELECT max(ModifyIndex) AS I FROM services WHERE Service = ?1 UNION ALL
       SELECT max(n.ModifyIndex) FROM services s JOIN nodes n ON n.Node = s.Node WHERE s.Service = ?1 UNION ALL
       SELECT max(c.ModifyIndex) FROM services s JOIN checks c ON c.Node = s.Node AND c.ServiceID IN (s.ID, '')
         WHERE s.Service = ?1 UNION ALL
       SELECT max(ModifyIndex) FROM tombstones WHERE Service = ?1 UNION ALL
       SELECT max(t.ModifyIndex) FROM services s JOIN tombstones t ON t.Node = s.Node AND t.Service = ''
         WHERE s.Service = ?1`,
      name,
    );
  }

  /** What is known after a restart of who changed when: the last change of any. */
  #ofSessions(): Index {
    return this.#max(`SELECT CAST(Value AS INTEGER) AS I FROM meta WHERE Name = 'SessionIndex'`);
  }

  #ofRecords(topic: Topic): Index {
    return this.#max('SELECT CAST(Value AS INTEGER) AS I FROM meta WHERE Name = ?', recordIndexName(topic));
  }

  #max(sql: string, ...bindings: string[]): Index {
    const rows = this.#db.all<{ I: Index | null }>(sql, ...bindings);
    return rows.reduce((max, { I }) => Math.max(max, I ?? 0), 0);
  }
}
