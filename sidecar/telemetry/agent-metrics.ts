/** What this agent measures, under the names of Consul where it has one. */

import { rcodes } from '../../src/shared/dns/record.ts';
import type { CatalogCache } from '../cache/catalog-cache.ts';
import type { DnsMeter } from '../dns/measured-answerer.ts';
import type { Gauge, Meter, Metrics } from './metrics.ts';

/** One series for each code. */
export function dnsMeter(metrics: Metrics, node: string): DnsMeter {
  const duration = metrics.sample('dns.domain_query', { node });
  const byRcode = new Map<number, Meter>();
  const names = new Map(Object.entries(rcodes).map(([name, rcode]) => [rcode as number, name]));
  return (rcode, durationMs) => {
    duration(durationMs);
    let meter = byRcode.get(rcode);
    if (!meter) {
      meter = metrics.counter('dns.answers', { rcode: names.get(rcode) ?? String(rcode) });
      byRcode.set(rcode, meter);
    }
    meter(1);
  };
}

/** By what it found. */
export function checkMeter(metrics: Metrics): (status: string) => void {
  return (status) => metrics.counter('check.runs', { status })(1);
}

interface Watched {
  copy(): CatalogCache;
  isLive(): boolean;
  staleMs(): number;
  /** Declared on this host. */
  services(): number;
  checks(): number;
}

export function agentGauges({ copy, isLive, staleMs, services, checks }: Watched): Gauge[] {
  const { heapUsed, rss } = process.memoryUsage();
  const rows = countRows(copy());
  const stale = staleMs();
  return [
    { Name: 'runtime.alloc_bytes', Value: heapUsed },
    { Name: 'runtime.sys_bytes', Value: rss },
    { Name: 'sync.live', Value: isLive() ? 1 : 0 },
    ...(Number.isFinite(stale) ? [{ Name: 'sync.stale_ms', Value: stale }] : []),
    { Name: 'agent.services', Value: services() },
    { Name: 'agent.checks', Value: checks() },
    { Name: 'cache.index', Value: copy().lastIndex },
    { Name: 'cache.entries_count', Value: rows.nodes + rows.instances + rows.checks },
    { Name: 'state.nodes', Value: rows.nodes },
    { Name: 'state.services', Value: rows.services },
    { Name: 'state.service_instances', Value: rows.instances },
  ];
}

function countRows(copy: CatalogCache) {
  const nodes = copy.nodes();
  const sum = (count: (node: string) => number) => nodes.reduce((total, { Node }) => total + count(Node), 0);
  return {
    nodes: nodes.length,
    services: copy.services().size,
    instances: sum((node) => copy.nodeServices(node).length),
    checks: sum((node) => copy.nodeChecks(node).length),
  };
}
