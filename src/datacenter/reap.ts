/**
 * Expiry as one pure function: who is past their time, given the rows and the time. The cron trigger runs it each
 * minute, the object's alarm when something is due sooner; both act on the same answer, so running it twice does nothing
 * twice.
 *
 * Services: critical for longer than `DeregisterCriticalServiceAfter`, or on a host that has been silent for that long.
 * Nodes: silent for longer than the reconnect time-out. When an implausible share of the hosts fell silent together the
 * fault is more likely ours than theirs, so nobody is evicted on the ground of silence or at all until they return, or
 * have been silent for that time-out: whoever is away for so long is dead, however many they are.
 */
import { isImplausible, type SilenceLimits } from './liveness.ts';
import type { DueCheck } from './store/check-table.ts';

/** A host whose sidecar is silent, and since when `serfHealth` says so. */
export interface SilentNode {
  Node: string;
  CriticalSinceMs: number;
  /** The checks on it that can evict their service. */
  Evicting: Omit<DueCheck, 'CriticalSinceMs'>[];
}

export interface ReapRows {
  Due: DueCheck[];
  Silent: SilentNode[];
  /** How many nodes have a sidecar, silent or not. */
  AgentCount: number;
}

export interface ReapLimits extends SilenceLimits {
  reconnectTimeoutMs: number;
}

export interface Eviction {
  Node: string;
  ServiceID: string;
  Reason: 'critical' | 'silent';
}

export interface Reaped {
  Services: Eviction[];
  Nodes: string[];
  /** True: an implausible share of the hosts is silent, so nothing is reaped but who is past the reconnect time-out. */
  Held: boolean;
  /** When the next one is due; undefined if nothing is under way. */
  NextAtMs: number | undefined;
}

export function reap(rows: ReapRows, limits: ReapLimits, nowMs: number): Reaped {
  const silent = new Set(rows.Silent.map(({ Node }) => Node.toLowerCase()));
  const services = [
    ...rows.Silent.flatMap(silentServices),
    // A service on a silent host is evicted for the silence: its host may return and declare it again.
    ...rows.Due.map((check) =>
      criticalService(check, silent.has(check.Node.toLowerCase()) ? 'silent' : 'critical'),
    ),
  ];
  const nodes = rows.Silent.map(({ Node, CriticalSinceMs }) => ({
    Node,
    AtMs: CriticalSinceMs + limits.reconnectTimeoutMs,
  }));
  const later = [...services, ...nodes].map(({ AtMs }) => AtMs).filter((atMs) => atMs > nowMs);
  const NextAtMs = later.length > 0 ? Math.min(...later) : undefined;
  const Nodes = nodes.filter(({ AtMs }) => AtMs <= nowMs).map(({ Node }) => Node);
  const Held = isImplausible(silent.size - Nodes.length, rows.AgentCount - Nodes.length, limits);
  const Services = Held ? [] : onceEach(services.filter(({ AtMs }) => AtMs <= nowMs));
  return { Services, Nodes, Held, NextAtMs };
}

type Deadline = Eviction & { AtMs: number };

/** A service may be due by several checks. */
function onceEach(deadlines: Deadline[]): Eviction[] {
  const byPlace = new Map<string, Eviction>();
  for (const { AtMs, ...eviction } of deadlines)
    byPlace.set(JSON.stringify([eviction.Node.toLowerCase(), eviction.ServiceID]), eviction);
  return [...byPlace.values()];
}

const criticalService = (check: DueCheck, reason: Eviction['Reason']): Deadline => ({
  Node: check.Node,
  ServiceID: check.ServiceID,
  Reason: reason,
  AtMs: check.CriticalSinceMs + check.DeregisterAfterMs,
});

const silentServices = ({ Node, CriticalSinceMs, Evicting }: SilentNode): Deadline[] =>
  Evicting.map(({ ServiceID, DeregisterAfterMs }) => ({
    Node,
    ServiceID,
    Reason: 'silent',
    AtMs: CriticalSinceMs + DeregisterAfterMs,
  }));
