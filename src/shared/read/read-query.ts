/**
 * A read of the catalog as data: small, structured-clonable, with its members in a fixed order, so that it can be
 * sent to the object that answers it and be the key under which an answer is kept. The `parse*` functions make one
 * from a path and a query string; nothing else about the request changes the answer.
 */
import { ApiError } from '../api-error.ts';
import { nodeTopic, serviceTopic, type Topic } from '../catalog-reader.ts';
import { readGoBool } from '../go-bool.ts';
import type { QueryParams } from '../http/query-params.ts';

/** Pairs that a node's `Meta` must hold, all of them; sorted by key, each key once. */
export type NodeMeta = [key: string, value: string][];

/** What is asked may be that of another cluster, with which Rollcall shares nothing; absent: this one's. */
interface Peered {
  Peer?: string;
}

export type ReadQuery = Peered & OwnQuery;

type OwnQuery =
  | { Kind: 'catalog.nodes'; NodeMeta: NodeMeta; Near: string; Filter: string }
  | { Kind: 'catalog.services'; NodeMeta: NodeMeta; Filter: string }
  | CatalogServiceQuery
  | CatalogNodeQuery
  | { Kind: 'catalog.gateway-services'; Name: string }
  | { Kind: 'health.node'; Node: string; Filter: string }
  | { Kind: 'health.checks'; Name: string; NodeMeta: NodeMeta; Near: string; Filter: string }
  | HealthServiceQuery
  | { Kind: 'health.state'; State: string; NodeMeta: NodeMeta; Near: string; Filter: string };

export interface CatalogServiceQuery {
  Kind: 'catalog.service' | 'catalog.connect';
  Name: string;
  /** All of them, without regard to case. */
  Tags: string[];
  NodeMeta: NodeMeta;
  Near: string;
  Filter: string;
}

export interface CatalogNodeQuery {
  Kind: 'catalog.node' | 'catalog.node-services';
  /** A name or a node ID. */
  Node: string;
  Filter: string;
}

export interface HealthServiceQuery {
  Kind: 'health.service' | 'health.connect' | 'health.ingress';
  Name: string;
  Tags: string[];
  NodeMeta: NodeMeta;
  /** Only instances of which every check is passing. */
  Passing: boolean;
  Near: string;
  Filter: string;
}

/** Equal for queries that have equal answers at any one index. */
export const queryKey = (query: ReadQuery): string => JSON.stringify(query);

/** The query of a key. */
export const parseQueryKey = (key: string): ReadQuery => JSON.parse(key) as ReadQuery;

/**
 * Every topic on which the answer depends: an answer stands as long as none of their indexes moves, and a blocking
 * query waits for any of them. Most reads depend on one.
 */
export function topicsOf(query: ReadQuery): [Topic, ...Topic[]] {
  switch (query.Kind) {
    case 'catalog.nodes':
      return ['nodes'];
    case 'catalog.services':
      return query.NodeMeta.length > 0 || query.Filter ? ['services', 'nodes'] : ['services'];
    case 'catalog.service':
    case 'health.service':
    case 'health.checks':
      return [serviceTopic(query.Name)];
    case 'catalog.connect':
      return ['services', 'nodes'];
    case 'health.connect':
      return ['checks', 'services', 'nodes'];
    case 'catalog.node':
    case 'catalog.node-services':
      return isNodeId(query.Node) ? ['services', 'nodes'] : [nodeTopic(query.Node)];
    case 'health.node':
      return [nodeTopic(query.Node)];
    case 'health.state':
      return query.NodeMeta.length > 0 ? ['checks', 'nodes'] : ['checks'];
    case 'catalog.gateway-services':
    case 'health.ingress':
      return ['services'];
  }
}

const isNodeId = (text: string) => /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text);

