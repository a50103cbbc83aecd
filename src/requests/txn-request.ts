/**
 * The operations of `/v1/txn`, decoded. Which of several kinds an operation names is decided as Consul does: KV first.
 *
 * Source: https://developer.hashicorp.com/consul/api-docs/txn.
 */
import { ApiError, isApiError } from '../shared/api-error.ts';
import type { CatalogRegistration } from '../shared/catalog-write.ts';
import { makeCatalogRegistration } from '../shared/definition/catalog-registration.ts';
import type { WrittenRegistration } from '../shared/definition/catalog-shape.ts';
import { decodeBody } from '../shared/definition/decode-body.ts';
import { JsonSyntaxError, scanJson } from '../shared/definition/json-scan.ts';
import { jsonDepthMax, txnOpsMax } from '../shared/limits.ts';
import type { Index } from '../shared/model.ts';
import { decodeBase64 } from './base64.ts';
import { checkKey, parseTtl } from './kv-request.ts';
import { txnShape, type WrittenTxnOp } from './txn-shape.ts';

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
  Write?: CatalogRegistration;
  /** Why it cannot be done, whatever is in the catalog. */
  Fault?: string;
}

export interface SessionOp {
  Kind: 'session';
  Verb: string;
  ID: string;
}

export type TxnOp = KvOp | CatalogTxnOp | SessionOp;

/** @throws {ApiError} 400 for a body that cannot be read, 413 for one that is too much. */
export function decodeTxn(text: string): TxnOp[] {
  const ops = decodeBody(txnShape, parse(text), unreadable);
  if (ops.length > txnOpsMax)
    throw new ApiError(413, `Transaction contains too many operations (${ops.length} > ${txnOpsMax})`);
  return ops.flatMap(decodeOp);
}

const writeVerbs = new Set(['set', 'cas', 'lock', 'unlock', 'delete', 'delete-tree', 'delete-cas']);

/** True if nothing of it can write. What is no verb reads in the key-value store, and writes elsewhere. */
export const isReadOnly = (ops: TxnOp[]): boolean =>
  ops.every(({ Kind, Verb }) => (Kind === 'kv' ? !writeVerbs.has(Verb) : Verb === 'get'));

const unreadable = (why: string) => new ApiError(400, `Failed to parse body: ${why}`);

function parse(text: string): unknown {
  try {
    return JSON.parse(text.slice(0, scanJson(text, jsonDepthMax)), withoutLoss as () => unknown);
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw unreadable(error.message);
    throw error;
  }
}

/** Flags above 2^53 would lose digits as numbers. */
function withoutLoss(_key: string, value: unknown, { source }: { source: string }): unknown {
  const isInexact = typeof value === 'number' && !Number.isSafeInteger(value);
  return isInexact && /^-?\d+$/.test(source) ? BigInt(source) : value;
}

function decodeOp({ KV, Node, Service, Check, Session }: WrittenTxnOp): TxnOp[] {
  if (KV) return [decodeKv(KV)];
  if (Node) return [decodeNode(Node)];
  if (Service) return [decodeService(Service)];
  if (Check) return [decodeCheck(Check)];
  return Session ? [{ Kind: 'session', Verb: Session.Verb ?? '', ID: Session.Session?.ID ?? '' }] : [];
}

function decodeKv(op: NonNullable<WrittenTxnOp['KV']>): KvOp {
  // What is no Unicode could not be told apart once it is stored.
  const Key = (op.Key ?? '').toWellFormed();
  checkKey(Key);
  return {
    Kind: 'kv',
    Verb: op.Verb ?? '',
    Key,
    Value: decodeBase64(op.Value ?? '', unreadable),
    Flags: String(op.Flags ?? 0),
    Index: Number(op.Index ?? 0),
    Session: op.Session ?? '',
    TTLMs: parseTtl(op.TTL),
  };
}

function decodeNode({ Verb = '', Node = {} }: NonNullable<WrittenTxnOp['Node']>): CatalogTxnOp {
  const { Node: node = '', ID = '', Address = '', TaggedAddresses, Meta, ModifyIndex = 0 } = Node;
  const op = { Kind: 'node', Verb, Node: node, ID, Index: Number(ModifyIndex) } as const;
  return withWrite(op, {
    ID,
    Address,
    ...(TaggedAddresses && { TaggedAddresses }),
    ...(Meta && { NodeMeta: Meta }),
  });
}

function decodeService({ Verb = '', Node = '', Service = {} }: NonNullable<WrittenTxnOp['Service']>) {
  const ID = Service.ID || (Service.Service ?? '');
  const op = { Kind: 'service', Verb, Node, ID, Index: Number(Service.ModifyIndex ?? 0) } as const;
  return withWrite(op, { Service });
}

function decodeCheck({ Verb = '', Check = {} }: NonNullable<WrittenTxnOp['Check']>): CatalogTxnOp {
  const { Node = '', CheckID, Name = '' } = Check;
  const op = {
    Kind: 'check',
    Verb,
    Node,
    ID: CheckID || Name,
    Index: Number(Check.ModifyIndex ?? 0),
  } as const;
  return withWrite(op, { Check });
}

/** A node needs no address here; a service or a check leaves the node as it is. */
function withWrite(op: CatalogTxnOp, written: WrittenRegistration): CatalogTxnOp {
  const writes = op.Verb === 'set' || op.Verb === 'cas';
  // Consul examines a service that is only named, too.
  if (!writes && (op.Kind !== 'service' || op.Verb === 'get')) return op;
  if (op.Node === '') return { ...op, Fault: 'Must provide node' };
  try {
    const write = makeCatalogRegistration({ ...written, Node: op.Node, SkipNodeUpdate: true });
    return !writes ? op : { ...op, Write: { ...write, SkipNodeUpdate: op.Kind !== 'node' } };
  } catch (error) {
    if (!isApiError(error)) throw error;
    return { ...op, Fault: error.message };
  }
}
