/**
 * The operations of `/v1/txn`, decoded. Which of several kinds an operation names is decided as Consul does: KV first.
 *
 * Source: https://developer.hashicorp.com/consul/api-docs/txn.
 */
import { ApiError } from '../shared/api-error.ts';
import type { CatalogRegistration } from '../shared/catalog-write.ts';
import { decodeCatalogRegistration } from '../shared/definition/catalog-registration.ts';
import { JsonSyntaxError, scanJson } from '../shared/definition/json-scan.ts';
import { jsonDepthMax, txnBytesMax, txnOpsMax } from '../shared/limits.ts';
import type { Index } from '../shared/model.ts';
import { parseTtl } from './kv-request.ts';

export interface KvOp {
  Kind: 'kv';
  Verb: string;
  Key: string;
  Value: Uint8Array;
  Flags: string;
  Index: Index;
  Session: string;
  TTLMs: number | null;
}

/** An operation on the catalog, with what `set` and `cas` write as a registration. */
export interface CatalogTxnOp {
  Kind: 'node' | 'service' | 'check';
  Verb: string;
  Node: string;
  /** The service or check ID; for a node its node ID. */
  ID: string;
  Index: Index;
  Write: CatalogRegistration | undefined;
}

export interface SessionOp {
  Kind: 'session';
  Verb: string;
  ID: string;
}

export type TxnOp = KvOp | CatalogTxnOp | SessionOp;

type Json = Record<string, unknown>;

/** @throws {ApiError} 400 for a body that cannot be read, 413 for one that is too much. */
export function decodeTxn(text: string): TxnOp[] {
  const bytes = new TextEncoder().encode(text).byteLength;
  if (bytes > txnBytesMax)
    throw new ApiError(413, `Request body(${bytes} bytes) too large, max size: ${txnBytesMax} bytes.`);
  const body = parse(text);
  if (!Array.isArray(body))
    throw unreadable(`json: cannot unmarshal ${typeof body} into Go value of type api.TxnOps`);
  if (body.length > txnOpsMax)
    throw new ApiError(413, `Transaction contains too many operations (${body.length} > ${txnOpsMax})`);
  return body.flatMap((op: unknown) => decodeOp(op));
}

function parse(text: string): unknown {
  try {
    // Flags above 2^53 would lose digits as numbers.
    const whole = text.slice(0, scanJson(text, jsonDepthMax));
    return JSON.parse(whole.replace(/("Flags"\s*:\s*)(\d{16,20})/gi, '$1"$2"'));
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw unreadable(error.message);
    throw error;
  }
}

function decodeOp(op: unknown): TxnOp[] {
  if (!isObject(op)) throw unreadable('json: cannot unmarshal into Go value of type api.TxnOp');
  const kv = member(op, 'KV');
  if (kv) return [decodeKv(kv)];
  const node = member(op, 'Node');
  if (node) return [decodeNode(node)];
  const service = member(op, 'Service');
  if (service) return [decodeService(service)];
  const check = member(op, 'Check');
  if (check) return [decodeCheck(check)];
  const session = member(op, 'Session');
  return session ? [decodeSession(session)] : [];
}

function decodeKv(kv: Json): KvOp {
  return {
    Kind: 'kv',
    Verb: text(kv, 'Verb'),
    Key: text(kv, 'Key'),
    Value: decodeBase64(text(kv, 'Value')),
    Flags: digits(find(kv, 'Flags')),
    Index: Number(digits(find(kv, 'Index'))),
    Session: text(kv, 'Session'),
    TTLMs: parseTtl(text(kv, 'TTL')),
  };
}

function decodeNode(op: Json): CatalogTxnOp {
  const node = member(op, 'Node') ?? {};
  const name = text(node, 'Node');
  const body = {
    Node: name,
    ID: text(node, 'ID'),
    Address: text(node, 'Address'),
    ...rest(node, 'Meta', 'NodeMeta'),
  };
  const tagged = find(node, 'TaggedAddresses');
  return {
    Kind: 'node',
    Verb: text(op, 'Verb'),
    Node: name,
    ID: text(node, 'ID'),
    Index: indexOf(node),
    Write: writes(op)
      ? decodeCatalogRegistration(tagged ? { ...body, TaggedAddresses: tagged } : body)
      : undefined,
  };
}

function decodeService(op: Json): CatalogTxnOp {
  const service = without(member(op, 'Service') ?? {}, ['CreateIndex', 'ModifyIndex']);
  const node = text(op, 'Node');
  return {
    Kind: 'service',
    Verb: text(op, 'Verb'),
    Node: node,
    ID: text(service, 'ID') || text(service, 'Service'),
    Index: indexOf(member(op, 'Service') ?? {}),
    Write: writes(op)
      ? decodeCatalogRegistration({ Node: node, SkipNodeUpdate: true, Service: service })
      : undefined,
  };
}

function decodeCheck(op: Json): CatalogTxnOp {
  const check = without(member(op, 'Check') ?? {}, ['CreateIndex', 'ModifyIndex']);
  const node = text(check, 'Node');
  return {
    Kind: 'check',
    Verb: text(op, 'Verb'),
    Node: node,
    ID: text(check, 'CheckID') || text(check, 'Name'),
    Index: indexOf(member(op, 'Check') ?? {}),
    Write: writes(op)
      ? decodeCatalogRegistration({ Node: node, SkipNodeUpdate: true, Check: check })
      : undefined,
  };
}

const decodeSession = (op: Json): SessionOp => ({
  Kind: 'session',
  Verb: text(op, 'Verb'),
  ID: text(member(op, 'Session') ?? {}, 'ID'),
});

const writes = (op: Json) => ['set', 'cas'].includes(text(op, 'Verb'));

function decodeBase64(encoded: string): Uint8Array {
  try {
    return Uint8Array.fromBase64(encoded);
  } catch {
    const bad = encoded.search(/[^A-Za-z0-9+/=]/);
    throw unreadable(`illegal base64 data at input byte ${bad < 0 ? encoded.length : bad}`);
  }
}

const unreadable = (why: string) => new ApiError(400, `Failed to parse body: ${why}`);

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Keys are found in any letter case, as Go finds them. */
const find = (json: Json, name: string): unknown =>
  Object.entries(json).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];

function member(json: Json, name: string): Json | undefined {
  const value = find(json, name);
  return isObject(value) ? value : undefined;
}

function text(json: Json, name: string): string {
  const value = find(json, name) ?? '';
  if (typeof value === 'string') return value;
  throw unreadable(`json: cannot unmarshal ${typeof value} into Go struct field .${name} of type string`);
}

function digits(value: unknown): string {
  if (value === undefined || value === null) return '0';
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return String(value);
  if (typeof value === 'string' && /^\d+$/.test(value) && BigInt(value) <= 0xffff_ffff_ffff_ffffn)
    return value;
  throw unreadable(`json: cannot unmarshal ${typeof value} ${String(value)} into Go value of type uint64`);
}

const indexOf = (json: Json): Index => Number(digits(find(json, 'ModifyIndex')));

const without = (json: Json, names: string[]): Json =>
  Object.fromEntries(Object.entries(json).filter(([key]) => !names.includes(key)));

function rest(json: Json, from: string, to: string): Json {
  const value = find(json, from);
  return value === undefined ? {} : { [to]: value };
}

const writeVerbs = new Set(['set', 'cas', 'lock', 'unlock', 'delete', 'delete-tree', 'delete-cas']);

/** True if nothing of it can write. */
export const isReadOnly = (ops: TxnOp[]): boolean =>
  ops.every(({ Kind, Verb }) => Kind !== 'session' && !writeVerbs.has(Verb));
