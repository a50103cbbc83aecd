import type { CatalogReader, MovingIndex, Topic } from '../src/shared/catalog-reader.ts';
import { lookUpMoving, nodeTopic, serviceTopic } from '../src/shared/catalog-reader.ts';
import type { Coordinate, NodeCoordinate } from '../src/shared/coordinate.ts';
import type { HealthCheck, Node, NodeService, ServiceInstance } from '../src/shared/model.ts';

/** What of a `/v1/catalog/register` body matters here; everything but the node may be left out. */
export interface Registration {
  /** The node's ID. */
  ID?: string;
  Node: string;
  Address: string;
  TaggedAddresses?: Record<string, string>;
  NodeMeta?: Record<string, string>;
  Service?: Partial<NodeService> & { Service: string };
  Check?: Partial<HealthCheck> & { CheckID: string };
  Checks?: (Partial<HealthCheck> & { CheckID: string })[];
}

interface NodeRow {
  node: Node;
  services: Map<string, NodeService>;
  checks: Map<string, HealthCheck>;
}

const sameName = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/**
 * A catalog in memory, filled with registrations: simple enough to be right, and as slow as that. Each write raises
 * the index of the topics it could matter to.
 */
export class CatalogFixture implements CatalogReader {
  readonly datacenter: string;
  private readonly rows = new Map<string, NodeRow>();
  private readonly coordinates: NodeCoordinate[] = [];
  private readonly indexes = new Map<Topic, number>();
  private lastIndex = 1;

  constructor(registrations: Registration[] = [], datacenter = 'dc1') {
    this.datacenter = datacenter;
    for (const registration of registrations) this.register(registration);
  }

  register(registration: Registration): void {
    const {
      ID = '',
      Node: name,
      Address,
      TaggedAddresses,
      NodeMeta,
      Service,
      Check,
      Checks = [],
    } = registration;
    const raised = { CreateIndex: this.lastIndex + 1, ModifyIndex: this.lastIndex + 1 };
    const row = this.rows.get(name.toLowerCase()) ?? {
      node: {
        ...raised,
        ID,
        Node: name,
        Address,
        Datacenter: this.datacenter,
        TaggedAddresses: TaggedAddresses ?? null,
        Meta: NodeMeta ?? null,
      },
      services: new Map(),
      checks: new Map(),
    };
    this.rows.set(name.toLowerCase(), row);
    if (Service) row.services.set(Service.ID ?? Service.Service, makeService(Service, raised));
    for (const check of Check ? [Check, ...Checks] : Checks)
      row.checks.set(check.CheckID, makeCheck(check, row, raised));
    this.touch(row);
  }

  place(node: string, coordinate: Partial<Coordinate>, segment = ''): void {
    const Coord = { Vec: [], Error: 0, Adjustment: 0, Height: 0, ...coordinate };
    this.coordinates.push({ Node: node, Segment: segment, Coord });
    this.lastIndex += 1;
    this.indexes.set('coordinates', this.lastIndex);
  }

  /** Takes a service off its node, or the whole node. */
  deregister(node: string, serviceId?: string): void {
    const row = this.rows.get(node.toLowerCase())!;
    this.touch(row);
    if (serviceId === undefined) this.rows.delete(node.toLowerCase());
    else row.services.delete(serviceId);
  }

  node(nameOrId: string): Node | undefined {
    const isIt = ({ ID, Node }: Node) => sameName(Node, nameOrId) || (ID !== '' && sameName(ID, nameOrId));
    return this.nodes().find(isIt);
  }

  nodes(): Node[] {
    return this.sortedRows().map((row) => row.node);
  }

  nodeServices(node: string): NodeService[] {
    const services = this.rows.get(node.toLowerCase())?.services.values() ?? [];
    return [...services].sort((a, b) => byText(a.ID, b.ID));
  }

  nodeChecks(node: string): HealthCheck[] {
    const checks = this.rows.get(node.toLowerCase())?.checks.values() ?? [];
    return [...checks].sort((a, b) => byText(a.CheckID, b.CheckID));
  }

