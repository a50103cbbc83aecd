/**
 * `/v1/txn`: several operations as one transaction with one index. All of them are tried, so that all that fail are named;
 * if any does, none has happened.
 */

import { kvEntryJson } from '../requests/kv-entry.ts';
import type { CatalogTxnOp, KvOp, SessionOp, TxnOp } from '../requests/txn-request.ts';
import { isApiError } from '../shared/api-error.ts';
import { showCheck, showNode, showService } from '../shared/read/shapes.ts';
import { deleteKey, findSession, putKey } from './kv.ts';
import { deregister, register } from './registration.ts';
import { destroySession } from './sessions.ts';
import type { Transaction } from './store/transaction.ts';

export interface TxnError {
  OpIndex: number;
  What: string;
}

export interface TxnOutcome {
  /** JSON texts. */
  Results: string[];
  Errors: TxnError[];
}

/** Why an operation fails, in Consul's words. */
class OpFault extends Error {}

/** Undoes the transaction and carries what went wrong out of it. */
export class TxnAborted extends Error {
  readonly errors: TxnError[];

  constructor(errors: TxnError[]) {
    super('aborted');
    this.errors = errors;
  }
}

/** The results. @throws {TxnAborted} when an operation fails. */
export function runTxn(tx: Transaction, ops: TxnOp[]): string[] {
  const results: string[] = [];
  const errors: TxnError[] = [];
  for (const [OpIndex, op] of ops.entries()) {
    try {
      tx.attempt((part) => results.push(...run(part, op)));
    } catch (error) {
      if (!(error instanceof OpFault) && !isApiError(error)) throw error;
      errors.push({ OpIndex, What: error.message });
    }
  }
  if (errors.length > 0) throw new TxnAborted(errors);
  return results;
}

function run(tx: Transaction, op: TxnOp): string[] {
  if (op.Kind === 'kv') return runKv(tx, op).map((entry) => `{"KV":${entry}}`);
  return op.Kind === 'session' ? runSession(tx, op) : runCatalog(tx, op);
}

function runKv(tx: Transaction, op: KvOp): string[] {
  const { Key, Verb } = op;
  if (Key === '' && Verb !== 'delete-tree') throw new OpFault('Must provide key');
  const name = JSON.stringify(Key);
  const entry = () => tx.store.kvTable.get(Key);
  const written = () => [kvEntryJson(entry()!, false)];
  switch (Verb) {
    case 'set':
      putKey(tx, putOf(op));
      return written();
    case 'cas':
      require(putKey(tx, { ...putOf(op), Cas: op.Index }), `failed to set key ${name}, index is stale`);
      return written();
    case 'lock':
      findSession(tx, op.Session);
      require(putKey(tx, {
        ...putOf(op),
        Acquire: op.Session,
      }), `failed to lock key ${name}, lock is already held`);
      return written();
    case 'unlock':
      require(entry()?.Session === op.Session &&
        putKey(tx, {
          ...putOf(op),
          Release: op.Session,
        }), `failed to unlock key ${name}, lock isn't held, or is held by another session`);
      return written();
    case 'get':
      require(entry() !== undefined, `key ${name} doesn't exist`);
      return [kvEntryJson(entry()!)];
    case 'get-or-empty':
      return [entry() ? kvEntryJson(entry()!) : emptyEntry(Key)];
    case 'get-tree':
      return tx.store.kvTable.under(Key).map((found) => kvEntryJson(found));
    case 'check-index':
      return checkIndex(entry()?.ModifyIndex, op);
    case 'check-session': {
      const held = entry();
      require(held !== undefined, `failed to check session, key ${name} doesn't exist`);
      require(held!.Session ===
        op.Session, `failed session check for key ${name}, current session ${JSON.stringify(held!.Session)} != ${JSON.stringify(op.Session)}`);
      return [kvEntryJson(held!, false)];
    }
    case 'check-not-exists':
      require(entry() === undefined, `key ${name} exists`);
      return [];
    case 'delete':
      deleteKey(tx, { Key, Recurse: false });
      return [];
    case 'delete-tree':
      deleteKey(tx, { Key, Recurse: true });
      return [];
    case 'delete-cas':
      require(deleteKey(tx, {
        Key,
        Recurse: false,
        Cas: op.Index,
      }), `failed to delete key ${name}, index is stale`);
      return [];
    default:
      throw new OpFault(`unknown KV verb ${JSON.stringify(Verb)}`);
  }

  function checkIndex(current: number | undefined, { Index }: KvOp): string[] {
    require(current !== undefined, `failed to check index, key ${name} doesn't exist`);
    require(current ===
      Index, `failed index check for key ${name}, current modify index ${current} != ${Index}`);
    return [kvEntryJson(entry()!, false)];
  }
}

