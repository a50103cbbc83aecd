/** The endpoints of the edge; who asks a sidecar for them is answered by the edge too. */
import { sessionShape } from '../requests/session.ts';
import { txnShape } from '../requests/txn-shape.ts';
import { catalogDeregistrationShape, catalogRegistrationShape } from '../shared/definition/catalog-shape.ts';
import { checkUpdateShape } from '../shared/definition/check-shape.ts';
import type { Kind } from '../shared/definition/shape.ts';
import { dnsQueryPath } from '../shared/dns/over-https.ts';
import { syncPath } from '../shared/protocol/version.ts';
import { absentEndpoints } from './absent-endpoints.ts';
import type { Endpoint, Operation } from './endpoint-table.ts';
import { type ParameterName, readParameters } from './parameters.ts';
import { recordEndpoints } from './record-endpoints.ts';

/** A read of the catalog, which a sidecar may answer from its copy. */
const read = (path: string, summary: string, ...own: ParameterName[]): Endpoint => ({
  path,
  servedBy: 'both',
  operations: { GET: { summary, parameters: [...own, 'peer', ...readParameters], answer: 'json' } },
});

const get = (path: string, summary: string, ...own: ParameterName[]): Endpoint => ({
  path,
  servedBy: 'edge',
  operations: { GET: { summary, parameters: [...own, 'pretty'], answer: 'json' } },
});

const put = (path: string, summary: string, body?: Kind<unknown>): Endpoint => ({
  path,
  servedBy: 'edge',
  operations: { PUT: { summary, parameters: ['dc', 'pretty'], answer: 'json', ...(body ? { body } : {}) } },
});

const said = (path: string, summary: string, rest: Partial<Operation>): Endpoint => ({
  path,
  servedBy: 'both',
  operations: { PUT: { summary, parameters: ['node', 'note', 'dc'], answer: 'nothing', ...rest } },
});

const nodes: ParameterName[] = ['near', 'node-meta', 'filter'];
const instances: ParameterName[] = ['tag', ...nodes, 'merge-central-config'];

const catalog: Endpoint[] = [
  put(
    '/v1/catalog/register',
    'Registers a node, a service and checks without an agent',
    catalogRegistrationShape,
  ),
  put('/v1/catalog/deregister', 'Deregisters a node, a service or a check', catalogDeregistrationShape),
  get('/v1/catalog/datacenters', 'The names of all datacenters'),
  read('/v1/catalog/nodes', 'All nodes', ...nodes),
  read('/v1/catalog/services', 'All services and their tags', 'node-meta', 'filter'),
  read('/v1/catalog/service/{service}', 'The instances of a service', ...instances),
  read('/v1/catalog/connect/{service}', 'The mesh-capable instances of a service', ...instances),
  read('/v1/catalog/node/{node}', 'A node and its services, by ID', 'filter'),
  read(
    '/v1/catalog/node-services/{node}',
    'A node and its services, as a list',
    'filter',
    'merge-central-config',
  ),
  read('/v1/catalog/gateway-services/{gateway}', 'The services of a gateway'),
];

const health: Endpoint[] = [
  read('/v1/health/node/{node}', 'The checks of a node', 'filter'),
  read('/v1/health/checks/{service}', 'The checks of a service', ...nodes),
  read(
    '/v1/health/service/{service}',
    'The instances of a service and their checks',
    'passing',
    ...instances,
  ),
  read('/v1/health/connect/{service}', 'The same for mesh-capable instances', 'passing', ...instances),
  read('/v1/health/ingress/{service}', 'The same for ingress gateways', 'passing', ...instances),
  read('/v1/health/state/{state}', 'Checks in a state, or in `any`', ...nodes),
];

const agent: Endpoint[] = [
  said('/v1/agent/check/pass/{check}', 'Says that a TTL check passes', {}),
  said('/v1/agent/check/warn/{check}', 'Says that a TTL check warns', {}),
  said('/v1/agent/check/fail/{check}', 'Says that a TTL check fails', {}),
  said('/v1/agent/check/update/{check}', 'Says the status and output of a TTL check', {
    parameters: ['node', 'dc'],
    body: checkUpdateShape,
  }),
  said('/v1/agent/force-leave/{node}', 'Lets a host that has failed leave', {
    parameters: ['prune', 'wan', 'dc'],
  }),
  { ...get('/v1/agent/self', 'Who answers', 'dc'), servedBy: 'both' },
  { ...get('/v1/agent/members', 'Who has joined', 'wan', 'segment', 'filter', 'dc'), servedBy: 'both' },
];

const sessionRead: Operation = { summary: '', parameters: readParameters, answer: 'json' };

const locks: Endpoint[] = [
  {
    path: '/v1/kv/{key}',
    servedBy: 'edge',
    operations: {
      GET: {
        summary: 'A key, the keys that begin with the path, or their names',
        parameters: ['raw', 'recurse', 'keys', 'separator', ...readParameters],
        answer: 'json',
      },
      PUT: {
        summary: 'Sets a key: always, if it has not changed, or as a lock',
        parameters: ['flags', 'cas', 'acquire', 'release', 'ttl', 'dc', 'pretty'],
        body: 'bytes',
        answer: 'json',
      },
      DELETE: {
        summary: 'Deletes a key, or all that begin with the path',
        parameters: ['recurse', 'cas', 'dc', 'pretty'],
        answer: 'json',
      },
    },
  },
  { ...put('/v1/session/create', 'Creates a lock session', sessionShape), servedBy: 'both' },
  put('/v1/session/destroy/{session}', 'Ends a session and its locks'),
  put('/v1/session/renew/{session}', 'Renews a session with a time to live'),
  { ...get('/v1/session/list', ''), operations: { GET: { ...sessionRead, summary: 'All sessions' } } },
  {
    ...get('/v1/session/info/{session}', ''),
    operations: { GET: { ...sessionRead, summary: 'One session' } },
  },
  {
    ...get('/v1/session/node/{node}', ''),
    operations: { GET: { ...sessionRead, summary: 'The sessions of a node' } },
  },
  put('/v1/txn', 'Runs operations on keys and the catalog as one, or not at all', txnShape),
];

const operation: Endpoint[] = [
  get('/v1/status/leader', 'The address of the edge', 'dc'),
  get('/v1/status/peers', 'The address of the edge, as a list', 'dc'),
  {
    path: '/v1/snapshot',
    servedBy: 'both',
    operations: {
      GET: { summary: 'The whole state, as an archive', parameters: ['dc', 'stale'], answer: 'bytes' },
      PUT: {
        summary: 'Restores an archive, whole or not at all',
        parameters: ['dc'],
        body: 'bytes',
        answer: 'nothing',
      },
    },
  },
  {
    path: syncPath,
    servedBy: 'edge',
    operations: {
      GET: { summary: 'The WebSocket of a sidecar', parameters: ['dc', 'follow'], answer: 'nothing' },
    },
  },
  get('/v1/openapi.json', 'This document'),
  {
    path: dnsQueryPath,
    servedBy: 'both',
    operations: {
      GET: { summary: 'DNS over HTTPS (RFC 8484)', parameters: ['dns'], answer: 'dns' },
      POST: { summary: 'DNS over HTTPS (RFC 8484)', parameters: [], body: 'dns', answer: 'dns' },
    },
  },
];

export const edgeEndpoints: Endpoint[] = [
  ...catalog,
  ...health,
  ...agent,
  ...locks,
  ...operation,
  ...recordEndpoints,
  ...absentEndpoints,
];
