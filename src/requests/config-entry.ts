/**
 * Config entries: settings of Consul's mesh, which Rollcall has not. They are kept and given back as documents, so that
 * tools that manage them find what they wrote; nothing is read from them.
 *
 * Source: https://developer.hashicorp.com/consul/api-docs/config.
 */
import { ApiError, isApiError } from '../shared/api-error.ts';
import { decodeJsonBody } from '../shared/definition/json-body.ts';
import { sizeFault } from '../shared/definition/size-fault.ts';
import { isObject } from '../shared/is-object.ts';
import type { Indexed } from '../shared/model.ts';

export interface ConfigEntry extends Indexed {
  Kind: string;
  Name: string;
  [member: string]: unknown;
}

export type NewConfigEntry = Omit<ConfigEntry, 'CreateIndex' | 'ModifyIndex'>;

/** What Consul shows of each kind though it is empty. */
const emptyMembers: Record<string, object> = {
  'service-defaults': { MeshGateway: {}, Expose: {} },
  'proxy-defaults': { MeshGateway: {}, Expose: {} },
};

const kinds = new Set([
  ...Object.keys(emptyMembers),
  'service-router',
  'service-splitter',
  'service-resolver',
  'service-intentions',
  'ingress-gateway',
  'terminating-gateway',
  'api-gateway',
  'bound-api-gateway',
  'http-route',
  'tcp-route',
  'inline-certificate',
  'file-system-certificate',
  'mesh',
  'exported-services',
  'sameness-group',
  'jwt-provider',
  'control-plane-request-limit',
]);
const kindsOfOneName: Record<string, string> = { 'proxy-defaults': 'global', mesh: 'mesh' };

/** @throws {ApiError} 400. */
export function checkConfigKind(kind: string): void {
  if (!kinds.has(kind)) throw new ApiError(400, `invalid config entry kind: ${kind}`);
}

/** @throws {ApiError} in Consul's words. */
export function decodeConfigEntry(text: string): NewConfigEntry {
  const body = decodeBody(text);
  const { kind, name, rest } = takeNames(body);
  if (kind === undefined) throw refused('Payload does not contain a kind/Kind key at the top level');
  if (!kinds.has(kind)) throw refused(`invalid config entry kind: ${kind}`);
  const Name = name ?? kindsOfOneName[kind] ?? '';
  if (Name === '')
    throw new ApiError(500, kind === 'service-defaults' ? 'serviceName is required' : 'Name is required');
  const size = sizeFault({ Name });
  if (size) throw new ApiError(400, size);
  const only = kindsOfOneName[kind];
  if (only !== undefined && Name !== only)
    throw new ApiError(
      500,
      `invalid name (${JSON.stringify(Name)}), only ${JSON.stringify(only)} is supported`,
    );
  return { Kind: kind, Name, ...emptyMembers[kind], ...rest };
}

function decodeBody(text: string): Record<string, unknown> {
  let body: unknown;
  try {
    body = decodeJsonBody(text);
  } catch (error) {
    if (!isApiError(error)) throw error;
    throw new ApiError(
      error.status,
      error.message.replace('Request decode failed', 'Request decoding failed'),
    );
  }
  if (isObject(body)) return body;
  throw refused('json: cannot unmarshal the body into Go value of type map[string]interface {}');
}

/** Members are found in either case; the indexes are the store's. */
function takeNames(body: Record<string, unknown>) {
  const rest = { ...body };
  const take = (wanted: string): string | undefined => {
    const key = Object.keys(rest).find((member) => member.toLowerCase() === wanted);
    const value = key === undefined ? undefined : rest[key];
    if (key !== undefined) delete rest[key];
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'string') return value;
    throw refused(`${wanted} is no string`);
  };
  const kind = take('kind');
  const name = take('name');
  delete rest.CreateIndex;
  delete rest.ModifyIndex;
  return { kind, name, rest };
}

const refused = (why: string) => new ApiError(400, `Request decoding failed: ${why}`);
