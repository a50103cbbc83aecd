/** The rows about hosts that liveness and expiry decide on, gathered from the store and the sockets. */
import type { AgentTimes } from './liveness.ts';
import type { ReapRows } from './reap.ts';
import type { CatalogStore } from './store/catalog-store.ts';

/** `heardAtMs` by lower-case node name. */
export function agentTimes(store: CatalogStore, heardAtMs: Map<string, number>): AgentTimes[] {
  return store.nodeTable.agents().map(({ Node, LostAtMs, CriticalSinceMs }) => ({
    Node,
    HeardAtMs: heardAtMs.get(Node.toLowerCase()),
    LostAtMs,
    Critical: CriticalSinceMs !== null,
  }));
}

export function reapRows(store: CatalogStore): ReapRows {
  const agents = store.nodeTable.agents();
  const silent = agents.flatMap(({ Node, CriticalSinceMs }) =>
    CriticalSinceMs === null ? [] : [{ Node, CriticalSinceMs, Evicting: store.checkTable.evicting(Node) }],
  );
  return { Due: store.checkTable.due(), Silent: silent, AgentCount: agents.length };
}
