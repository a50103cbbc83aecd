/** The sidecar's copy obeys every law of the catalog when it is fed with what the store says. */
import { describe, expect, it } from 'vitest';
import { CatalogCache } from '../../../sidecar/cache/catalog-cache.ts';
import { CatalogStore } from '../../../src/datacenter/store/catalog-store.ts';
import {
  applyStep,
  type CatalogCase,
  indexesOf,
  raisedBetween,
  watchedTopics,
} from '../../cases/catalog/catalog-case.ts';
import { indexCases } from '../../cases/catalog/index-cases.ts';
import { readCases } from '../../cases/catalog/read-cases.ts';
import { SqliteStorage } from '../../simulation/sqlite-storage.ts';

function runOnCopy({ given = [], step, ...one }: CatalogCase) {
  const store = new CatalogStore(new SqliteStorage(() => undefined), 'dc1', () => 'catalog');
  const copy = new CatalogCache('dc1');
  for (const earlier of given) {
    const { Index, Changes } = applyStep(store, earlier);
    copy.apply(Index, Changes);
  }
  const topics = watchedTopics({ step, ...one });
  const before = indexesOf(copy, topics);
  const { Index, Changes } = applyStep(store, step);
  const touched = copy.apply(Index, Changes);
  return { store, copy, touched, raised: raisedBetween(before, indexesOf(copy, topics)) };
}

describe('the copy', () => {
  it.each(indexCases)('$law', (one) => {
    const { touched, raised } = runOnCopy(one);
    expect([...touched].sort()).toEqual([...one.raises!].sort());
    expect(raised).toEqual([...one.raises!].sort());
  });

  it.each(readCases)('$law', (one) => {
    const { store, copy } = runOnCopy(one);
    expect(one.read!(copy)).toEqual(one.gives);
    expect(copy.lastIndex).toBe(store.lastIndex);
  });
});
