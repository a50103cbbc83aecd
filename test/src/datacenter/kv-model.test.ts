/** Keys, locks and sessions do what the model of them does, whatever is asked for in whatever order. */
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deleteKey, putKey } from '../../../src/datacenter/kv.ts';
import { createSession, destroySession } from '../../../src/datacenter/sessions.ts';
import { CatalogStore } from '../../../src/datacenter/store/catalog-store.ts';
import type { Transaction } from '../../../src/datacenter/store/transaction.ts';
import { runTxn, TxnAborted } from '../../../src/datacenter/txn.ts';
import type { TxnOp } from '../../../src/requests/txn-request.ts';
import { EdgeHttp } from '../edge-http.ts';
import { KvModel, type ModelEntry, type ModelOp } from './kv-model.ts';

const seed = 20_261_122;

/** Few, so that they meet each other; with the last character there is, and what comes before the surrogates. */
const keyNames = ['a', 'a/', 'a/b', 'b', '\u{10ffff}', '\u{10ffff}x', '\ud7ff', '\ue000'];
const prefixes = ['', 'a', 'a/', 'c', '\u{10ffff}', '\ud7ff'];
const sessionIds = [1, 2, 3].map((i) => `d0a1e2f3-0000-4000-8000-00000000000${i}`);

const Key = fc.constantFrom(...keyNames);
const Value = fc.constantFrom('', 'x', 'y');
const Flags = fc.constantFrom('0', '18446744073709551615');
const Cas = fc.option(fc.integer({ min: 0, max: 12 }), { nil: undefined });
const Session = fc.constantFrom(...sessionIds);
const as = <Do extends ModelOp['Do']>(...names: Do[]) => fc.constantFrom(...names);

const op: fc.Arbitrary<ModelOp> = fc.oneof(
  fc.record({ Do: as('put'), Key, Value, Flags }),
  fc.record({ Do: as('put'), Key, Value, Flags, Cas }) as fc.Arbitrary<ModelOp>,
  fc.record({ Do: as('acquire', 'release'), Key, Value, Session }),
  fc.record({ Do: as('delete'), Key, Cas }) as fc.Arbitrary<ModelOp>,
  fc.record({ Do: as('delete-tree'), Key: fc.constantFrom(...prefixes) }),
  fc.record({ Do: as('destroy'), Session }),
);
const txnOp = fc.oneof(op, fc.record({ Do: as('check'), Key }));

