import { consulServiceId } from '../../shared/model.ts';
import type { Database } from './database.ts';

/** What `/v1/operator/usage` tells of one datacenter. */
export interface Usage {
  Nodes: number;
  Services: number;
  ServiceInstances: number;
  ConnectServiceInstances: Record<string, number>;
  BillableServiceInstances: number;
}

const connectKinds = [
  'connect-proxy',
  'mesh-gateway',
  'terminating-gateway',
  'ingress-gateway',
  'api-gateway',
];

/** Counts of the rows of the catalog. */
export class UsageCounts {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  count(): Usage {
    const nodes = this.#number('SELECT count(*) AS N FROM nodes');
    const services = this.#number('SELECT count(DISTINCT Service) AS N FROM services');
    const byKind = new Map(
      this.#db
        .all<{ Kind: string; N: number }>(
          `SELECT coalesce(json_extract(Data, '$.Kind'), '') AS Kind, count(*) AS N FROM services GROUP BY 1`,
        )
        .map(({ Kind, N }) => [Kind, N]),
    );
    const native = this.#number(
      `SELECT count(*) AS N FROM services WHERE json_extract(Data, '$.Connect.Native') = 1`,
    );
    const servers = this.#number('SELECT count(*) AS N FROM services WHERE Service = ?', consulServiceId);
    return {
      Nodes: nodes,
      Services: services,
      ServiceInstances: [...byKind.values()].reduce((sum, count) => sum + count, 0),
      ConnectServiceInstances: {
        'connect-native': native,
        ...Object.fromEntries(connectKinds.map((kind) => [kind, byKind.get(kind) ?? 0])),
      },
      BillableServiceInstances: (byKind.get('') ?? 0) + (byKind.get('typical') ?? 0) - servers,
    };
  }

  #number(sql: string, ...bindings: string[]): number {
    return this.#db.first<{ N: number }>(sql, ...bindings)!.N;
  }
}
