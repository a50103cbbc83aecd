/** The store obeys every law of the catalog in a Durable Object's SQLite, also once it was loaded again. */
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { changesSince } from '../../../../src/datacenter/copy.ts';
import { deleteKey, putKey } from '../../../../src/datacenter/kv.ts';
import { CatalogStore } from '../../../../src/datacenter/store/catalog-store.ts';
import type { Topic } from '../../../../src/shared/catalog-reader.ts';
import { gone, host, service } from '../../../cases/catalog/bodies.ts';
import {
  applyStep,
  type CatalogCase,
  indexesOf,
  raisedBetween,
  watchedTopics,
} from '../../../cases/catalog/catalog-case.ts';
import { indexCases } from '../../../cases/catalog/index-cases.ts';
import { readCases } from '../../../cases/catalog/read-cases.ts';

/** A store over the storage of an object that nobody else uses; `reload` is the next life of the same catalog. */
function inStorage<Result>(name: string, use: (reload: () => CatalogStore) => Result): Promise<Result> {
  return runInDurableObject(env.DATACENTERS.getByName(name), (_object, { storage }) =>
    use(() => new CatalogStore(storage, 'dc1', () => 'catalog')),
  );
}

function runCase({ given = [], step, ...one }: CatalogCase, store: CatalogStore) {
  for (const earlier of given) applyStep(store, earlier);
  const topics = watchedTopics({ step, ...one });
  const before = indexesOf(store, topics);
  const committed = applyStep(store, step);
  return { committed, raised: raisedBetween(before, indexesOf(store, topics)), topics };
}

describe('the store', () => {
  it.each(indexCases)('$law', async (one) => {
    await inStorage(one.law, (reload) => {
      const { committed, raised } = runCase(one, reload());
      expect(committed.Topics.sort()).toEqual([...one.raises!].sort());
      expect(raised).toEqual([...one.raises!].sort());
      expect(committed.Result).toEqual(one.refused ?? []);
      expect(committed.Changes.length > 0).toBe(one.raises!.length > 0);
    });
  });

  it.each(readCases)('$law', async (one) => {
    await inStorage(one.law, (reload) => {
      const store = reload();
      const { committed } = runCase(one, store);
      expect(one.read!(store)).toEqual(one.gives);
      expect(committed.Result).toEqual(one.refused ?? []);
      expect(one.read!(reload())).toEqual(one.gives);
    });
  });

  it.each(indexCases)('loaded again, no index fell: $law', async (one) => {
    await inStorage(`again: ${one.law}`, (reload) => {
      const store = reload();
      const { topics, raised } = runCase(one, store);
      const before = indexesOf(store, topics);
      const after = reload();
      expect(after.lastIndex).toBe(store.lastIndex);
      raisedBetween(before, indexesOf(after, topics));
      for (const topic of raised) expect(after.index(topic)).toBe(store.index(topic));
    });
  });
});

describe('the index', () => {
  const everything: Topic[] = ['nodes', 'services', 'checks', 'node:n1', 'service:web'];

  it('is 1 in a catalog that was never written', async () => {
    await inStorage('never written', (reload) => {
      expect(reload().lastIndex).toBe(1);
      expect([...indexesOf(reload(), everything).values()]).toEqual([1, 1, 1, 1, 1]);
    });
  });

  it('is never given twice, not even after all was deleted, forgotten and loaded again', async () => {
    await inStorage('forgotten', (reload) => {
      const store = reload();
      applyStep(store, service('n1', 'web'), 1_000);
      applyStep(store, gone('n1'), 1_000);
      store.prune(1_001);
      const again = reload();
      expect(again.prunedIndex).toBe(3);
      expect(again.lastIndex).toBe(3);
      raisedBetween(indexesOf(store, everything), indexesOf(again, everything));
      expect(applyStep(again, host('n1')).Index).toBe(4);
    });
  });

  it('of a service remembers under which names an instance went', async () => {
    await inStorage('two names', (reload) => {
      const store = reload();
      for (const name of ['web', 'api']) {
        applyStep(store, service('n1', name, { ID: 'x' }));
        applyStep(store, gone('n1', { ServiceID: 'x' }));
      }
      expect(reload().index('service:web')).toBe(store.index('service:web'));
    });
  });

  it('forgets only what is older than asked', async () => {
    await inStorage('older', (reload) => {
      const store = reload();
      applyStep(store, [host('n1'), host('n2')], 0);
      applyStep(store, gone('n1'), 1_000);
      applyStep(store, gone('n2'), 2_000);
      store.prune(1_000);
      expect(store.prunedIndex).toBe(0);
      store.prune(2_000);
      expect(store.prunedIndex).toBe(3);
      expect(store.tombstones.since(0, 10).map(({ Node }) => Node)).toEqual(['n2']);
    });
  });

  it('of a key that is forgotten is not given twice either, and is no reason to copy the catalog anew', async () => {
    await inStorage('key', (reload) => {
      const store = reload();
      applyStep(store, host('n1'));
      const put = { Key: 'k', Value: new Uint8Array(), Flags: '0', TTLMs: null };
      store.transact(1_000, (tx) => putKey(tx, put));
      store.transact(1_000, (tx) => deleteKey(tx, { Key: 'k', Recurse: false }));
      store.prune(1_001);
      const again = reload();
      expect([again.lastIndex, again.prunedIndex]).toEqual([4, 0]);
      expect(changesSince(again, 2, 10)).toEqual([]);
    });
  });

  it('is forgotten without a look at what is too young for it', async () => {
    const keys = Array.from({ length: 1_000 }, (_, i) => `k${i}`);
    await runInDurableObject(env.DATACENTERS.getByName('many forgotten'), (_object, { storage }) => {
      let rowsRead = 0;
      const exec = (sql: string, ...bindings: never[]) => {
        const cursor = storage.sql.exec(sql, ...bindings);
        const rows = cursor.toArray();
        rowsRead += cursor.rowsRead;
        return { toArray: () => rows, next: () => rows.values().next() };
      };
      const counted = { sql: { exec }, transactionSync: storage.transactionSync.bind(storage) };
      const store = new CatalogStore(counted, 'dc1', () => 'catalog');
      const deleteAll = (names: string[], atMs: number) =>
        store.transact(atMs, (tx) => {
          for (const Key of names) putKey(tx, { Key, Value: new Uint8Array(), Flags: '0', TTLMs: null });
          for (const Key of names) deleteKey(tx, { Key, Recurse: false });
        });
      deleteAll(['old'], 1_000);
      deleteAll(keys, 2_000);
      const readBy = (beforeMs: number) => {
        rowsRead = 0;
        store.prune(beforeMs);
        return rowsRead;
      };
      expect(readBy(1_000)).toBeLessThan(10);
      expect(readBy(2_000)).toBeLessThan(20);
      expect(store.kvTable.keyIndex('old')).toBe(0);
      expect(store.kvTable.keyIndex('k1')).toBeGreaterThan(0);
      store.prune(2_001);
      expect(store.kvTable.keyIndex('k1')).toBe(0);
    });
  });

  it('of an action that fails is given to the next', async () => {
    await inStorage('fails', (reload) => {
      const store = reload();
      const fail = () =>
        store.transact(0, (tx) => {
          tx.deleteNode('n1', 'left');
          throw new Error('no');
        });
      applyStep(store, host('n1'));
      expect(fail).toThrow('no');
      expect(store.nodes()).toHaveLength(1);
      expect(applyStep(store, host('n2')).Index).toBe(3);
    });
  });
});
