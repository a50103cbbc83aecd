/**
 * A catalog in memory for tests, built from bodies of `/v1/catalog/register`: plain lists, searched from end to end, so
 * that it is obviously right. Registration n has index n + 1.
 */
import type { CatalogReader, Topic } from '../src/shared/catalog-reader.ts';
import { decodeCatalogRegistration } from '../src/shared/definition/catalog-registration.ts';
import type { HealthCheck, Node, NodeService, ServiceInstance } from '../src/shared/model.ts';

interface Rows {
  nodes: Node[];
  services: (NodeService & { Node: string })[];
  checks: HealthCheck[];
}

/** @throws {ApiError} for a body that Consul refuses. */
export function makeCatalog(registrations: object[], datacenter = 'dc1'): CatalogReader {
  const rows: Rows = { nodes: [], services: [], checks: [] };
  registrations.forEach((body, n) => {
    register(rows, body, { CreateIndex: n + 2, ModifyIndex: n + 2 }, datacenter);
  });
  return makeReader(rows, datacenter, registrations.length + 1);
}

function register(rows: Rows, body: object, indexes: Indexes, datacenter: string): void {
  const registration = decodeCatalogRegistration(body);
  const { Node: name, ID, Address, TaggedAddresses, NodeMeta: Meta, Service, Checks } = registration;
  const node: Node = {
    ...{ ID, Node: name, Address, Datacenter: datacenter, TaggedAddresses, Meta },
    ...indexes,
  };
  const isKnown = rows.nodes.some((row) => row.Node === name);
  if (!(registration.SkipNodeUpdate && isKnown)) replace(rows.nodes, node, (row) => row.Node);
  if (Service) {
    const service = { ...Service, Node: name, ...indexes };
    replace(rows.services, service, (row) => `${row.Node}/${row.ID}`);
  }
  for (const { DeregisterAfterMs: _, ...check } of Checks) {
    const of = rows.services.find((row) => row.Node === name && row.ID === check.ServiceID);
    const row = { ...check, ServiceName: of?.Service ?? '', ServiceTags: of?.Tags ?? [], ...indexes };
    replace(rows.checks, row, (other) => `${other.Node}/${other.CheckID}`);
  }
}

type Indexes = Pick<Node, 'CreateIndex' | 'ModifyIndex'>;

/** Keeps `rows` sorted by key. */
function replace<T>(rows: T[], row: T, keyOf: (row: T) => string): void {
  const kept = rows.filter((other) => keyOf(other) !== keyOf(row));
  rows.splice(0, rows.length, ...[...kept, row].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)));
}

function makeReader({ nodes, services, checks }: Rows, datacenter: string, index: number): CatalogReader {
  const instancesWhere = (wanted: (service: NodeService) => boolean): ServiceInstance[] =>
    services.filter(wanted).map(({ Node: name, ...Service }) => ({
      Node: nodes.find((node) => node.Node === name)!,
      Service,
      Checks: checks.filter((row) => row.Node === name && ['', Service.ID].includes(row.ServiceID)),
    }));
  return {
    datacenter,
    node: (nameOrId) => nodes.find((node) => same(node.Node, nameOrId) || same(node.ID, nameOrId)),
    nodes: () => nodes,
    nodeServices: (node) =>
      services.filter((row) => same(row.Node, node)).map(({ Node: _, ...service }) => service),
    nodeChecks: (node) => checks.filter((row) => same(row.Node, node)),
    services: () => tagsByService(services),
    serviceInstances: (name) => instancesWhere((service) => same(service.Service, name)),
    connectInstances: (name) => instancesWhere((service) => isConnectFor(service, name)),
    serviceChecks: (name) => checks.filter((row) => same(row.ServiceName, name)),
    checksInState: (state) => checks.filter((row) => state === 'any' || row.Status === state),
    nodesByAddress: (address) => nodes.filter((node) => node.Address === address),
    instancesByAddress: (address) => instancesWhere((service) => service.Address === address),
    index: (_topic: Topic) => index,
  };
}

const same = (one: string, other: string) => one !== '' && one.toLowerCase() === other.toLowerCase();

function isConnectFor(service: NodeService, name: string): boolean {
  const isProxy =
    service.Kind === 'connect-proxy' && same(String(service.Proxy?.DestinationServiceName), name);
  return isProxy || (same(service.Service, name) && service.Connect?.Native === true);
}

function tagsByService(services: NodeService[]): Map<string, string[]> {
  const tags = new Map<string, Set<string>>();
  for (const { Service, Tags } of services)
    tags.set(Service, new Set([...(tags.get(Service) ?? []), ...Tags]));
  const names = [...tags.keys()].sort();
  return new Map(names.map((name) => [name, [...tags.get(name)!].sort()]));
}