  services(): Map<string, string[]> {
    const tags = new Map<string, Set<string>>();
    for (const { Service } of this.instances(() => true)) {
      tags.set(Service.Service, new Set([...(tags.get(Service.Service) ?? []), ...Service.Tags]));
    }
    const sorted = [...tags].sort(([a], [b]) => byText(a, b));
    return new Map(sorted.map(([name, set]) => [name, [...set].sort(byText)]));
  }

  serviceInstances(name: string): ServiceInstance[] {
    return this.instances((service) => sameName(service.Service, name));
  }

  connectInstances(name: string): ServiceInstance[] {
    return this.instances((service) => {
      const destination = service.Proxy?.['DestinationServiceName'];
      if (typeof destination === 'string' && sameName(destination, name)) return true;
      return service.Connect?.['Native'] === true && sameName(service.Service, name);
    });
  }

  serviceChecks(name: string): HealthCheck[] {
    return this.checks((check) => sameName(check.ServiceName, name));
  }

  checksInState(state: string): HealthCheck[] {
    return this.checks((check) => state === 'any' || check.Status === state);
  }

  nodesByAddress(address: string): Node[] {
    return this.nodes().filter((node) => node.Address === address);
  }

  instancesByAddress(address: string): ServiceInstance[] {
    return this.instances((service) => service.Address === address);
  }

  coordinatesOf(node: string): NodeCoordinate[] {
    return this.coordinates.filter(({ Node }) => sameName(Node, node));
  }

  index(topic: Topic): number {
    return this.indexes.get(topic) ?? 1;
  }

  movingIndex(topic: Topic): MovingIndex {
    return lookUpMoving(this, topic);
  }

  private sortedRows(): NodeRow[] {
    return [...this.rows.values()].sort((a, b) => byText(a.node.Node, b.node.Node));
  }

  private instances(isWanted: (service: NodeService) => boolean): ServiceInstance[] {
    return this.sortedRows().flatMap(({ node }) => {
      const checks = this.nodeChecks(node.Node);
      const decides = (check: HealthCheck, service: NodeService) =>
        check.ServiceID === '' || check.ServiceID === service.ID;
      return this.nodeServices(node.Node)
        .filter(isWanted)
        .map((Service) => ({ Node: node, Service, Checks: checks.filter((c) => decides(c, Service)) }));
    });
  }

  private checks(isWanted: (check: HealthCheck) => boolean): HealthCheck[] {
    return this.sortedRows()
      .flatMap(({ node }) => this.nodeChecks(node.Node))
      .filter(isWanted);
  }

  private touch(row: NodeRow): void {
    this.lastIndex += 1;
    const services = [...row.services.values()].map((service) => serviceTopic(service.Service));
    for (const topic of ['nodes', 'services', 'checks', nodeTopic(row.node.Node), ...services] as Topic[]) {
      this.indexes.set(topic, this.lastIndex);
    }
  }
}

type Raised = { CreateIndex: number; ModifyIndex: number };

const makeService = (service: NonNullable<Registration['Service']>, raised: Raised): NodeService => ({
  ID: service.Service,
  Tags: [],
  Address: '',
  Meta: null,
  Port: 0,
  Weights: { Passing: 1, Warning: 1 },
  EnableTagOverride: false,
  ...service,
  ...raised,
});

const makeCheck = (
  check: NonNullable<Registration['Check']>,
  { node, services }: NodeRow,
  raised: Raised,
): HealthCheck => ({
  Node: node.Node,
  Name: check.CheckID,
  Status: 'critical',
  Notes: '',
  Output: '',
  ServiceID: '',
  ServiceName: services.get(check.ServiceID ?? '')?.Service ?? '',
  ServiceTags: services.get(check.ServiceID ?? '')?.Tags ?? [],
  Type: '',
  Definition: {},
  ...check,
  ...raised,
});
