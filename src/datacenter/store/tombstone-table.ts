import type { Index } from '../../shared/model.ts';
import type { DeleteReason } from '../../shared/protocol/messages.ts';
import type { Database } from './database.ts';
import { pruneTombstones } from './prune-tombstones.ts';

/** What was deleted, so that a copy can follow and the index of what is gone still rises. */
export interface Tombstone {
  Kind: 'node' | 'service' | 'check';
  Node: string;
  /** The service or check ID; "" for a node. */
  ID: string;
  /** The service whose answers the deletion changed; "" when it is every service on the node. */
  Service: string;
  Reason: DeleteReason;
  ModifyIndex: Index;
}

export class TombstoneTable {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  put(tombstone: Tombstone, atMs: number): void {
    const { Kind, Node, ID, Service, Reason, ModifyIndex } = tombstone;
    this.#db.run(
      `INSERT OR REPLACE INTO tombstones (Kind, Node, ID, Service, Reason, AtMs, ModifyIndex)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
      Kind,
      Node,
      ID,
      Service,
      Reason,
      atMs,
      ModifyIndex,
    );
  }

  since(index: Index, limit: number): Tombstone[] {
    return this.#db.all<Tombstone>(
      `SELECT Kind, Node, ID, Service, Reason, ModifyIndex FROM tombstones
       WHERE ModifyIndex > ? ORDER BY ModifyIndex LIMIT ?`,
      index,
      limit,
    );
  }

  /** Forgets what was deleted before `beforeMs`; the highest index forgotten, or 0. */
  prune(beforeMs: number): Index {
    return pruneTombstones(this.#db, 'tombstones', beforeMs);
  }
}
