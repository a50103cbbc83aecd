/**
 * A copy of one datacenter's catalog in Maps, brought up to date by the changes the edge sends. Invariant: after every
 * `apply`, it equals the catalog as it was at `index`. Should a change ever be lost, the next copy in pages heals it.
 */
import {
  type CatalogReader,
  lookUpMoving,
  type MovingIndex,
  type Topic,
} from '../../src/shared/catalog-reader.ts';
import type { HealthCheck, Index, Node, NodeService, ServiceInstance } from '../../src/shared/model.ts';
import type { Change } from '../../src/shared/protocol/messages.ts';
import { CatalogRows, type Place } from './catalog-rows.ts';

export class CatalogCache implements CatalogReader {
  readonly datacenter: string;
  /** Which catalog this is a copy of, and as of when. */
  catalogId = '';
  lastIndex: Index = 0;
  readonly #rows = new CatalogRows();
  readonly #topics = new Map<Topic, { value: Index }>();

  constructor(datacenter: string) {
    this.datacenter = datacenter;
  }

  /** How many nodes there are. */
  get nodeCount(): number {
    return this.#rows.hosts.size;
  }

  /** Applies one transaction (or many, in index order) and tells which topics it touched. */
  apply(index: Index, changes: Change[]): Set<Topic> {
    const touched = new Set<Topic>();
    for (const change of changes) {
      const rowIndex = 'Set' in change ? change.Row.ModifyIndex : change.Index;
      for (const topic of this.#rows.apply(change)) {
        touched.add(topic);
        this.#raise(topic, rowIndex);
      }
    }
    this.lastIndex = Math.max(this.lastIndex, index);
    return touched;
  }

  /** All rows as changes, for saving. */
  *changes(): Generator<Change> {
    for (const { node, places, checks } of this.#rows.hosts.values()) {
      if (!node) continue;
      yield { Set: 'node', Row: node };
      for (const { service: Row } of places.values()) yield { Set: 'service', Node: node.Node, Row };
      for (const Row of checks.values()) yield { Set: 'check', Row };
    }
  }

  node(nameOrId: string): Node | undefined {
    const byName = this.#rows.hosts.get(nameOrId.toLowerCase())?.node;
    if (byName || nameOrId.length !== uuidChars) return byName;
    const id = nameOrId.toLowerCase();
    for (const { node } of this.#rows.hosts.values()) if (node?.ID === id) return node;
    return undefined;
  }

  nodes(): Node[] {
    return [...this.#rows.hosts.values()].flatMap(({ node }) => node ?? []).sort(byNode);
  }

  nodeServices(node: string): NodeService[] {
    const places = this.#rows.hosts.get(node.toLowerCase())?.places.values() ?? [];
    return Array.from(places, ({ service }) => service).sort((a, b) => compare(a.ID, b.ID));
  }

  nodeChecks(node: string): HealthCheck[] {
    return [...(this.#rows.hosts.get(node.toLowerCase())?.checks.values() ?? [])].sort(byCheckId);
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
    return this.#instances(this.#rows.places.get(name.toLowerCase()) ?? []);
  }

  connectInstances(name: string): ServiceInstance[] {
    const wanted = name.toLowerCase();
    return this.#instances(this.#allPlaces().filter(({ service }) => carries(service, wanted)));
  }

  serviceChecks(name: string): HealthCheck[] {
    const places = [...(this.#rows.places.get(name.toLowerCase()) ?? [])];
    return places.flatMap(({ checks }) => checks).sort(byNodeAndCheckId);
  }

  checksInState(state: string): HealthCheck[] {
    return [...this.#rows.hosts.values()]
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

  #allPlaces(): Place[] {
    return [...this.#rows.places.values()].flatMap((places) => [...places]);
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

function carries(service: NodeService, wanted: string): boolean {
  const destination = service.Kind === 'connect-proxy' ? service.Proxy?.DestinationServiceName : undefined;
  if (typeof destination === 'string') return destination.toLowerCase() === wanted;
  return service.Connect?.Native === true && service.Service.toLowerCase() === wanted;
}