export function parseCatalogNodes(params: QueryParams): ReadQuery {
  return {
    Kind: 'catalog.nodes',
    NodeMeta: nodeMeta(params),
    Near: near(params),
    Filter: filter(params),
    ...peer(params),
  };
}

export function parseCatalogServices(params: QueryParams): ReadQuery {
  return { Kind: 'catalog.services', NodeMeta: nodeMeta(params), Filter: filter(params), ...peer(params) };
}

/** @throws {ApiError} 400 `Missing service name`. */
export function parseCatalogService(
  Kind: CatalogServiceQuery['Kind'],
  name: string,
  params: QueryParams,
): ReadQuery {
  return {
    Kind,
    Name: required(name, 'service name'),
    Tags: tags(params),
    NodeMeta: nodeMeta(params),
    Near: near(params),
    Filter: filter(params),
    ...peer(params),
  };
}

/** @throws {ApiError} 400 `Missing node name`. */
export function parseCatalogNode(
  Kind: CatalogNodeQuery['Kind'],
  node: string,
  params: QueryParams,
): ReadQuery {
  return { Kind, Node: required(node, 'node name'), Filter: filter(params), ...peer(params) };
}

/** @throws {ApiError} 400 `Missing gateway name`. */
export function parseGatewayServices(name: string): ReadQuery {
  return { Kind: 'catalog.gateway-services', Name: required(name, 'gateway name') };
}

/** @throws {ApiError} 400 `Missing node name`. */
export function parseHealthNode(node: string, params: QueryParams): ReadQuery {
  return { Kind: 'health.node', Node: required(node, 'node name'), Filter: filter(params), ...peer(params) };
}

/** @throws {ApiError} 400 `Missing service name`. */
export function parseHealthChecks(name: string, params: QueryParams): ReadQuery {
  return {
    Kind: 'health.checks',
    Name: required(name, 'service name'),
    NodeMeta: nodeMeta(params),
    Near: near(params),
    Filter: filter(params),
    ...peer(params),
  };
}

/** @throws {ApiError} 400 `Missing service name` or `Invalid value for ?passing`. */
export function parseHealthService(
  Kind: HealthServiceQuery['Kind'],
  name: string,
  params: QueryParams,
): ReadQuery {
  return {
    Kind,
    Name: required(name, 'service name'),
    Tags: tags(params),
    NodeMeta: nodeMeta(params),
    Passing: passing(params),
    Near: near(params),
    Filter: filter(params),
    ...peer(params),
  };
}

/** @throws {ApiError} 400 `Missing check state`. */
export function parseHealthState(state: string, params: QueryParams): ReadQuery {
  return {
    Kind: 'health.state',
    State: required(state, 'check state'),
    NodeMeta: nodeMeta(params),
    Near: near(params),
    Filter: filter(params),
    ...peer(params),
  };
}

function required(value: string, what: string): string {
  if (value === '') throw new ApiError(400, `Missing ${what}`);
  return value;
}

const peer = (params: QueryParams): Peered => {
  const Peer = params.get('peer');
  return Peer ? { Peer } : {};
};
const near = (params: QueryParams) => params.get('near') ?? '';
const filter = (params: QueryParams) => params.get('filter') ?? '';
const tags = (params: QueryParams) =>
  [...new Set(params.getAll('tag').map((tag) => tag.toLowerCase()))].sort();

/** `key:value`; the last of a key counts, as in Consul. */
function nodeMeta(params: QueryParams): NodeMeta {
  const pairs = params.getAll('node-meta').map((text): [string, string] => {
    const colon = text.indexOf(':');
    return colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)];
  });
  return [...new Map(pairs)].sort(([one], [other]) => (one < other ? -1 : 1));
}

/** `?passing` alone means yes. */
function passing(params: QueryParams): boolean {
  const text = params.get('passing');
  if (text === null) return false;
  const value = text === '' || readGoBool(text);
  if (value !== undefined) return value;
  throw new ApiError(400, 'Invalid value for ?passing');
}
