/**
 * A copy of one datacenter's catalog in Maps, brought up to date by the changes the edge sends. Invariant: after every
 * `apply`, it equals the catalog as it was at `index`. Should a change ever be lost, the next copy in pages heals it.
 */
import {
  type CatalogReader,
  lookUpMoving,
  type MovingIndex,
  nodeTopic,
  serviceTopic,
  type Topic,
} from '../../src/shared/catalog-reader.ts';
import type { HealthCheck, Index, Node, NodeService, ServiceInstance } from '../../src/shared/model.ts';
import type { Change } from '../../src/shared/protocol/messages.ts';

/** A node with all that is on it. */
interface Host {
  /** Undefined while only its services have arrived: pages come table by table. */
  node: Node | undefined;
  /** By service ID. */
  places: Map<string, Place>;
  /** All of them, by CheckID. */
  checks: Map<string, HealthCheck>;
  /** Those of the node itself. */
  ownChecks: Checks;
}

/** A service on a node, with its own checks: a look-up touches no other's, however many there are on the node. */
interface Place {
  host: Host;
  service: NodeService;
  checks: Checks;
}

/** In any order. Never changed but replaced, so that none has room to spare: there is one for each service on each node. */
type Checks = readonly HealthCheck[];

export class CatalogCache implements CatalogReader {
  readonly datacenter: string;
  /** Which catalog this is a copy of, and as of when. */
  catalogId = '';
  lastIndex: Index = 0;
  readonly #hosts = new Map<string, Host>();
  /** By lower-case service name. */
  readonly #places = new Map<string, Set<Place>>();
  readonly #topics = new Map<Topic, { value: Index }>();

  constructor(datacenter: string) {
    this.datacenter = datacenter;
  }

  /** How many nodes there are. */
  get nodeCount(): number {
    return this.#hosts.size;
  }

  /** Applies one transaction (or many, in index order) and tells which topics it touched. */
  apply(index: Index, changes: Change[]): Set<Topic> {
    const touched = new Set<Topic>();
    for (const change of changes) {
      const rowIndex = 'Set' in change ? change.Row.ModifyIndex : change.Index;
      for (const topic of this.#applyOne(change)) {
        touched.add(topic);
        this.#raise(topic, rowIndex);
      }
    }
    this.lastIndex = Math.max(this.lastIndex, index);
    return touched;
  }

  /** All rows as changes, for saving. */
  *changes(): Generator<Change> {
    for (const { node, places, checks } of this.#hosts.values()) {
      if (!node) continue;
      yield { Set: 'node', Row: node };
      for (const { service: Row } of places.values()) yield { Set: 'service', Node: node.Node, Row };
      for (const Row of checks.values()) yield { Set: 'check', Row };
    }
  }

