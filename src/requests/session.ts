/**
 * Lock sessions, in the shape of Consul's public JSON.
 *
 * Source: https://developer.hashicorp.com/consul/api-docs/session.
 */
import { ApiError } from '../shared/api-error.ts';
import { decodeFailed, decodeJsonBody } from '../shared/definition/json-body.ts';
import { DurationError, parseDuration } from '../shared/duration.ts';
import { lockDelayMsDefault, sessionChecksMax, sessionTtlMsMax, sessionTtlMsMin } from '../shared/limits.ts';
import { type Indexed, serfHealthCheckId } from '../shared/model.ts';

export interface ServiceCheckRef {
  ID: string;
  Namespace: string;
}

export interface Session extends Indexed {
  ID: string;
  Name: string;
  Node: string;
  /** Nanoseconds, as Go's durations are in JSON. */
  LockDelay: number;
  Behavior: 'release' | 'delete';
  /** As it was sent; "" for none. */
  TTL: string;
  NodeChecks: string[] | null;
  ServiceChecks: ServiceCheckRef[] | null;
}

/** Which sessions are read. */
export type SessionQuery = { Kind: 'info'; ID: string } | { Kind: 'node'; Node: string } | { Kind: 'list' };

export type NewSession = Omit<Session, 'ID' | 'CreateIndex' | 'ModifyIndex'>;

const nanosecondsPerMs = 1e6;
/** A number below this is meant in seconds, above it in nanoseconds. */
const lockDelaySecondsMax = 1_000;

export const lockDelayMs = ({ LockDelay }: Pick<Session, 'LockDelay'>): number =>
  LockDelay / nanosecondsPerMs;

/** How long the session lives unless renewed; undefined if it has no TTL. */
export const sessionTtlMs = ({ TTL }: Pick<Session, 'TTL'>): number | undefined =>
  TTL === '' ? undefined : parseDuration(TTL);

/** Decodes the body of `/v1/session/create`, which may be empty. Unknown fields are ignored. @throws {ApiError} */
export function decodeSession(text: string): NewSession {
  const body = text.trim() === '' ? {} : asObject(decodeJsonBody(text));
  const field = (name: string): unknown =>
    Object.entries(body).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1] ?? undefined;
  const checks = listField(field('Checks'), 'Checks');
  const nodeChecks = listField(field('NodeChecks'), 'NodeChecks');
  const serviceChecks = serviceCheckList(field('ServiceChecks'));
  const session: NewSession = {
    Name: stringField(field('Name'), 'Name'),
    Node: stringField(field('Node'), 'Node'),
    LockDelay: lockDelay(field('LockDelay')) * nanosecondsPerMs,
    Behavior: behavior(stringField(field('Behavior'), 'Behavior')),
    TTL: ttl(stringField(field('TTL'), 'TTL')),
    NodeChecks: nodeChecks ?? checks ?? [serfHealthCheckId],
    ServiceChecks: serviceChecks,
  };
  const count = (session.NodeChecks?.length ?? 0) + (serviceChecks?.length ?? 0);
  if (count > sessionChecksMax)
    throw new ApiError(400, `the session names ${count} checks, the limit is ${sessionChecksMax}`);
  return session;
}

function asObject(body: unknown): Record<string, unknown> {
  if (body === null) return {};
  if (typeof body === 'object' && !Array.isArray(body)) return body as Record<string, unknown>;
  throw decodeFailed(`json: cannot unmarshal ${goType(body)} into Go value of type map[string]interface {}`);
}

function stringField(value: unknown, name: string): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  throw mistyped(value, name, 'string');
}

function listField(value: unknown, name: string): string[] | undefined {
  if (value === undefined) return undefined;
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  throw mistyped(value, name, '[]string');
}

function serviceCheckList(value: unknown): ServiceCheckRef[] | null {
  if (value === undefined) return null;
  if (!Array.isArray(value)) throw mistyped(value, 'ServiceChecks', '[]structs.ServiceCheck');
  return value.map((item) => {
    const { ID } = asObject(item);
    return { ID: stringField(ID, 'ServiceChecks.ID'), Namespace: '' };
  });
}

/** Milliseconds. */
function lockDelay(value: unknown): number {
  if (value === undefined) return lockDelayMsDefault;
  if (typeof value === 'number')
    return value < lockDelaySecondsMax ? value * 1_000 : value / nanosecondsPerMs;
  return durationOr(stringField(value, 'LockDelay'), (message) => decodeFailed(message));
}

function behavior(text: string): Session['Behavior'] {
  if (text === '') return 'release';
  if (text === 'release' || text === 'delete') return text;
  throw new ApiError(500, `Invalid Behavior setting '${text}'`);
}

function ttl(text: string): string {
  if (text === '') return '';
  const ttlMs = durationOr(text, (message) => new ApiError(500, `Session TTL '${text}' invalid: ${message}`));
  if (ttlMs === 0 || (ttlMs >= sessionTtlMsMin && ttlMs <= sessionTtlMsMax)) return ttlMs === 0 ? '' : text;
  throw new ApiError(500, `Invalid Session TTL '${ttlMs * nanosecondsPerMs}', must be between [10s=24h0m0s]`);
}

function durationOr(text: string, fault: (message: string) => ApiError): number {
  try {
    return parseDuration(text);
  } catch (error) {
    if (!(error instanceof DurationError)) throw error;
    throw fault(error.message);
  }
}

const mistyped = (value: unknown, name: string, type: string) =>
  decodeFailed(`json: cannot unmarshal ${goType(value)} into Go struct field .${name} of type ${type}`);

function goType(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
