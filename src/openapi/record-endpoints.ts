/** Endpoints of the edge about what is neither in the catalog nor a key: events, queries, coordinates, operators. */
import { coordinateUpdate } from '../requests/coordinate.ts';
import { preparedQuery } from '../requests/prepared-query.ts';
import { object } from '../shared/definition/shape.ts';
import type { Endpoint, Operation } from './endpoint-table.ts';
import { type ParameterName, readParameters } from './parameters.ts';

const get = (summary: string, ...own: ParameterName[]): Operation => ({
  summary,
  parameters: [...own, ...readParameters],
  answer: 'json',
});
const write = (summary: string, rest: Partial<Operation> = {}): Operation => ({
  summary,
  parameters: ['dc', 'pretty'],
  answer: 'json',
  ...rest,
});
const edge = (path: string, operations: Endpoint['operations']): Endpoint => ({
  path,
  servedBy: 'edge',
  operations,
});

const whereTo: ParameterName[] = ['node', 'service', 'tag'];

export const recordEndpoints: Endpoint[] = [
  edge('/v1/event/fire/{event}', {
    PUT: write('Fires an event', { parameters: [...whereTo, 'dc', 'pretty'], body: 'bytes' }),
  }),
  edge('/v1/event/list', { GET: get('The last events', 'name', 'node') }),
  edge('/v1/query', {
    GET: get('All prepared queries'),
    POST: write('Creates a prepared query', { body: preparedQuery }),
  }),
  edge('/v1/query/{query}', {
    GET: get('A prepared query'),
    PUT: write('Changes a prepared query', { body: preparedQuery, answer: 'nothing' }),
    DELETE: write('Deletes a prepared query', { answer: 'nothing' }),
  }),
  edge('/v1/query/{query}/execute', { GET: get('What a prepared query finds', 'near', 'limit', 'connect') }),
  edge('/v1/query/{query}/explain', { GET: get('What a template becomes for a name') }),
  edge('/v1/coordinate/datacenters', { GET: get('Where the servers are, by datacenter') }),
  edge('/v1/coordinate/nodes', { GET: get('Where the nodes are') }),
  edge('/v1/coordinate/node/{node}', { GET: get('Where a node is', 'segment') }),
  edge('/v1/coordinate/update', {
    PUT: write('Says where a node is', { body: coordinateUpdate, answer: 'nothing' }),
  }),
  edge('/v1/config', {
    PUT: write('Sets a config entry', { parameters: ['cas', 'dc', 'pretty'], body: object }),
  }),
  edge('/v1/config/{entry}', {
    GET: get('The config entries of a kind, or `kind/name`'),
    DELETE: write('Deletes the config entry `kind/name`', { parameters: ['cas', 'dc', 'pretty'] }),
  }),
  edge('/v1/operator/usage', { GET: get('How many nodes, services and keys there are', 'global') }),
  edge('/v1/operator/raft/configuration', { GET: get('The edge as the only server') }),
  edge('/v1/operator/autopilot/configuration', {
    GET: get('Settings that are kept for those who ask for them'),
    PUT: write('Keeps them', { parameters: ['cas', 'dc', 'pretty'], body: object }),
  }),
  edge('/v1/operator/autopilot/health', { GET: get('The edge is healthy when it answers') }),
  edge('/v1/operator/autopilot/state', { GET: get('The same, in the form of later versions') }),
  edge('/v1/internal/ui/nodes', { GET: get('Nodes with their services and checks') }),
  edge('/v1/internal/ui/node/{node}', { GET: get('A node with its services and checks') }),
  edge('/v1/internal/ui/services', { GET: get('Services with the counts of their checks') }),
  edge('/v1/internal/ui/catalog-overview', { GET: get('Counts of nodes, services and checks') }),
];
