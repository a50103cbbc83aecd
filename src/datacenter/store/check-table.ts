import { canonicalText } from '../../shared/canonical.ts';
import type { HealthCheck, Index } from '../../shared/model.ts';
import type { CheckTimes } from '../check-times.ts';
import type { Database } from './database.ts';
import { decodeRow, type StoredRow } from './row.ts';

/** A critical check that takes its service with it after a while. */
export interface DueCheck {
  Node: string;
  CheckID: string;
  ServiceID: string;
  DeregisterAfterMs: number;
  CriticalSinceMs: number;
}

const columns = 'Data, CreateIndex, ModifyIndex';
const timeColumns = 'DeregisterAfterMs, CriticalSinceMs, TTLMs, ExpiresAtMs';

export class CheckTable {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  get(node: string, checkId: string): HealthCheck | undefined {
    return this.find(node, checkId)?.check;
  }

  find(node: string, checkId: string): { check: HealthCheck; times: CheckTimes } | undefined {
    const row = this.#db.first<StoredRow & CheckTimes>(
      `SELECT ${columns}, ${timeColumns} FROM checks WHERE Node = ? AND CheckID = ?`,
      node,
      checkId,
    );
    if (!row) return undefined;
    const { DeregisterAfterMs, CriticalSinceMs, TTLMs, ExpiresAtMs } = row;
    const times = { DeregisterAfterMs, CriticalSinceMs, TTLMs, ExpiresAtMs };
    return { check: decodeRow<HealthCheck>(row), times };
  }

  onNode(node: string): HealthCheck[] {
    return this.#checks(`SELECT ${columns} FROM checks WHERE Node = ? ORDER BY CheckID`, node);
  }

  /** The checks of one instance; with `serviceId` "" the node-level ones. */
  ofService(node: string, serviceId: string): HealthCheck[] {
    const sql = `SELECT ${columns} FROM checks WHERE Node = ? AND ServiceID = ? ORDER BY CheckID`;
    return this.#checks(sql, node, serviceId);
  }

  /** The checks of all instances of a service, and with `nodeLevel` those of their nodes; by node, then CheckID. */
  ofServiceName(name: string, nodeLevel: boolean): HealthCheck[] {
    const serviceIds = nodeLevel ? `IN (s.ID, '')` : '= s.ID';
    return this.#checks(
      `SELECT DISTINCT c.Data, c.CreateIndex, c.ModifyIndex, c.Node, c.CheckID
       FROM services s JOIN checks c ON c.Node = s.Node AND c.ServiceID ${serviceIds}
       WHERE s.Service = ? ORDER BY c.Node, c.CheckID`,
      name,
    );
  }

  inState(status: string): HealthCheck[] {
    if (status === 'any') return this.#checks(`SELECT ${columns} FROM checks ORDER BY Node, CheckID`);
    // Saying that it is not passing is what lets SQLite use the index of the unhealthy.
    const unhealthy = status === 'passing' ? '' : `AND Status != 'passing'`;
    return this.#checks(
      `SELECT ${columns} FROM checks WHERE Status = ? ${unhealthy} ORDER BY Node, CheckID`,
      status,
    );
  }

  after(node: string, checkId: string, limit: number): HealthCheck[] {
    const sql = `SELECT ${columns} FROM checks WHERE (Node, CheckID) > (?, ?) ORDER BY Node, CheckID LIMIT ?`;
    return this.#checks(sql, node, checkId, limit);
  }

  since(index: Index, limit: number): HealthCheck[] {
    return this.#checks(
      `SELECT ${columns} FROM checks WHERE ModifyIndex > ? ORDER BY ModifyIndex LIMIT ?`,
      index,
      limit,
    );
  }

  /** Critical checks that can evict their service, the longest critical first. */
  due(): DueCheck[] {
    return this.#db.all<DueCheck>(
      `SELECT Node, CheckID, ServiceID, DeregisterAfterMs, CriticalSinceMs FROM checks
       WHERE Status != 'passing' AND CriticalSinceMs IS NOT NULL AND DeregisterAfterMs > 0 AND ServiceID != ''
       ORDER BY CriticalSinceMs`,
    );
  }

  /** The checks of one node that can evict their service, whatever their status. */
  evicting(node: string): Omit<DueCheck, 'CriticalSinceMs'>[] {
    return this.#db.all(
      `SELECT Node, CheckID, ServiceID, DeregisterAfterMs FROM checks
       WHERE Node = ? AND DeregisterAfterMs > 0 AND ServiceID != '' ORDER BY CheckID`,
      node,
    );
  }

  /** TTL checks that nobody spoke for in time. */
  expired(nowMs: number): HealthCheck[] {
    return this.#checks(`SELECT ${columns} FROM checks WHERE ExpiresAtMs <= ? ORDER BY ExpiresAtMs`, nowMs);
  }

  nextExpiryAtMs(): number | undefined {
    const sql = 'SELECT min(ExpiresAtMs) AS At FROM checks WHERE ExpiresAtMs IS NOT NULL';
    return this.#db.first<{ At: number | null }>(sql)?.At ?? undefined;
  }

  put(check: HealthCheck, times: CheckTimes): void {
    this.#db.run(
      `INSERT INTO checks
         (Node, CheckID, ServiceID, Status, Data, ${timeColumns}, CreateIndex, ModifyIndex)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (Node, CheckID) DO UPDATE SET ServiceID = excluded.ServiceID, Status = excluded.Status,
         Data = excluded.Data, DeregisterAfterMs = excluded.DeregisterAfterMs,
         CriticalSinceMs = excluded.CriticalSinceMs, TTLMs = excluded.TTLMs, ExpiresAtMs = excluded.ExpiresAtMs,
         ModifyIndex = excluded.ModifyIndex`,
      check.Node,
      check.CheckID,
      check.ServiceID,
      check.Status,
      canonicalText(check),
      times.DeregisterAfterMs,
      times.CriticalSinceMs,
      times.TTLMs,
      times.ExpiresAtMs,
      check.CreateIndex,
      check.ModifyIndex,
    );
  }

  delete(node: string, checkId: string): void {
    this.#db.run('DELETE FROM checks WHERE Node = ? AND CheckID = ?', node, checkId);
  }

  #checks(sql: string, ...bindings: (string | number)[]): HealthCheck[] {
    return this.#db.all<StoredRow>(sql, ...bindings).map((row) => decodeRow<HealthCheck>(row));
  }
}