type Step =
  | { One: ModelOp }
  | { Txn: ModelOp[] }
  | { Create: string; Behavior: 'release' | 'delete'; DelayMs: number }
  | { LaterMs: number }
  | { Reload: true };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ One: op }) },
  { weight: 3, arbitrary: fc.record({ Txn: fc.array(txnOp, { maxLength: 4 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      Create: Session,
      Behavior: fc.constantFrom('release', 'delete'),
      DelayMs: fc.constantFrom(0, 1_000),
    }),
  },
  fc.record({ LaterMs: fc.constantFrom(1, 999, 1_000) }),
  fc.constant({ Reload: true as const }),
);

const bytesOf = (text: string) => new TextEncoder().encode(text);

function runOne(tx: Transaction, one: ModelOp): boolean {
  switch (one.Do) {
    case 'put':
      return putKey(tx, {
        Key: one.Key,
        Value: bytesOf(one.Value),
        Flags: one.Flags,
        TTLMs: null,
        ...(one.Cas === undefined ? {} : { Cas: one.Cas }),
      });
    case 'acquire':
    case 'release': {
      const put = { Key: one.Key, Value: bytesOf(one.Value), Flags: '0', TTLMs: null };
      return putKey(
        tx,
        one.Do === 'acquire' ? { ...put, Acquire: one.Session } : { ...put, Release: one.Session },
      );
    }
    case 'delete':
      return deleteKey(tx, {
        Key: one.Key,
        Recurse: false,
        ...(one.Cas === undefined ? {} : { Cas: one.Cas }),
      });
    case 'delete-tree':
      return deleteKey(tx, { Key: one.Key, Recurse: true });
    case 'destroy':
      destroySession(tx, one.Session);
      return true;
    case 'check':
      return tx.store.kvTable.get(one.Key) !== undefined;
  }
}

const verbs = { acquire: 'lock', release: 'unlock', 'delete-tree': 'delete-tree', check: 'get' } as const;

function asTxnOp(one: ModelOp): TxnOp {
  if (one.Do === 'destroy') return { Kind: 'session', Verb: 'delete', ID: one.Session };
  const cas = 'Cas' in one && one.Cas !== undefined;
  const plain = { put: cas ? 'cas' : 'set', delete: cas ? 'delete-cas' : 'delete', ...verbs };
  return {
    Kind: 'kv',
    Verb: plain[one.Do],
    Key: one.Key,
    Value: bytesOf('Value' in one ? one.Value : ''),
    Flags: 'Flags' in one ? one.Flags : '0',
    Index: cas ? one.Cas! : 0,
    Session: 'Session' in one ? one.Session : '',
    TTLMs: null,
  };
}

/** True: all done. A fault undoes it, as it would in the object. */
function runTxnOf(store: CatalogStore, ops: ModelOp[], nowMs: number): boolean[] {
  try {
    store.transact(nowMs, (tx) => runTxn(tx, ops.map(asTxnOp)));
    return ops.map(() => true);
  } catch (error) {
    if (!(error instanceof TxnAborted)) throw error;
    const failed = new Set(error.errors.map(({ OpIndex }) => OpIndex));
    return ops.map((_, i) => !failed.has(i));
  }
}

function runAlone(store: CatalogStore, one: ModelOp, nowMs: number): boolean {
  try {
    return store.transact(nowMs, (tx) => runOne(tx, one)).Result;
  } catch {
    return false;
  }
}

function create(
  store: CatalogStore,
  model: KvModel,
  { Create, Behavior, DelayMs }: Extract<Step, { Create: string }>,
) {
  if (model.sessions.has(Create)) return;
  store.transact(model.nowMs, (tx) =>
    createSession(tx, Create, {
      Name: '',
      Node: 'n1',
      LockDelay: DelayMs * 1e6,
      Behavior,
      TTL: '',
      NodeChecks: [],
      ServiceChecks: null,
    }),
  );
  model.sessions.set(Create, { Behavior, DelayMs });
  model.index += 1;
}

function expectSame(store: CatalogStore, model: KvModel): void {
  const there = store.kvTable.under('').map(({ Key: key, Value: value, TTLMs, ExpiresAtMs, ...rest }) => {
    return [key, { ...rest, Value: new TextDecoder().decode(value) }] as [string, ModelEntry];
  });
  expect(new Map(there)).toEqual(model.keys);
  expect(new Set(store.sessionTable.all().map(({ ID }) => ID))).toEqual(new Set(model.sessions.keys()));
  expect(store.lastIndex).toBe(model.index);
  for (const prefix of prefixes) {
    const under = [...model.keys.keys()].filter((key) => key.startsWith(prefix));
    expect(new Set(store.kvTable.keysUnder(prefix))).toEqual(new Set(under));
    expect(store.index(`prefix:${prefix}`), `prefix ${prefix}`).toBe(model.prefixIndex(prefix));
  }
}

function runSteps(storage: DurableObjectStorage, steps: Step[]): void {
  let store = new CatalogStore(storage, 'dc1', () => 'catalog');
  const model = new KvModel();
  store.transact(0, (tx) =>
    tx.setNode({ ID: '', Node: 'n1', Address: '', Datacenter: 'dc1', TaggedAddresses: null, Meta: null }),
  );
  model.index += 1;
  for (const one of steps) {
    if ('One' in one) expect(runAlone(store, one.One, model.nowMs)).toBe(model.transact([one.One])[0]);
    else if ('Txn' in one) expect(runTxnOf(store, one.Txn, model.nowMs)).toEqual(model.transact(one.Txn));
    else if ('Create' in one) create(store, model, one);
    else if ('LaterMs' in one) model.nowMs += one.LaterMs;
    else store = new CatalogStore(storage, 'dc1', () => 'catalog');
    expectSame(store, model);
  }
}

const undone = new Error('what this run wrote is undone');

describe('the store of keys', () => {
  it('does what the model does', { timeout: 60_000 }, async () => {
    await runInDurableObject(env.DATACENTERS.getByName('model'), (_object, { storage }) => {
      const property = fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        try {
          storage.transactionSync(() => {
            runSteps(storage, steps);
            throw undone;
          });
        } catch (error) {
          if (error !== undone) throw error;
        }
      });
      fc.assert(property, { seed, numRuns: 400 });
    });
  });
});

