/** The rows about hosts that liveness and expiry decide on, gathered from the store and the sockets. */
import type { AgentTimes } from './liveness.ts';
import type { ReapRows } from './reap.ts';
import type { CatalogStore } from './store/catalog-store.ts';

/** `heardAtMs` by lower-case node name. */
export function agentTimes(store: CatalogStore, heardAtMs: Map<string, number>): AgentTimes[] {
  return store.nodeTable.agents().map(({ Node, LostAtMs, Passing, CriticalSinceMs }) => ({
    Node,
    Passing: Passing === 1,
    HeardAtMs: heardAtMs.get(Node.toLowerCase()),
    LostAtMs,
    Critical: CriticalSinceMs !== null,
  }));
}

/**
 * `connected`: lower-case names of the nodes whose sidecar has had time to say what changed while it was away. The word of
 * one that has not is old: its checks may have recovered unheard (while the edge was down, say), so they evict nothing
 * until it has spoken, or is found silent.
 */
export function reapRows(store: CatalogStore, connected: Set<string>): ReapRows {
  const agents = store.nodeTable.agents();
  const unheard = new Set(
    agents
      .filter(({ CriticalSinceMs }) => CriticalSinceMs === null)
      .map(({ Node }) => Node.toLowerCase())
      .filter((node) => !connected.has(node)),
  );
  const silent = agents.flatMap(({ Node, CriticalSinceMs }) =>
    CriticalSinceMs === null ? [] : [{ Node, CriticalSinceMs, Evicting: store.checkTable.evicting(Node) }],
  );
  const due = store.checkTable.due().filter(({ Node }) => !unheard.has(Node.toLowerCase()));
  return { Due: due, Silent: silent, AgentCount: agents.length };
}
