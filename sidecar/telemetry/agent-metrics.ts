/** What this agent measures, under the names of Consul where it has one. */

import { rcodes } from '../../src/shared/dns/record.ts';
import type { MemberJson } from '../../src/shared/member.ts';
import { consulVersion } from '../../src/shared/version.ts';
import type { CatalogCache } from '../cache/catalog-cache.ts';
import type { DnsMeter } from '../dns/measured-answerer.ts';
import type { EdgeMeter } from '../sync/edge-client.ts';
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

/** Of the requests that this agent sends to the edge. */
export function edgeMeter(metrics: Metrics): EdgeMeter {
  const sent = metrics.counter('client.rpc');
  const failed = metrics.counter('client.rpc.failed');
  const exceeded = metrics.counter('client.rpc.exceeded');
  return { sent: () => sent(1), failed: () => failed(1), refused: () => exceeded(1) };
}

/** The endpoints of the catalog, as an agent of Consul counts them. */
const catalogCalls: Record<string, string> = {
  '/v1/catalog/register': 'register',
  '/v1/catalog/deregister': 'deregister',
  '/v1/catalog/datacenters': 'datacenters',
  '/v1/catalog/nodes': 'nodes',
  '/v1/catalog/services': 'services',
  '/v1/catalog/service/': 'service_nodes',
  '/v1/catalog/connect/': 'connect_service_nodes',
  '/v1/catalog/node/': 'node_services',
  '/v1/catalog/node-services/': 'node_service_list',
  '/v1/catalog/gateway-services/': 'gateway_services',
};

/** Counts a request for the catalog by what came of it; others are none of its business. */
export function catalogMeter(metrics: Metrics, node: string): (path: string, status: number) => void {
  return (path, status) => {
    const call = catalogCalls[path] ?? catalogCalls[path.replace(/[^/]+$/, '')];
    if (call === undefined) return;
    metrics.counter(`client.api.catalog_${call}`, { node })(1);
    if (status < 400) metrics.counter(`client.api.success.catalog_${call}`, { node })(1);
    else if (status >= 500) metrics.counter(`client.rpc.error.catalog_${call}`, { node })(1);
  };
}

interface Watched {
  isServer: boolean;
  copy(): CatalogCache;
  /** As far as the copy shows them. */
  members(): MemberJson[];
  isLive(): boolean;
  staleMs(): number;
  /** Declared on this host. */
  services(): number;
  checks(): number;
}

export function agentGauges({
  isServer,
  copy,
  members,
  isLive,
  staleMs,
  services,
  checks,
}: Watched): Gauge[] {
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
    { Name: 'version', Value: 1, Labels: { version: consulVersion, pre_release: '' } },
    ...memberGauges(members(), copy().datacenter),
    ...(isServer ? serverGauges(isLive()) : []),
    { Name: 'state.nodes', Value: rows.nodes },
    { Name: 'state.services', Value: rows.services },
    { Name: 'state.service_instances', Value: rows.instances },
  ];
}

/** Where no sidecar is one, the edge elsewhere is the server, as in the list of members. */
function memberGauges(members: MemberJson[], datacenter: string): Gauge[] {
  const servers = members.filter(({ Tags }) => Tags.role === 'consul').length;
  const Labels = { datacenter };
  return [
    { Name: 'members.clients', Value: members.length - servers, Labels },
    { Name: 'members.servers', Value: Math.max(1, servers), Labels },
  ];
}

/** An edge is one server: it leads while it answers, and there is no other that may fail. */
function serverGauges(isLive: boolean): Gauge[] {
  return [
    { Name: 'autopilot.failure_tolerance', Value: 0 },
    { Name: 'autopilot.healthy', Value: isLive ? 1 : 0 },
    { Name: 'server.isLeader', Value: isLive ? 1 : 0 },
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