  node(nameOrId: string): Node | undefined {
    const byName = this.#hosts.get(nameOrId.toLowerCase())?.node;
    if (byName || nameOrId.length !== uuidChars) return byName;
    const id = nameOrId.toLowerCase();
    for (const { node } of this.#hosts.values()) if (node?.ID === id) return node;
    return undefined;
  }

  nodes(): Node[] {
    return [...this.#hosts.values()].flatMap(({ node }) => node ?? []).sort(byNode);
  }

  nodeServices(node: string): NodeService[] {
    const places = this.#hosts.get(node.toLowerCase())?.places.values() ?? [];
    return Array.from(places, ({ service }) => service).sort((a, b) => compare(a.ID, b.ID));
  }

  nodeChecks(node: string): HealthCheck[] {
    return [...(this.#hosts.get(node.toLowerCase())?.checks.values() ?? [])].sort(byCheckId);
  }

  services(): Map<string, string[]> {
    const tagsOf = new Map<string, Set<string>>();
    for (const { service } of this.#allPlaces()) {
      const tags = tagsOf.get(service.Service) ?? new Set();
      for (const tag of service.Tags) tags.add(tag);
      tagsOf.set(service.Service, tags);
    }
    const names = [...tagsOf].sort(([a], [b]) => compare(a, b));
    return new Map(names.map(([name, tags]) => [name, [...tags].sort(compare)]));
  }

  serviceInstances(name: string): ServiceInstance[] {
    return this.#instances(this.#places.get(name.toLowerCase()) ?? []);
  }

  connectInstances(name: string): ServiceInstance[] {
    const wanted = name.toLowerCase();
    return this.#instances(this.#allPlaces().filter(({ service }) => carries(service, wanted)));
  }

  serviceChecks(name: string): HealthCheck[] {
    const places = [...(this.#places.get(name.toLowerCase()) ?? [])];
    return places.flatMap(({ checks }) => checks).sort(byNodeAndCheckId);
  }

  checksInState(state: string): HealthCheck[] {
    return [...this.#hosts.values()]
      .flatMap(({ checks }) => [...checks.values()])
      .filter(({ Status }) => state === 'any' || Status === state)
      .sort(byNodeAndCheckId);
  }

  nodesByAddress(address: string): Node[] {
    return this.nodes().filter(({ Address }) => Address === address);
  }

  instancesByAddress(address: string): ServiceInstance[] {
    return this.#instances(this.#allPlaces().filter(({ service }) => service.Address === address));
  }

  /** Only the edge has them, and sorts by them. */
  coordinatesOf(): [] {
    return [];
  }

  index(topic: Topic): Index {
    return this.#topics.get(topic)?.value ?? 1;
  }

  /** Nothing is kept for a topic that never was: whoever asks for made-up names would fill the memory. */
  movingIndex(topic: Topic): MovingIndex {
    return this.#topics.get(topic) ?? lookUpMoving(this, topic);
  }

  #raise(topic: Topic, to: Index): void {
    const index = this.#topics.get(topic);
    if (!index) this.#topics.set(topic, { value: Math.max(1, to) });
    else if (index.value < to) index.value = to;
  }

  #applyOne(change: Change): Topic[] {
    if ('Set' in change) {
      if (change.Set === 'node') return this.#setNode(change.Row);
      return change.Set === 'service'
        ? this.#setService(change.Node, change.Row)
        : this.#setCheck(change.Row);
    }
    if (change.Delete === 'node') return this.#deleteNode(change.Node);
    return change.Delete === 'service'
      ? this.#deleteService(change.Node, change.ID)
      : this.#deleteCheck(change.Node, change.ID);
  }

  #setNode(node: Node): Topic[] {
    const host = this.#host(node.Node);
    host.node = node;
    return ['nodes', nodeTopic(node.Node), ...serviceTopicsOf(host)];
  }

  #setService(node: string, service: NodeService): Topic[] {
    const host = this.#host(node);
    const old = host.places.get(service.ID);
    if (old) this.#unplace(old);
    const checks = old?.checks ?? checksOf(host, service.ID);
    const place = { host, service, checks };
    host.places.set(service.ID, place);
    const name = service.Service.toLowerCase();
    this.#places.set(name, (this.#places.get(name) ?? new Set<Place>()).add(place));
    return [
      'services',
      nodeTopic(node),
      serviceTopic(service.Service),
      ...(old ? [serviceTopic(old.service.Service)] : []),
    ];
  }

  #setCheck(check: HealthCheck): Topic[] {
    const host = this.#host(check.Node);
    const old = host.checks.get(check.CheckID);
    host.checks.set(check.CheckID, check);
    if (old) replaceChecks(host, old.ServiceID, (checks) => without(checks, old));
    replaceChecks(host, check.ServiceID, (checks) => checks.concat(check));
    return [
      'checks',
      nodeTopic(check.Node),
      ...topicsOfCheck(host, check),
      ...(old ? topicsOfCheck(host, old) : []),
    ];
  }

  #deleteNode(node: string): Topic[] {
    const host = this.#hosts.get(node.toLowerCase());
    if (!host) return [];
    const topics: Topic[] = ['nodes', nodeTopic(node), ...serviceTopicsOf(host)];
    if (host.places.size > 0) topics.push('services');
    if (host.checks.size > 0) topics.push('checks');
    for (const place of host.places.values()) this.#unplace(place);
    this.#hosts.delete(node.toLowerCase());
    return topics;
  }

  #deleteService(node: string, id: string): Topic[] {
    const host = this.#hosts.get(node.toLowerCase());
    const place = host?.places.get(id);
    if (!host || !place) return [];
    host.places.delete(id);
    this.#unplace(place);
    for (const { CheckID } of place.checks) host.checks.delete(CheckID);
    const topics: Topic[] = ['services', nodeTopic(node), serviceTopic(place.service.Service)];
    return place.checks.length > 0 ? ['checks', ...topics] : topics;
  }