/** JSON near to what is meant: the right names, with any value. */
const anyMember = fc.oneof(
  fc.constantFrom<unknown>(
    'set',
    'get',
    'lock',
    'cas',
    'delete-tree',
    '',
    'a',
    null,
    -1,
    1.5,
    1e300,
    2 ** 60,
    true,
  ),
  fc.string(),
  fc.jsonValue({ maxDepth: 1 }),
);
const membersOf = (...names: string[]) =>
  fc.dictionary(fc.constantFrom(...names), anyMember, { maxKeys: names.length });
const anyTxn = fc.oneof(
  fc.array(
    fc.oneof(
      fc.record({ KV: membersOf('Verb', 'Key', 'Value', 'Flags', 'Index', 'Session', 'TTL') }),
      fc.record({ Node: fc.record({ Verb: anyMember, Node: membersOf('Node', 'ID', 'Address', 'Meta') }) }),
      fc.record({
        Service: fc.record({ Verb: anyMember, Node: anyMember, Service: membersOf('Service', 'ID', 'Tags') }),
      }),
      fc.record({
        Check: fc.record({ Verb: anyMember, Check: membersOf('Node', 'CheckID', 'Status', 'Definition') }),
      }),
      fc.record({ Session: fc.record({ Verb: anyMember, Session: membersOf('ID') }) }),
    ),
    { maxLength: 3 },
  ),
  fc.jsonValue(),
);
const anySession = fc.oneof(
  membersOf('Name', 'Node', 'LockDelay', 'Behavior', 'TTL', 'Checks', 'NodeChecks', 'ServiceChecks'),
  fc.jsonValue(),
);
const anyKvPath = fc
  .tuple(
    fc.constantFrom('GET', 'PUT', 'DELETE'),
    fc.string({ unit: 'binary' }),
    fc.dictionary(
      fc.constantFrom('cas', 'flags', 'acquire', 'release', 'ttl', 'recurse', 'keys', 'separator', 'raw'),
      fc.oneof(fc.string(), fc.constantFrom('', '0', '1', '-1', '1s', '18446744073709551616')),
    ),
  )
  .map(
    ([method, key, params]) => `${method} /v1/kv/${encodeURIComponent(key)}?${new URLSearchParams(params)}`,
  );

type Hostile = [request: string, body?: string];
const hostile: fc.Arbitrary<Hostile> = fc.oneof(
  anyTxn.map((body): Hostile => ['PUT /v1/txn', JSON.stringify(body)]),
  anySession.map((body): Hostile => ['PUT /v1/session/create', JSON.stringify(body)]),
  fc
    .tuple(fc.constantFrom('PUT /v1/txn', 'PUT /v1/session/create'), fc.string())
    .map((pair): Hostile => pair),
  anyKvPath.map((path): Hostile => (path.startsWith('PUT') ? [path, 'x'] : [path])),
);

describe('over HTTP', () => {
  it('whatever is sent gets an answer that says why, and what is refused leaves nothing', {
    timeout: 60_000,
  }, async () => {
    const edge = await EdgeHttp.of('hostile');
    const lastIndex = async () => (await edge.object.stats()).applied_index;
    const property = fc.asyncProperty(hostile, async ([request, body]) => {
      const before = await lastIndex();
      const { status, body: text } = await edge.ask(request, body);
      expect(text, `${request} ${body}`).not.toBe('Internal error');
      if (status >= 500) expect(text).not.toBe('');
      if (status >= 400) expect(await lastIndex(), `${request} ${body}`).toBe(before);
    });
    await fc.assert(property, { seed, numRuns: 1_500 });
  });
});
