/** The endpoints that the sidecar of a host adds: what this host declares and how it does. */
import { checkRegistrationShape } from '../shared/definition/check-shape.ts';
import { serviceRegistrationShape } from '../shared/definition/service-shape.ts';
import type { Kind } from '../shared/definition/shape.ts';
import type { Endpoint } from './endpoint-table.ts';
import type { ParameterName } from './parameters.ts';

const get = (path: string, summary: string, ...own: ParameterName[]): Endpoint => ({
  path,
  servedBy: 'host',
  operations: { GET: { summary, parameters: [...own, 'pretty'], answer: 'json' } },
});

const put = (
  path: string,
  summary: string,
  parameters: ParameterName[] = [],
  body?: Kind<unknown>,
): Endpoint => ({
  path,
  servedBy: 'host',
  operations: { PUT: { summary, parameters, answer: 'nothing', ...(body ? { body } : {}) } },
});

const profile = (name: string, summary: string, ...parameters: ParameterName[]): Endpoint => ({
  path: `/debug/pprof/${name}`,
  servedBy: 'host',
  operations: { GET: { summary, parameters, answer: 'json' } },
});

const noMesh = 'What an agent without a mesh says';

export const hostEndpoints: Endpoint[] = [
  get('/v1/agent/host', 'What the operating system tells of this host'),
  get('/v1/agent/metrics', 'What this agent measures, as JSON or for Prometheus', 'format'),
  {
    path: '/v1/agent/metrics/stream',
    servedBy: 'host',
    operations: {
      GET: {
        summary: 'What this agent measured in each interval, when it ends',
        parameters: [],
        answer: 'json',
      },
    },
  },
  {
    path: '/v1/agent/monitor',
    servedBy: 'host',
    operations: {
      GET: { summary: 'The log as it is written', parameters: ['loglevel', 'logjson'], answer: 'text' },
    },
  },
  {
    path: '/debug/pprof/',
    servedBy: 'host',
    operations: { GET: { summary: 'Which profiles there are', parameters: [], answer: 'text' } },
  },
  profile('profile', "Where the agent's time goes, as V8 tells it", 'seconds'),
  profile('allocs', 'What the agent allocates in that time and keeps, as V8 tells it', 'seconds'),
  profile('heap', "All that is in the agent's memory, as V8 tells it"),
  put('/v1/agent/join/{address}', 'Checks that this agent follows the edge at an address', ['wan']),
  put('/v1/agent/token/{kind}', "Sets one of the agent's own tokens"),
  {
    path: '/v1/agent/connect/authorize',
    servedBy: 'host',
    operations: { POST: { summary: noMesh, parameters: [], answer: 'nothing' } },
  },
  get('/v1/agent/connect/ca/roots', noMesh),
  get('/v1/agent/connect/ca/leaf/{service}', noMesh),
  get('/v1/agent/version', 'The version of the agent'),
  put('/v1/agent/reload', 'Reads the config files again'),
  put('/v1/agent/leave', 'Takes this host out of the catalog and ends the agent'),
  put('/v1/agent/maintenance', 'Maintenance of the whole host', ['enable', 'reason']),
  get('/v1/agent/services', "This host's services", 'filter'),
  get('/v1/agent/service/{service}', "One of this host's services", 'hash', 'wait'),
  put(
    '/v1/agent/service/register',
    'Registers a service with its checks',
    ['replace-existing-checks'],
    serviceRegistrationShape,
  ),
  put('/v1/agent/service/deregister/{service}', 'Deregisters a service'),
  put('/v1/agent/service/maintenance/{service}', 'Maintenance of a service', ['enable', 'reason']),
  get('/v1/agent/checks', "This host's checks", 'filter'),
  put('/v1/agent/check/register', 'Registers a check', [], checkRegistrationShape),
  put('/v1/agent/check/deregister/{check}', 'Deregisters a check'),
  get('/v1/agent/health/service/id/{service}', 'How a service of this host does', 'format'),
  get('/v1/agent/health/service/name/{service}', 'How all services of a name on this host do', 'format'),
];
