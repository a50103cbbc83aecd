/**
 * What a request under /v1/kv asks for, read from its query string; error texts and statuses are Consul's.
 *
 * Source: https://developer.hashicorp.com/consul/api-docs/kv.
 */
import { ApiError } from '../shared/api-error.ts';
import { DurationError, formatDuration, parseDuration } from '../shared/duration.ts';
import { quote } from '../shared/filter/go-text.ts';
import type { QueryParams } from '../shared/http/query-params.ts';
import { kvValueTooLarge } from '../shared/http/write-size.ts';
import { kvKeyBytesMax, kvTtlMsMax, kvTtlMsMin, kvValueBytesMax } from '../shared/limits.ts';
import type { Index } from '../shared/model.ts';
import { utf8Bytes } from '../shared/utf8-bytes.ts';

export type KvQuery =
  | { Kind: 'get'; Key: string; Raw: boolean }
  | { Kind: 'recurse'; Prefix: string }
  | { Kind: 'keys'; Prefix: string; Separator: string };

export interface KvPut {
  Key: string;
  Value: Uint8Array;
  Flags: string;
  TTLMs: number | null;
  /** At most one of these three. */
  Cas?: Index;
  Acquire?: string;
  Release?: string;
}

export interface KvDelete {
  Key: string;
  Recurse: boolean;
  Cas?: Index;
}

/** @throws {ApiError} 400 `Missing key name`. */
export function parseKvQuery(key: string, params: QueryParams): KvQuery {
  checkKey(key);
  if (params.has('keys'))
    return { Kind: 'keys', Prefix: key, Separator: params.get('separator') || params.get('seperator') || '' };
  if (params.has('recurse')) return { Kind: 'recurse', Prefix: key };
  if (key === '') throw missingKey();
  return { Kind: 'get', Key: key, Raw: params.has('raw') };
}

/** @throws {ApiError} 400, 413 or 500, as Consul answers each fault. */
export function parseKvPut(key: string, params: QueryParams, value: Uint8Array): KvPut {
  if (key === '') throw missingKey();
  checkKey(key);
  refuseConflict(params, ['cas', 'acquire', 'release']);
  const flags = params.get('flags');
  const cas = params.get('cas');
  const put: KvPut = {
    Key: key,
    Value: value,
    Flags: flags === null ? '0' : parseUint64(flags),
    TTLMs: parseTtl(params.get('ttl')),
  };
  if (cas !== null) put.Cas = Number(parseUint64(cas));
  if (params.has('acquire')) put.Acquire = params.get('acquire')!;
  if (params.has('release')) put.Release = params.get('release')!;
  return put;
}

export function parseKvDelete(key: string, params: QueryParams): KvDelete {
  refuseConflict(params, ['recurse', 'cas']);
  const recurse = params.has('recurse');
  if (key === '' && !recurse) throw missingKey();
  checkKey(key);
  const cas = params.get('cas');
  return cas === null
    ? { Key: key, Recurse: recurse }
    : { Key: key, Recurse: false, Cas: Number(parseUint64(cas)) };
}

/** However it was sent. */
export const valueTooLarge = (bytes: number) => kvValueTooLarge(bytes, kvValueBytesMax);

/** The digits of an unsigned 64-bit number without leading zeros. @throws {ApiError} 500 in Go's words. */
export function parseUint64(text: string): string {
  const fault = (why: string) => new ApiError(500, `strconv.ParseUint: parsing ${quote(text)}: ${why}`);
  if (!/^\d+$/.test(text)) throw fault('invalid syntax');
  const value = BigInt(text);
  if (value > 0xffff_ffff_ffff_ffffn) throw fault('value out of range');
  return value.toString();
}

/** A key's own time to live. Empty or absent: none. @throws {ApiError} 400 naming value and limits. */
export function parseTtl(text: string | null | undefined): number | null {
  if (text === null || text === undefined || text === '') return null;
  const ttlMs = ttlMsOf(text);
  if (ttlMs >= kvTtlMsMin && ttlMs <= kvTtlMsMax) return ttlMs;
  throw new ApiError(
    400,
    `Invalid ttl ${quote(text)}, must be between ${formatDuration(kvTtlMsMin)} and ${formatDuration(kvTtlMsMax)}`,
  );
}

function ttlMsOf(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    if (!(error instanceof DurationError)) throw error;
    throw new ApiError(400, `Invalid ttl: ${error.message}`);
  }
}

const missingKey = () => new ApiError(400, 'Missing key name');

/** @throws {ApiError} 400 for a key above the limit. */
export function checkKey(key: string): void {
  const bytes = utf8Bytes(key);
  if (bytes > kvKeyBytesMax)
    throw new ApiError(400, `the key has ${bytes} bytes, the limit is ${kvKeyBytesMax} bytes`);
}

/** Consul shows the whole query, its names in order. */
function refuseConflict(params: QueryParams, names: string[]): void {
  if (names.filter((name) => params.has(name)).length < 2) return;
  const sorted = new URLSearchParams(params.toString());
  sorted.delete('dc');
  sorted.sort();
  throw new ApiError(400, `Conflicting flags: ${sorted.toString()}`);
}
