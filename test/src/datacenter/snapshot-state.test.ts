/** The state in a snapshot: its limit, and what is no row of the tables. */
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { putKey } from '../../../src/datacenter/kv.ts';
import { snapshotLineBytesMax } from '../../../src/datacenter/limits.ts';
import { encodeState, insertState } from '../../../src/datacenter/snapshot-state.ts';
import { CatalogStore } from '../../../src/datacenter/store/catalog-store.ts';

const undone = new Error('each test begins with an empty catalog');

const law = (name: string, test: (store: CatalogStore) => void) =>
  it(name, () =>
    runInDurableObject(env.DATACENTERS.getByName('snapshot-state'), (_object, { storage }) => {
      try {
        storage.transactionSync(() => {
          test(new CatalogStore(storage, 'dc1', () => crypto.randomUUID()));
          throw undone;
        });
      } catch (error) {
        if (error !== undone) throw error;
      }
    }),
  );

/** As it is written, in pieces. */
function encode(store: CatalogStore): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  encodeState(store.dump, (bytes) => void chunks.push(bytes));
  return chunks;
}

const insert = (store: CatalogStore, ...lines: unknown[]) => {
  const state = new TextEncoder().encode(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return () => store.replace(5, (dump) => insertState(dump, [state], { index: 5, shiftMs: 1_000 }));
};

const put = (store: CatalogStore, Key: string) =>
  store.transact(0, (tx) => putKey(tx, { Key, Value: new Uint8Array([1, 2]), Flags: '0', TTLMs: 60_000 }));

describe('a state', () => {
  law('is read in pieces of any size', (store) => {
    put(store, 'ä"');
    const whole = Uint8Array.from(encode(store).flatMap((chunk) => [...chunk]));
    for (const size of [1, 2, 7, 100]) {
      const pieces: Uint8Array[] = [];
      for (let at = 0; at < whole.byteLength; at += size) pieces.push(whole.subarray(at, at + size));
      store.replace(store.lastIndex, (dump) => insertState(dump, pieces, { index: 2, shiftMs: 0 }));
      expect(store.kvTable.keysUnder('')).toEqual(['ä"']);
    }
  });

  law('has lines as long as any row can be, and no longer ones', (store) => {
    const state = (bytes: number) => [new Uint8Array(bytes - 1).fill(0x20), new TextEncoder().encode('[')];
    const restore = (bytes: number) => () =>
      store.replace(5, (dump) => insertState(dump, state(bytes), { index: 5, shiftMs: 0 }));
    expect(restore(snapshotLineBytesMax)).toThrow('line 1: no JSON');
    expect(restore(snapshotLineBytesMax + 1)).toThrow(
      `line 1: more than ${snapshotLineBytesMax} bytes in one line`,
    );
  });

  law('brings every table back, and instants as far in the future as they were', (store) => {
    put(store, 'a');
    const state = encode(store);
    put(store, 'b');
    store.replace(store.lastIndex, (dump) => insertState(dump, state, { index: 2, shiftMs: 1_000 }));
    expect(store.kvTable.keysUnder('')).toEqual(['a']);
    expect(store.kvTable.get('a')).toMatchObject({ TTLMs: 60_000, ExpiresAtMs: 61_000 });
  });

  law('gives another catalog with a higher index', (store) => {
    put(store, 'a');
    const { catalogId, lastIndex } = store;
    insert(store)();
    expect(store.lastIndex).toBe(Math.max(lastIndex, 5) + 1);
    expect(store.catalogId).not.toBe(catalogId);
    expect(put(store, 'a').Index).toBe(store.lastIndex);
  });

  const header = { Table: 'lock_delays', Columns: ['Key', 'UntilMs'] };
  const indexed = ['Key', 'Flags', 'LockIndex', 'Session', 'CreateIndex', 'ModifyIndex', 'Value'];
  const refusals: [what: string, lines: unknown[], message: string][] = [
    ['a row before any table', [['k', 1]], 'line 1: a row of no table'],
    ['a table that is not here', [{ Table: 'nope', Columns: [] }], 'line 1: no table "nope"'],
    [
      'what keeps the tables themselves',
      [{ Table: 'migrations', Columns: ['Step'] }],
      'line 1: no table "migrations"',
    ],
    [
      'a column that is not here',
      [{ Table: 'lock_delays', Columns: ['Key', 'UntilMs', 'X'] }],
      'line 1: no column "X" in lock_delays',
    ],
    [
      'a column that is missing',
      [{ Table: 'lock_delays', Columns: ['Key'] }],
      'line 1: lock_delays has no UntilMs',
    ],
    [
      'a column twice',
      [{ Table: 'lock_delays', Columns: ['Key', 'UntilMs', 'Key'] }],
      'line 1: a column of lock_delays twice',
    ],
    ['too few cells', [header, ['k']], 'line 2: 1 cells for the 2 columns of lock_delays'],
    ['text for a number', [header, ['k', '1']], 'line 2: "1" is no lock_delays.UntilMs'],
    ['null where there must be a value', [header, [null, 1]], 'line 2: null is no lock_delays.Key'],
    ['the same key twice', [header, ['k', 1], ['k', 1]], 'line 3: UNIQUE constraint failed: lock_delays.Key'],
    [
      'an index past that of the snapshot',
      [{ Table: 'kv', Columns: indexed }, ['k', '0', 0, '', 1, 6, '']],
      'line 2: 6 is no kv.ModifyIndex',
    ],
    [
      'a blob that is no base64',
      [{ Table: 'kv', Columns: indexed }, ['k', '0', 0, '', 1, 5, '?']],
      'line 2: "?" is no kv.Value',
    ],
    [
      'an entity that is no JSON object',
      [
        { Table: 'nodes', Columns: ['Node', 'ID', 'Data', 'CreateIndex', 'ModifyIndex'] },
        ['n', '', '[]', 1, 1],
      ],
      'line 2: "[]" is no nodes.Data',
    ],
  ];
  for (const [what, lines, message] of refusals)
    law(`with ${what} is refused, and what was there stays`, (store) => {
      put(store, 'a');
      expect(insert(store, ...lines)).toThrow(`failed to restore snapshot: ${message}`);
      expect(store.kvTable.keysUnder('')).toEqual(['a']);
    });
});
