/**
 * The OpenAPI 3.1 document of the whole HTTP API, made of the table of endpoints and of the shapes that read the bodies.
 *
 * Source: https://spec.openapis.org/oas/v3.1.0.
 */
import { version } from '../shared/version.ts';
import { edgeEndpoints } from './edge-endpoints.ts';
import type { Endpoint, Method, Operation } from './endpoint-table.ts';
import { hostEndpoints } from './host-endpoints.ts';
import { type ParameterName, parameters } from './parameters.ts';
import { type Schema, schemaOf } from './schema.ts';

export const endpoints: Endpoint[] = [...edgeEndpoints, ...hostEndpoints];

const servedBy: Record<Endpoint['servedBy'], string> = {
  edge: 'Answered by the edge, also through a sidecar.',
  host: 'Answered by the sidecar of a host alone.',
  both: 'Answered by the edge, and by the sidecar of a host itself.',
};

export function makeDocument() {
  const components = new Map<string, Schema>();
  const paths = endpoints.map((endpoint) => [endpoint.path, pathItem(endpoint, components)] as const);
  return {
    openapi: '3.1.0',
    info: { title: 'Rollcall', version, description: "Service discovery that speaks Consul's HTTP API." },
    security: [{}, { token: [] }, { bearer: [] }],
    paths: Object.fromEntries(paths),
    components: {
      parameters: Object.fromEntries(
        Object.entries(parameters).map(([name, parameter]) => [name, { name, in: 'query', ...parameter }]),
      ),
      schemas: Object.fromEntries(components),
      securitySchemes: {
        token: { type: 'apiKey', in: 'header', name: 'X-Consul-Token' },
        bearer: { type: 'http', scheme: 'bearer' },
      },
    },
  };
}

function pathItem(endpoint: Endpoint, components: Map<string, Schema>) {
  const operations = Object.entries(endpoint.operations).map(([method, operation]) => [
    method.toLowerCase(),
    operationObject(endpoint, method as Method, operation, components),
  ]);
  const names = [...endpoint.path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name!);
  const path = names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } }));
  return { ...(path.length > 0 && { parameters: path }), ...Object.fromEntries(operations) };
}

function operationObject(
  { path, servedBy: who }: Endpoint,
  method: Method,
  { summary, parameters: names, body, answer }: Operation,
  components: Map<string, Schema>,
) {
  return {
    operationId: operationId(method, path),
    summary,
    description: servedBy[who],
    tags: [path.split('/')[2] ?? 'dns'],
    parameters: names.map((name: ParameterName) => ({ $ref: `#/components/parameters/${name}` })),
    ...(body && { requestBody: { content: contentOf(body, components) } }),
    responses: { 200: success(answer), default: fault },
  };
}

/** `getV1KvKey` */
const operationId = (method: Method, path: string): string =>
  method.toLowerCase() +
  path
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join('');

const mediaTypes = {
  json: 'application/json',
  text: 'text/plain',
  bytes: 'application/octet-stream',
  dns: 'application/dns-message',
};

const contentOf = (body: NonNullable<Operation['body']>, components: Map<string, Schema>) =>
  body === 'bytes' || body === 'dns'
    ? { [mediaTypes[body]]: {} }
    : { 'application/json': { schema: schemaOf(body, components) } };

function success(answer: Operation['answer']) {
  if (answer === 'nothing') return { description: 'Done.' };
  return { description: 'Done.', content: { [mediaTypes[answer]]: {} } };
}

const fault = {
  description: 'Why it could not be done, as text.',
  content: { 'text/plain': { schema: { type: 'string' } } },
};
