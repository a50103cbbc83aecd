import { canonicalText } from '../../shared/canonical.ts';
import type { Index, NodeService } from '../../shared/model.ts';
import type { Database } from './database.ts';
import { decodeRow, type StoredRow } from './row.ts';

/** A service instance together with the name of its node, which its public JSON does not carry. */
export interface PlacedService {
  Node: string;
  Service: NodeService;
}

type PlacedRow = StoredRow & { Node: string };

const columns = 'Node, Data, CreateIndex, ModifyIndex';
const place = (row: PlacedRow): PlacedService => ({ Node: row.Node, Service: decodeRow<NodeService>(row) });

export class ServiceTable {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  get(node: string, id: string): NodeService | undefined {
    const sql = `SELECT ${columns} FROM services WHERE Node = ? AND ID = ?`;
    const row = this.#db.first<PlacedRow>(sql, node, id);
    return row && decodeRow<NodeService>(row);
  }

  onNode(node: string): NodeService[] {
    const sql = `SELECT ${columns} FROM services WHERE Node = ? ORDER BY ID`;
    return this.#db.all<PlacedRow>(sql, node).map((row) => decodeRow<NodeService>(row));
  }

  named(name: string): PlacedService[] {
    const sql = `SELECT ${columns} FROM services WHERE Service = ? ORDER BY Node, ID`;
    return this.#db.all<PlacedRow>(sql, name).map(place);
  }

  /** Instances that carry the mesh traffic of `name`: its proxies, and those of its own that speak the mesh natively. */
  connecting(name: string): PlacedService[] {
    const sql = `SELECT ${columns} FROM services WHERE Connect = ? ORDER BY Node, ID`;
    return this.#db.all<PlacedRow>(sql, name).map(place);
  }

  byAddress(address: string): PlacedService[] {
    const sql = `SELECT ${columns} FROM services WHERE Data ->> '$.Address' = ? ORDER BY Node, ID`;
    return this.#db.all<PlacedRow>(sql, address).map(place);
  }

  /** Each name, as it is written, with the sorted union of its instances' tags. */
  names(): Map<string, string[]> {
    const rows = this.#db.all<{ Service: string; Tag: string | null }>(
      `SELECT s.Data ->> '$.Service' AS Service, t.value AS Tag
       FROM services s LEFT JOIN json_each(s.Data, '$.Tags') t
       GROUP BY 1, 2 ORDER BY 1, 2`,
    );
    const names = new Map<string, string[]>();
    for (const { Service, Tag } of rows) {
      const tags = names.get(Service) ?? [];
      if (Tag !== null) tags.push(Tag);
      names.set(Service, tags);
    }
    return names;
  }

  after(node: string, id: string, limit: number): PlacedService[] {
    const sql = `SELECT ${columns} FROM services WHERE (Node, ID) > (?, ?) ORDER BY Node, ID LIMIT ?`;
    return this.#db.all<PlacedRow>(sql, node, id, limit).map(place);
  }

  since(index: Index, limit: number): PlacedService[] {
    const sql = `SELECT ${columns} FROM services WHERE ModifyIndex > ? ORDER BY ModifyIndex LIMIT ?`;
    return this.#db.all<PlacedRow>(sql, index, limit).map(place);
  }

  put(node: string, service: NodeService): void {
    this.#db.run(
      `INSERT OR REPLACE INTO services (Node, ID, Service, Connect, Data, CreateIndex, ModifyIndex)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
      node,
      service.ID,
      service.Service,
      connectName(service),
      canonicalText(service),
      service.CreateIndex,
      service.ModifyIndex,
    );
  }

  delete(node: string, id: string): void {
    this.#db.run('DELETE FROM services WHERE Node = ? AND ID = ?', node, id);
  }
}

function connectName(service: NodeService): string | null {
  const destination = service.Kind === 'connect-proxy' ? service.Proxy?.DestinationServiceName : undefined;
  if (typeof destination === 'string' && destination !== '') return destination;
  return service.Connect?.Native === true ? service.Service : null;
}
