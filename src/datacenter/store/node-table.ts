import { canonicalText } from '../../shared/canonical.ts';
import type { Member } from '../../shared/member.ts';
import { type Index, type Node, serfHealthCheckId } from '../../shared/model.ts';
import type { AgentRole } from '../../shared/protocol/messages.ts';
import type { Database } from './database.ts';
import { decodeRow, type StoredRow } from './row.ts';

/** A node that a sidecar speaks for, as liveness and expiry see it. */
export interface AgentRow {
  Node: string;
  /** When its connection closed without a leave; null while it is connected or has not been seen to close. */
  LostAtMs: number | null;
  /** 1: `serfHealth` says that it lives. */
  Passing: 0 | 1;
  /** Since when `serfHealth` is critical; null while it is not. */
  CriticalSinceMs: number | null;
}

const columns = 'Data, CreateIndex, ModifyIndex';

interface MemberRow extends StoredRow {
  Role: AgentRole;
  Version: string;
  Status: string | null;
}

const selectMembers = `
  SELECT n.Data AS Data, n.CreateIndex AS CreateIndex, n.ModifyIndex AS ModifyIndex,
    n.Role AS Role, n.Version AS Version, c.Status AS Status
  FROM nodes n LEFT JOIN checks c ON c.Node = n.Node AND c.CheckID = ?
  WHERE n.Role != ''`;

const decodeMember = (row: MemberRow): Member => ({
  Node: decodeRow<Node>(row),
  Role: row.Role,
  Version: row.Version,
  Alive: row.Status === 'passing',
});

export class NodeTable {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  byName(name: string): Node | undefined {
    return this.#decode(this.#db.first<StoredRow>(`SELECT ${columns} FROM nodes WHERE Node = ?`, name));
  }

  byId(id: string): Node | undefined {
    if (id === '') return undefined;
    return this.#decode(
      this.#db.first<StoredRow>(`SELECT ${columns} FROM nodes WHERE ID = ? AND ID != ''`, id),
    );
  }

  all(): Node[] {
    return this.#db
      .all<StoredRow>(`SELECT ${columns} FROM nodes ORDER BY Node`)
      .map((row) => decodeRow<Node>(row));
  }

  /** Up to `limit` nodes after this name, for copying the catalog in pages. */
  after(name: string, limit: number): Node[] {
    const sql = `SELECT ${columns} FROM nodes WHERE Node > ? ORDER BY Node LIMIT ?`;
    return this.#db.all<StoredRow>(sql, name, limit).map((row) => decodeRow<Node>(row));
  }

  since(index: Index, limit: number): Node[] {
    const sql = `SELECT ${columns} FROM nodes WHERE ModifyIndex > ? ORDER BY ModifyIndex LIMIT ?`;
    return this.#db.all<StoredRow>(sql, index, limit).map((row) => decodeRow<Node>(row));
  }

  byAddress(address: string): Node[] {
    const sql = `SELECT ${columns} FROM nodes WHERE Data ->> '$.Address' = ? ORDER BY Node`;
    return this.#db.all<StoredRow>(sql, address).map((row) => decodeRow<Node>(row));
  }

  /** Inserts or replaces the node; what is known of its sidecar stays. */
  put(node: Node): void {
    this.#db.run(
      `INSERT INTO nodes (Node, ID, Data, CreateIndex, ModifyIndex) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (Node) DO UPDATE SET Node = excluded.Node, ID = excluded.ID, Data = excluded.Data,
         CreateIndex = excluded.CreateIndex, ModifyIndex = excluded.ModifyIndex`,
      node.Node,
      node.ID,
      canonicalText(node),
      node.CreateIndex,
      node.ModifyIndex,
    );
  }

  delete(name: string): void {
    this.#db.run('DELETE FROM nodes WHERE Node = ?', name);
  }

  agents(): AgentRow[] {
    return this.#db.all<AgentRow>(
      `SELECT n.Node AS Node, n.LostAtMs AS LostAtMs, c.CriticalSinceMs AS CriticalSinceMs,
         coalesce(c.Status, '') = 'passing' AS Passing
       FROM nodes n LEFT JOIN checks c ON c.Node = n.Node AND c.CheckID = ?
       WHERE n.Role != '' ORDER BY n.Node`,
      serfHealthCheckId,
    );
  }

  members(): Member[] {
    return this.#db.all<MemberRow>(`${selectMembers} ORDER BY n.Node`, serfHealthCheckId).map(decodeMember);
  }

  /** Undefined where no sidecar speaks for the node. */
  member(name: string): Member | undefined {
    const row = this.#db.first<MemberRow>(`${selectMembers} AND n.Node = ?`, serfHealthCheckId, name);
    return row && decodeMember(row);
  }

  /** Notes that a sidecar speaks for this node and is connected. Writes only what differs. */
  setAgent(name: string, role: AgentRole, version: string): void {
    this.#db.run(
      `UPDATE nodes SET Role = ?, Version = ?, LostAtMs = NULL
       WHERE Node = ? AND (Role != ? OR Version != ? OR LostAtMs IS NOT NULL)`,
      role,
      version,
      name,
      role,
      version,
    );
  }

  setLost(name: string, atMs: number): void {
    this.#db.run('UPDATE nodes SET LostAtMs = ? WHERE Node = ? AND LostAtMs IS NULL', atMs, name);
  }

  /** As {@link setLost}, for every host, whatever was noted before. */
  setAllLost(atMs: number): void {
    this.#db.run(`UPDATE nodes SET LostAtMs = ? WHERE Role != ''`, atMs);
  }

  #decode(row: StoredRow | undefined): Node | undefined {
    return row && decodeRow<Node>(row);
  }
}
