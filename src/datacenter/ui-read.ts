/** What Consul's web UI asks for under `/v1/internal/ui`: rows of the catalog joined and counted. */
import type { HealthCheck, Node, ServiceInstance } from '../shared/model.ts';
import { showCheck, showNode, showService } from '../shared/read/shapes.ts';
import type { CatalogStore } from './store/catalog-store.ts';

export const uiNode = (store: CatalogStore, node: Node) => ({
  ...showNode(node),
  Services: store.nodeServices(node.Node).map(showService),
  Checks: store.nodeChecks(node.Node).map(showCheck),
});

export function summarizeServices(store: CatalogStore) {
  return [...store.services()].map(([name, tags]) =>
    summarizeService(store.datacenter, name, tags, store.serviceInstances(name)),
  );
}

function summarizeService(datacenter: string, name: string, tags: string[], instances: ServiceInstance[]) {
  const checks = instances.flatMap(({ Checks }) => Checks);
  const kind = instances.find(({ Service }) => Service.Kind)?.Service.Kind;
  const sources = instances.map(
    ({ Node, Service }) => Service.Meta?.['external-source'] ?? Node.Meta?.['external-source'],
  );
  return {
    ...(kind ? { Kind: kind } : {}),
    Name: name,
    Datacenter: datacenter,
    Tags: orNull(tags),
    Nodes: orNull(unique(instances.map(({ Node }) => Node.Node))),
    ExternalSources: orNull(unique(sources.filter((source) => source !== undefined))),
    InstanceCount: instances.length,
    ChecksPassing: count(checks, 'passing'),
    ChecksWarning: count(checks, 'warning'),
    ChecksCritical: count(checks, 'critical'),
    GatewayConfig: {},
    TransparentProxy: false,
    ConnectNative: instances.some(({ Service }) => Service.Connect?.Native === true),
    ConnectedWithProxy: false,
    ConnectedWithGateway: false,
  };
}

/** How healthy the nodes, the instances of each service and the checks of each name are. */
export function overview(store: CatalogStore) {
  const nodes = store.nodes().map(({ Node }) => worst(store.nodeChecks(Node).filter(isOfNode)));
  const services = [...store.services().keys()].map((name) => ({
    Name: name,
    ...tally(store.serviceInstances(name).map(({ Checks }) => worst(Checks))),
  }));
  const byName = Map.groupBy(store.checksInState('any'), ({ Name }) => Name);
  const checks = [...byName].map(([Name, of]) => ({ Name, ...tally(of.map(({ Status }) => Status)) }));
  return { Nodes: [tally(nodes)], Services: services, Checks: checks };
}

const isOfNode = ({ ServiceID }: HealthCheck) => ServiceID === '';
const count = (checks: HealthCheck[], status: string) =>
  checks.filter(({ Status }) => Status === status).length;

function worst(checks: HealthCheck[]): string {
  return ['critical', 'warning'].find((status) => count(checks, status) > 0) ?? 'passing';
}

const tally = (statuses: string[]) => ({
  Total: statuses.length,
  Passing: statuses.filter((status) => status === 'passing').length,
  Warning: statuses.filter((status) => status === 'warning').length,
  Critical: statuses.filter((status) => status === 'critical').length,
});

const unique = (texts: string[]) => [...new Set(texts)].sort();
const orNull = (texts: string[]) => (texts.length > 0 ? texts : null);