  #deleteCheck(node: string, id: string): Topic[] {
    const host = this.#hosts.get(node.toLowerCase());
    const check = host?.checks.get(id);
    if (!host || !check) return [];
    host.checks.delete(id);
    replaceChecks(host, check.ServiceID, (checks) => without(checks, check));
    return ['checks', nodeTopic(node), ...topicsOfCheck(host, check)];
  }

  #unplace(place: Place): void {
    const name = place.service.Service.toLowerCase();
    const places = this.#places.get(name);
    places?.delete(place);
    if (places?.size === 0) this.#places.delete(name);
  }

  #host(node: string): Host {
    const key = node.toLowerCase();
    const known = this.#hosts.get(key);
    if (known) return known;
    const host: Host = { node: undefined, places: new Map(), checks: new Map(), ownChecks: noChecks };
    this.#hosts.set(key, host);
    return host;
  }

  #allPlaces(): Place[] {
    return [...this.#places.values()].flatMap((places) => [...places]);
  }

  #instances(places: Iterable<Place>): ServiceInstance[] {
    const instances = [...places].flatMap(({ host, service, checks }) => {
      if (!host.node) return [];
      return [{ Node: host.node, Service: service, Checks: [...host.ownChecks, ...checks].sort(byCheckId) }];
    });
    return instances.sort((a, b) => byNode(a.Node, b.Node) || compare(a.Service.ID, b.Service.ID));
  }
}

const uuidChars = 36;
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
const byNode = (a: { Node: string }, b: { Node: string }) =>
  compare(a.Node.toLowerCase(), b.Node.toLowerCase());
const byCheckId = (a: HealthCheck, b: HealthCheck) => compare(a.CheckID, b.CheckID);
const byNodeAndCheckId = (a: HealthCheck, b: HealthCheck) => byNode(a, b) || byCheckId(a, b);

const noChecks: Checks = [];

/** For a service that is new: changes of one transaction come in any order. */
function checksOf({ checks }: Host, serviceId: string): Checks {
  return compact([...checks.values()].filter(({ ServiceID }) => ServiceID === serviceId));
}

/** Those of a service, or with the ID "" of the node itself. */
function replaceChecks(host: Host, serviceId: string, change: (checks: Checks) => Checks): void {
  if (serviceId === '') host.ownChecks = change(host.ownChecks);
  const place = host.places.get(serviceId);
  if (place) place.checks = change(place.checks);
}

const without = (checks: Checks, gone: HealthCheck): Checks =>
  compact(checks.filter((check) => check !== gone));

/** Lists that grew, as those of `filter` and of spreads do, have room for sixteen more; copies have none. */
const compact = (checks: Checks): Checks => (checks.length === 0 ? noChecks : checks.slice());

const serviceTopicsOf = (host: Host): Topic[] =>
  Array.from(host.places.values(), ({ service }) => serviceTopic(service.Service));

/** A node-level check decides about every service on its node. */
function topicsOfCheck(host: Host, { ServiceID, ServiceName }: HealthCheck): Topic[] {
  return ServiceID === '' ? serviceTopicsOf(host) : [serviceTopic(ServiceName)];
}

function carries(service: NodeService, wanted: string): boolean {
  const destination = service.Kind === 'connect-proxy' ? service.Proxy?.DestinationServiceName : undefined;
  if (typeof destination === 'string') return destination.toLowerCase() === wanted;
  return service.Connect?.Native === true && service.Service.toLowerCase() === wanted;
}
