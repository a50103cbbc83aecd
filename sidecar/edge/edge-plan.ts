/**
 * Whether this host runs the edge, and where the edge is. Consul runs several servers; here a datacenter has one edge. So
 * that hosts which were started as several servers (each with the same `retry_join`) do not become several registries, the
 * first address of the list is the edge and the others join it.
 */
import type { AgentConfig } from '../config/agent-config.ts';

export interface EdgePlan {
  /** Run it here. */
  run: boolean;
  /** Where to join; empty if it runs here. */
  edges: URL[];
}

type PlannedConfig = Pick<
  AgentConfig,
  'server' | 'startJoin' | 'retryJoin' | 'advertiseAddr' | 'bindAddr' | 'ports'
>;

/** @throws when there is neither an edge here nor one to join. */
export function planEdge(config: PlannedConfig): EdgePlan {
  const edges = [...config.startJoin, ...config.retryJoin].map((url) => new URL(url));
  if (config.server && (edges.length === 0 || isHere(config, edges[0]!))) return { run: true, edges: [] };
  if (edges.length === 0)
    throw new Error(
      'there is no edge to join: name one (-retry-join=https://registry.example.workers.dev or host:8300), or run one ' +
        'here (-server, or -dev to try things out)',
    );
  return { run: false, edges };
}

const isHere = ({ advertiseAddr, bindAddr, ports }: PlannedConfig, edge: URL): boolean =>
  [advertiseAddr, bindAddr].includes(edge.hostname.replace(/^\[|\]$/g, '')) &&
  Number(edge.port) === ports.server;