const putOf = ({ Key, Value, Flags, TTLMs }: KvOp) => ({ Key, Value, Flags, TTLMs });

const emptyEntry = (key: string) =>
  `{"LockIndex":0,"Key":${JSON.stringify(key)},"Flags":0,"Value":null,"CreateIndex":0,"ModifyIndex":0}`;

function runSession(tx: Transaction, { Verb, ID }: SessionOp): string[] {
  if (Verb !== 'delete') throw new OpFault(`unknown Session verb ${JSON.stringify(Verb)}`);
  destroySession(tx, ID);
  return [];
}

/** `Node`, `Service` and `Check` have the same verbs. */
function runCatalog(tx: Transaction, op: CatalogTxnOp): string[] {
  const { Verb } = op;
  if (op.Fault !== undefined) throw new OpFault(op.Fault);
  const current = find(tx, op);
  const what = describe(op);
  switch (Verb) {
    case 'get':
      require(current !== undefined, `${what} doesn't exist`);
      return [shown(current!)];
    case 'cas':
    case 'set':
      if (Verb === 'cas')
        require((current?.ModifyIndex ?? 0) === op.Index, `failed to set ${what}, index is stale`);
      if (op.Kind !== 'node')
        require(tx.store.nodeTable.byName(op.Node) !== undefined, 'Missing node registration');
      registerIn(tx, op.Write!);
      return [shown(find(tx, op)!)];
    case 'delete-cas':
    case 'delete':
      if (Verb === 'delete-cas')
        require(current?.ModifyIndex === op.Index, `failed to delete ${what}, index is stale`);
      deregister(tx, deregistrationOf(op), 'deregistered');
      return [];
    default:
      throw new OpFault(`unknown ${title(op)} verb ${JSON.stringify(Verb)}`);
  }
}

/** A transaction names the fault alone, without what was being done and where. */
function registerIn(tx: Transaction, write: Parameters<typeof register>[1]): void {
  try {
    register(tx, write);
  } catch (error) {
    if (!isApiError(error)) throw error;
    throw new OpFault(
      error.message.replace(/^failed inserting check: (Missing service registration) .*$/, '$1'),
    );
  }
}

interface Found {
  ModifyIndex: number;
  Json: string;
}

const shown = ({ Json }: Found) => Json;

function find({ store }: Transaction, { Kind, Node, ID }: CatalogTxnOp): Found | undefined {
  if (Kind === 'node') {
    const node = store.nodeTable.byName(Node) ?? store.nodeTable.byId(ID);
    return node && { ModifyIndex: node.ModifyIndex, Json: JSON.stringify({ Node: showNode(node) }) };
  }
  if (Kind === 'service') {
    const service = store.serviceTable.get(Node, ID);
    if (!service) return undefined;
    const Service = { ...showService(service), Tags: orNull(service.Tags) };
    return { ModifyIndex: service.ModifyIndex, Json: JSON.stringify({ Service }) };
  }
  const check = store.checkTable.get(Node, ID);
  if (!check) return undefined;
  const Check = { ...showCheck(check), ServiceTags: orNull(check.ServiceTags) };
  return { ModifyIndex: check.ModifyIndex, Json: JSON.stringify({ Check }) };
}

/** Only here Consul shows what it stores rather than a list: no tags are null. */
const orNull = (tags: string[]) => (tags.length > 0 ? tags : null);

const title = ({ Kind }: CatalogTxnOp) => `${Kind[0]!.toUpperCase()}${Kind.slice(1)}`;

function describe({ Kind, Node, ID }: CatalogTxnOp): string {
  if (Kind === 'node') return `node ${JSON.stringify(Node)}`;
  return `${Kind} ${JSON.stringify(ID)} on node ${JSON.stringify(Node)}`;
}

const deregistrationOf = ({ Kind, Node, ID }: CatalogTxnOp) => ({
  Datacenter: '',
  Node,
  ServiceID: Kind === 'service' ? ID : '',
  CheckID: Kind === 'check' ? ID : '',
});

function require(holds: boolean, what: string): void {
  if (!holds) throw new OpFault(what);
}
