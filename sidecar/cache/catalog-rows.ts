/**
 * The rows of a catalog, each where those who read it look: services and checks on their node, services by their name, and
 * checks with what they are about. Rows of one transaction come in any order.
 */
import { nodeTopic, serviceTopic, type Topic } from '../../src/shared/catalog-reader.ts';
import type { HealthCheck, Node, NodeService } from '../../src/shared/model.ts';
import type { Change } from '../../src/shared/protocol/messages.ts';

/** A node with all that is on it. */
export interface Host {
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
export interface Place {
  host: Host;
  service: NodeService;
  checks: Checks;
}

/** In any order. Never changed but replaced, so that none has room to spare: there is one for each service on each node. */
type Checks = readonly HealthCheck[];

export class CatalogRows {
  /** By lower-case node name. */
  readonly hosts = new Map<string, Host>();
  /** By lower-case service name. */
  readonly places = new Map<string, Set<Place>>();

  /** Tells which topics it touches. */
  apply(change: Change): Topic[] {
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
    this.places.set(name, (this.places.get(name) ?? new Set<Place>()).add(place));
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
    const host = this.hosts.get(node.toLowerCase());
    if (!host) return [];
    const topics: Topic[] = ['nodes', nodeTopic(node), ...serviceTopicsOf(host)];
    if (host.places.size > 0) topics.push('services');
    if (host.checks.size > 0) topics.push('checks');
    for (const place of host.places.values()) this.#unplace(place);
    this.hosts.delete(node.toLowerCase());
    return topics;
  }

  #deleteService(node: string, id: string): Topic[] {
    const host = this.hosts.get(node.toLowerCase());
    const place = host?.places.get(id);
    if (!host || !place) return [];
    host.places.delete(id);
    this.#unplace(place);
    for (const { CheckID } of place.checks) host.checks.delete(CheckID);
    const topics: Topic[] = ['services', nodeTopic(node), serviceTopic(place.service.Service)];
    return place.checks.length > 0 ? ['checks', ...topics] : topics;
  }

  #deleteCheck(node: string, id: string): Topic[] {
    const host = this.hosts.get(node.toLowerCase());
    const check = host?.checks.get(id);
    if (!host || !check) return [];
    host.checks.delete(id);
    replaceChecks(host, check.ServiceID, (checks) => without(checks, check));
    return ['checks', nodeTopic(node), ...topicsOfCheck(host, check)];
  }

  #unplace(place: Place): void {
    const name = place.service.Service.toLowerCase();
    const places = this.places.get(name);
    places?.delete(place);
    if (places?.size === 0) this.places.delete(name);
  }

  #host(node: string): Host {
    const key = node.toLowerCase();
    const known = this.hosts.get(key);
    if (known) return known;
    const host: Host = { node: undefined, places: new Map(), checks: new Map(), ownChecks: noChecks };
    this.hosts.set(key, host);
    return host;
  }
}

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
