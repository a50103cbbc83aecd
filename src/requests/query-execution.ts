import type { PreparedQuery } from './prepared-query.ts';

/** What executing a prepared query in one datacenter gave. */
export interface QueryExecution {
  /** As it was executed: made from its template. */
  Query: PreparedQuery;
  /** JSON text of the instances, as /v1/health/service shows them. */
  Nodes: string;
  Count: number;
  /** The order means something. */
  Sorted: boolean;
}
