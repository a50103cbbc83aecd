/**
 * Lock sessions, in the shape of Consul's public JSON.
 *
 * Source: https://developer.hashicorp.com/consul/api-docs/session.
 */
import { ApiError } from '../shared/api-error.ts';
import { decodeBody } from '../shared/definition/decode-body.ts';
import { decodeFailed, decodeJsonBody } from '../shared/definition/json-body.ts';
import {
  anything,
  listOf,
  type ReadOf,
  string,
  stringList,
  stringNamed,
  struct,
} from '../shared/definition/shape.ts';
import { sizeFault } from '../shared/definition/size-fault.ts';
import { DurationError, parseDuration } from '../shared/duration.ts';
import { isObject } from '../shared/is-object.ts';
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
const nanosecondsPerSecond = 1e9;
const nanosecondsMax = 2 ** 63;
/** A number below this is meant in seconds, above it in nanoseconds. */
const lockDelaySecondsMax = 1_000;

export const lockDelayMs = ({ LockDelay }: Pick<Session, 'LockDelay'>): number =>
  LockDelay / nanosecondsPerMs;

/** How long the session lives unless renewed; undefined if it has no TTL. */
export const sessionTtlMs = ({ TTL }: Pick<Session, 'TTL'>): number | undefined =>
  (TTL !== '' && parseDuration(TTL)) || undefined;

const serviceCheck = struct('structs.ServiceCheck', { ID: string, Namespace: string }, { others: 'drop' });

/** The body of `/v1/session/create`. */
export const sessionShape = struct(
  'struct { LockDelay interface {}; *structs.Alias }',
  {
    Name: string,
    Node: string,
    LockDelay: anything,
    Behavior: string,
    TTL: string,
    /** The older name of `NodeChecks`. */
    Checks: listOf(stringNamed('types.CheckID'), '[]types.CheckID'),
    NodeChecks: stringList,
    ServiceChecks: listOf(serviceCheck, '[]structs.ServiceCheck'),
  },
  { others: 'drop', opaque: true },
);

/** Decodes the body of `/v1/session/create`, which may be empty. Unknown fields are ignored. @throws {ApiError} */
export function decodeSession(text: string): NewSession {
  const written = text === '' ? {} : (decodeJsonBody(text) ?? {});
  const body = decodeBody(sessionShape, written);
  if (!body.Node) throw new ApiError(500, 'Must provide Node');
  const NodeChecks = isNulled(written, 'nodechecks') ? [] : checksOf(body);
  const ServiceChecks = body.ServiceChecks?.map(({ ID = '' }) => ({ ID, Namespace: '' })) ?? null;
  const count = NodeChecks.length + (ServiceChecks?.length ?? 0);
  if (count > sessionChecksMax)
    throw new ApiError(400, `the session names ${count} checks, the limit is ${sessionChecksMax}`);
  const fault = sizeFault({ 'Session name': body.Name });
  if (fault) throw new ApiError(400, fault);
  return {
    Name: body.Name ?? '',
    Node: body.Node ?? '',
    LockDelay: lockDelay(body.LockDelay),
    Behavior: behavior(body.Behavior ?? ''),
    TTL: ttl(body.TTL ?? ''),
    NodeChecks,
    ServiceChecks,
  };
}

/** Null is no value for Go, but clears what was there before: here the default. */
const isNulled = (written: unknown, name: string): boolean =>
  isObject(written) &&
  Object.entries(written).some(([key, value]) => key.toLowerCase() === name && value === null);

/** Those of the older list come on top of the default; an empty one leaves none. */
function checksOf({ NodeChecks, Checks }: ReadOf<typeof sessionShape>): string[] {
  if (Checks?.length === 0) return [];
  return [...(Checks ?? []), ...(NodeChecks ?? [serfHealthCheckId])];
}

/** Nanoseconds. What is neither a text nor a number of them that Go's durations hold is none. */
function lockDelay(value: unknown): number {
  if (value === undefined) return lockDelayMsDefault * nanosecondsPerMs;
  const written = typeof value === 'string' ? parseLockDelay(value) : value;
  if (typeof written !== 'number') return 0;
  const nanoseconds = Math.trunc(written < lockDelaySecondsMax ? written * nanosecondsPerSecond : written);
  return Math.abs(nanoseconds) < nanosecondsMax ? nanoseconds : 0;
}

const parseLockDelay = (text: string): number =>
  durationOr(text, (message) => decodeFailed(message)) * nanosecondsPerMs;

function behavior(text: string): Session['Behavior'] {
  if (text === '') return 'release';
  if (text === 'release' || text === 'delete') return text;
  throw new ApiError(500, `Invalid Behavior setting '${text}'`);
}

function ttl(text: string): string {
  if (text === '') return '';
  const ttlMs = durationOr(text, (message) => new ApiError(500, `Session TTL '${text}' invalid: ${message}`));
  if (ttlMs === 0 || (ttlMs >= sessionTtlMsMin && ttlMs <= sessionTtlMsMax)) return text;
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
