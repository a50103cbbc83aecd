/** Executes a prepared query in one datacenter: which instances, in which order. */
import type { PreparedQuery, QueryOptions, QueryService } from '../requests/prepared-query.ts';
import type { QueryExecution } from '../requests/query-execution.ts';
import type { HealthCheck, ServiceInstance } from '../shared/model.ts';
import { itselfFirst, nearestFirst } from '../shared/read/nearest.ts';
import { showInstance } from '../shared/read/shapes.ts';
import type { CatalogStore } from './store/catalog-store.ts';

/** `random01` gives numbers in [0, 1). */
export function executeQuery(
  store: CatalogStore,
  query: PreparedQuery,
  options: QueryOptions,
  random01: () => number,
): QueryExecution {
  const { Service } = query;
  const all =
    Service.Connect || options.Connect
      ? store.connectInstances(Service.Service)
      : store.serviceInstances(Service.Service);
  const shuffled = shuffle(all.filter(passes(Service)), random01);
  const near = nearNode(store, options.Near || Service.Near, options);
  const sorted = near === '' ? shuffled : sortByDistance(store, shuffled, near);
  const limited = options.Limit > 0 ? sorted.slice(0, options.Limit) : sorted;
  return {
    Query: query,
    Nodes: JSON.stringify(limited.map(showInstance)),
    Count: limited.length,
    Sorted: near !== '',
  };
}

function passes(query: QueryService): (instance: ServiceInstance) => boolean {
  const ignored = new Set(query.IgnoreCheckIDs);
  const tags = (query.Tags ?? []).map((tag) => tag.toLowerCase());
  const without = tags.filter((tag) => tag.startsWith('!')).map((tag) => tag.slice(1));
  const required = tags.filter((tag) => !tag.startsWith('!'));
  const isHealthy = ({ CheckID, Status }: HealthCheck) =>
    ignored.has(CheckID) || (query.OnlyPassing ? Status === 'passing' : Status !== 'critical');
  return ({ Node, Service, Checks }) => {
    const has = new Set(Service.Tags.map((tag) => tag.toLowerCase()));
    return (
      Checks.every(isHealthy) &&
      hasAll(Node.Meta, query.NodeMeta) &&
      hasAll(Service.Meta, query.ServiceMeta) &&
      required.every((tag) => has.has(tag)) &&
      !without.some((tag) => has.has(tag))
    );
  };
}

type Meta = Record<string, string> | null;

const hasAll = (meta: Meta, wanted: Meta) =>
  Object.entries(wanted ?? {}).every(
    ([key, value]) => Object.hasOwn(meta ?? {}, key) && meta![key] === value,
  );

/** The name of the node to be near to; "" for none. */
function nearNode(store: CatalogStore, near: string, { Agent, ClientAddress }: QueryOptions): string {
  if (near === '_agent') return Agent;
  if (near === '_ip') return store.nodesByAddress(ClientAddress)[0]?.Node ?? '';
  return near;
}

/** What is on the node itself comes first even where another is said to be nearer. */
function sortByDistance(store: CatalogStore, instances: ServiceInstance[], near: string): ServiceInstance[] {
  const nodeOf = ({ Node }: ServiceInstance) => Node.Node;
  return itselfFirst(nearestFirst(store, instances, near, nodeOf), near, nodeOf);
}

function shuffle<T>(rows: T[], random01: () => number): T[] {
  const shuffled = [...rows];
  for (let last = shuffled.length - 1; last > 0; last--) {
    const pick = Math.floor(random01() * (last + 1));
    [shuffled[last], shuffled[pick]] = [shuffled[pick]!, shuffled[last]!];
  }
  return shuffled;
}
