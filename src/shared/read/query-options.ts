/**
 * What a read asks for besides its subject: where, how fresh, how long to wait, as whom. Read from the query string
 * and headers alone, so the edge and the sidecar agree.
 *
 * Source: https://developer.hashicorp.com/consul/api-docs/features/blocking and /consistency and /caching.
 */
import type { Context } from 'hono';
import { ApiError } from '../api-error.ts';
import { parseDuration } from '../duration.ts';
import { paramsOf, type QueryParams } from '../http/query-params.ts';
import { queryWaitJitterFraction, queryWaitMsDefault, queryWaitMsMax } from '../limits.ts';
import type { Index } from '../model.ts';

export interface QueryOptions {
  /** Absent: the datacenter of whoever answers. */
  Datacenter?: string;
  /** Wait until the index of what is read passes this; 0: answer at once. */
  Index: Index;
  WaitMs: number;
  Consistency: 'default' | 'stale' | 'consistent';
  /** An answer from the agent's cache will do. */
  Cached: boolean;
  /** From `Cache-Control`: how old a cached answer may be; how old when the source cannot be asked. */
  MaxAgeMs?: number;
  StaleIfErrorMs?: number;
  MustRevalidate?: boolean;
  /** From `?max_stale`: how long ago a stale answer was known to be current. */
  MaxStaleMs?: number;
  Pretty: boolean;
  Token: string;
}

interface Headers {
  get(name: string): string | null | undefined;
}

/** @throws {ApiError} as {@link parseQueryOptions}. */
export const queryOptionsOf = (c: Context): QueryOptions => parseQueryOptions(paramsOf(c), c.req.raw.headers);

/** @throws {ApiError} 400 with Consul's text, for the first fault in Consul's order. */
export function parseQueryOptions(params: QueryParams, headers: Headers): QueryOptions {
  refuseEnterprise(params, headers);
  const consistency = parseConsistency(params);
  const cacheControl = parseCacheControl(headers.get('Cache-Control') ?? '');
  const WaitMs = parseWait(params.get('wait') ?? '');
  const datacenter = params.get('dc');
  return {
    ...(datacenter ? { Datacenter: datacenter } : {}),
    Index: parseIndex(params.get('index') ?? ''),
    WaitMs,
    ...consistency,
    ...cacheControl,
    Pretty: params.has('pretty'),
    Token: selectToken(params, headers),
  };
}

/** Whether more than the URL has a say in the options; tokens apart. */
export const hasOptions = (headers: Headers): boolean =>
  optionHeaders.some((name) => (headers.get(name) ?? null) !== null);

/** `?token`, then `X-Consul-Token`, then `Authorization: Bearer`; "" when there is none. */
export function selectToken(params: QueryParams, headers: Headers): string {
  return params.get('token') || headers.get('X-Consul-Token') || bearerOf(headers.get('Authorization'));
}

const bearerOf = (header: string | null | undefined): string =>
  (header && /^bearer +(.*)$/i.exec(header)?.[1]?.trim()) || '';

/**
 * How long a blocking query really waits: longer by a random share, so that watchers of one thing do not all come
 * back together, but never longer than the longest wait. `random01` is in [0, 1).
 */
export function jitteredWaitMs(waitMs: number, random01: number): number {
  return Math.min(waitMs + (waitMs / queryWaitJitterFraction) * random01, queryWaitMsMax);
}

export function refuseEnterprise(params: QueryParams, headers: Headers): void {
  for (const { param, header, feature } of enterpriseFeatures) {
    const reason = `${feature} are a Consul Enterprise feature`;
    if (headers.get(header)) throw new ApiError(400, `Invalid header: "${header}" - ${reason}`);
    if (params.get(param)) throw new ApiError(400, `Invalid query parameter: "${param}" - ${reason}`);
  }
}

const enterpriseFeatures = [
  { param: 'ns', header: 'X-Consul-Namespace', feature: 'Namespaces' },
  { param: 'partition', header: 'X-Consul-Partition', feature: 'Partitions' },
];

const optionHeaders = [...enterpriseFeatures.map(({ header }) => header), 'Cache-Control'];

/**
 * The presence of `stale`, `consistent` and `cached` decides, not their value. A positive `max_stale` implies
 * stale.
 */
function parseConsistency(params: QueryParams): Pick<QueryOptions, 'Consistency' | 'Cached' | 'MaxStaleMs'> {
  const MaxStaleMs = parseMaxStale(params.get('max_stale') ?? '');
  const stale = params.has('stale') || (MaxStaleMs ?? 0) > 0;
  const consistent = params.has('consistent');
  const cached = params.has('cached');
  if (stale && consistent) throw conflict('stale');
  if (cached && consistent) throw conflict('cached');
  return {
    Consistency: stale ? 'stale' : consistent ? 'consistent' : 'default',
    Cached: cached,
    ...(MaxStaleMs === undefined ? {} : { MaxStaleMs }),
  };
}

const conflict = (param: string) =>
  new ApiError(400, `Cannot specify ?${param} with ?consistent, conflicting semantics.`);

function parseMaxStale(text: string): number | undefined {
  if (text === '') return undefined;
  return durationOr(text, () => new ApiError(400, `Invalid max_stale value ${JSON.stringify(text)}`));
}

/** Directives that are not known are skipped. `max-age=0` means `must-revalidate`. */
function parseCacheControl(
  header: string,
): Pick<QueryOptions, 'MaxAgeMs' | 'StaleIfErrorMs' | 'MustRevalidate'> {
  const result: Pick<QueryOptions, 'MaxAgeMs' | 'StaleIfErrorMs' | 'MustRevalidate'> = {};
  if (header === '') return result;
  const seconds = (text: string) =>
    durationOr(`${text}s`, () => new ApiError(400, 'Invalid Cache-Control header.'));
  for (const part of header.toLowerCase().split(',')) {
    const [name, value] = splitOnce(part.trim(), '=');
    if (name === 'must-revalidate' && value === undefined) result.MustRevalidate = true;
    if (name === 'max-age' && value !== undefined) result.MaxAgeMs = seconds(value);
    if (name === 'stale-if-error' && value !== undefined) result.StaleIfErrorMs = seconds(value);
  }
  if (result.MaxAgeMs === 0) result.MustRevalidate = true;
  return result;
}

function parseWait(text: string): number {
  if (text === '') return queryWaitMsDefault;
  const waitMs = durationOr(text, () => new ApiError(400, 'Invalid wait time'));
  return waitMs > 0 ? Math.min(waitMs, queryWaitMsMax) : queryWaitMsDefault;
}

function parseIndex(text: string): Index {
  if (text === '') return 0;
  if (!/^\d+$/.test(text) || BigInt(text) > uint64Max) throw new ApiError(400, 'Invalid index');
  return Number(text);
}

const uint64Max = 2n ** 64n - 1n;

function durationOr(text: string, makeError: () => ApiError): number {
  try {
    return parseDuration(text);
  } catch {
    throw makeError();
  }
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}
