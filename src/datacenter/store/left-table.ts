import type { Member } from '../../shared/member.ts';
import type { Database } from './database.ts';

type LeftMember = Omit<Member, 'Alive' | 'Left'>;

/**
 * Hosts that left on purpose, so that who lists the members sees that they did. Their nodes are gone from the catalog. The
 * young and the newest are kept; the others go when the next one leaves, since nothing else looks at their age but a list.
 */
export class LeftTable {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Keeps at most `rowsMax`, none of which left before `sinceMs`. */
  put(member: LeftMember, atMs: number, sinceMs: number, rowsMax: number): void {
    const { Node, Role, Version } = member;
    this.#db.run(
      'INSERT OR REPLACE INTO left_members (Node, Data, LeftAtMs) VALUES (?, ?, ?)',
      Node.Node,
      JSON.stringify({ Node, Role, Version }),
      atMs,
    );
    this.#db.run(
      `DELETE FROM left_members WHERE LeftAtMs < ? OR Node NOT IN
         (SELECT Node FROM left_members ORDER BY LeftAtMs DESC, Node LIMIT ?)`,
      sinceMs,
      rowsMax,
    );
  }

  has(name: string): boolean {
    return this.#db.first('SELECT 1 FROM left_members WHERE Node = ?', name) !== undefined;
  }

  /** It is back, or nobody wants to see it. */
  forget(name: string): void {
    this.#db.run('DELETE FROM left_members WHERE Node = ?', name);
  }

  since(sinceMs: number): Member[] {
    return this.#db
      .all<{ Data: string }>('SELECT Data FROM left_members WHERE LeftAtMs >= ? ORDER BY Node', sinceMs)
      .map(({ Data }) => ({ ...(JSON.parse(Data) as LeftMember), Alive: false, Left: true }));
  }
}
