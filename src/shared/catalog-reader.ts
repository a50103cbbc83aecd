import type { NodeCoordinate } from './coordinate.ts';
import type { HealthCheck, Index, Node, NodeService, ServiceInstance } from './model.ts';

/**
 * What a blocking query waits for and what a cached answer depends on. A topic's index is that of the last transaction
 * that could have changed an answer about it:
 *
 * - `nodes`: any node row
 * - `services`: any service instance row (not its checks)
 * - `checks`: any check row
 * - `service:<name>`: the instances of one service, their checks, their nodes and those nodes' checks
 * - `node:<name>`: one node, its services and checks
 * - `sessions`, `session:<id>`, `node-sessions:<node>`: lock sessions; all, one, those of a node
 * - `events`, `queries`, `coordinates`, `config-entries`: any of these
 * - `key:<key>`: one key; `prefix:<prefix>`: every key that begins so. A write names the key, and wakes both
 *
 * Names in topics are lower case, for they compare without regard to case.
 */
export type Topic =
  | 'nodes'
  | 'services'
  | 'checks'
  | 'sessions'
  | RecordTopic
  | `service:${string}`
  | `node:${string}`
  | `session:${string}`
  | `node-sessions:${string}`
  | `key:${string}`
  | `prefix:${string}`;

/** Of tables that have one index for all their rows. */
export type RecordTopic = 'events' | 'queries' | 'coordinates' | 'config-entries';

export const serviceTopic = (name: string): Topic => `service:${name.toLowerCase()}`;
export const nodeTopic = (name: string): Topic => `node:${name.toLowerCase()}`;
export const sessionTopic = (id: string): Topic => `session:${id}`;
export const nodeSessionsTopic = (node: string): Topic => `node-sessions:${node.toLowerCase()}`;
export const keyTopic = (key: string): Topic => `key:${key}`;
export const prefixTopic = (prefix: string): Topic => `prefix:${prefix}`;

/**
 * Read access to the catalog of one datacenter: implemented over SQL at the edge and over Maps in the sidecar. All
 * methods are synchronous and see one state. Callers do not change what they are given. Lists are in a fixed order:
 * nodes by name, instances by node name then service ID, checks by node name then CheckID.
 */
export interface CatalogReader {
  readonly datacenter: string;
  /** By name, without regard to case, or by node ID. */
  node(nameOrId: string): Node | undefined;
  nodes(): Node[];
  /** The services on a node, by service ID. */
  nodeServices(node: string): NodeService[];
  /** All checks on a node, service-level ones included. */
  nodeChecks(node: string): HealthCheck[];
  /** Every service name (as registered) with the union of its instances' tags, sorted. */
  services(): Map<string, string[]>;
  /** Instances of a service (name without regard to case), each with its own and its node's checks. */
  serviceInstances(name: string): ServiceInstance[];
  /** Proxies whose `Proxy.DestinationServiceName` is `name`, and instances of `name` with `Connect.Native`. */
  connectInstances(name: string): ServiceInstance[];
  /** The service-level checks of a service. */
  serviceChecks(name: string): HealthCheck[];
  /** Checks with this status; "any" gives all. */
  checksInState(state: string): HealthCheck[];
  /** Nodes with this address and instances with this service address, for reverse look-ups. */
  nodesByAddress(address: string): Node[];
  instancesByAddress(address: string): ServiceInstance[];
  /** A node's network coordinate in each of its segments; none in a sidecar's copy, which holds no coordinates. */
  coordinatesOf(node: string): NodeCoordinate[];
  /** The index of a topic; at least 1. */
  index(topic: Topic): Index;
  /** The same for who asks again and again, without looking the topic up each time. */
  movingIndex(topic: Topic): MovingIndex;
}

/** Moves with its topic. */
export interface MovingIndex {
  readonly value: Index;
}

/** Looks the topic up each time all the same. */
export const lookUpMoving = (reader: Pick<CatalogReader, 'index'>, topic: Topic): MovingIndex => ({
  get value() {
    return reader.index(topic);
  },
});
