/** The sidecar's copy obeys every law of the catalog when it is fed with what the store says. */
import { describe, expect, it } from 'vitest';
import { CatalogCache } from '../../../sidecar/cache/catalog-cache.ts';
import { CatalogStore } from '../../../src/datacenter/store/catalog-store.ts';
import type { Change } from '../../../src/shared/protocol/messages.ts';
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
  const moving = topics.map((topic) => [topic, copy.movingIndex(topic)] as const);
  const { Index, Changes } = applyStep(store, step);
  const touched = copy.apply(Index, Changes);
  const moved = moving.map(([topic, { value }]) => [topic, value]);
  return { store, copy, touched, topics, moved, raised: raisedBetween(before, indexesOf(copy, topics)) };
}

describe('the copy', () => {
  it.each(indexCases)('$law', (one) => {
    const { copy, topics, touched, moved, raised } = runOnCopy(one);
    expect([...touched].sort()).toEqual([...one.raises!].sort());
    expect(raised).toEqual([...one.raises!].sort());
    expect(moved).toEqual(topics.map((topic) => [topic, copy.index(topic)]));
  });

  it.each(readCases)('$law', (one) => {
    const { store, copy } = runOnCopy(one);
    expect(one.read!(copy)).toEqual(one.gives);
    expect(copy.lastIndex).toBe(store.lastIndex);
  });
});

const raised = { CreateIndex: 1, ModifyIndex: 1 };

const aService = (ID: string, Service = ID): Change => ({
  Set: 'service',
  Node: 'n1',
  Row: {
    ...raised,
    ID,
    Service,
    Tags: [],
    Address: '',
    Meta: null,
    Port: 0,
    Weights: { Passing: 1, Warning: 1 },
    EnableTagOverride: false,
  },
});

const aCheck = (CheckID: string, ServiceID: string, told?: () => void): Change => ({
  Set: 'check',
  Row: {
    ...raised,
    Node: 'n1',
    CheckID,
    get Name() {
      return 'alive';
    },
    get Status() {
      told?.();
      return 'passing' as const;
    },
    Notes: '',
    Output: '',
    get ServiceID() {
      told?.();
      return ServiceID;
    },
    ServiceName: ServiceID,
    ServiceTags: [],
    Type: 'ttl',
    Definition: {},
  },
});

const aNode: Change = {
  Set: 'node',
  Row: {
    ...raised,
    ID: '',
    Node: 'n1',
    Address: '10.0.0.1',
    Datacenter: 'dc1',
    TaggedAddresses: null,
    Meta: null,
  },
};

const checkIdsOf = (copy: CatalogCache, service: string) =>
  copy.serviceInstances(service).map(({ Checks }) => Checks.map(({ CheckID }) => CheckID));

describe('the checks of a service', () => {
  it('are found without touching those of others on its node', () => {
    const copy = new CatalogCache('dc1');
    let touched = 0;
    const others = Array.from({ length: 1_000 }, (_, i) => `s${i}`);
    copy.apply(1, [aNode, ...others.map((id) => aService(id))]);
    copy.apply(2, [...others.map((id) => aCheck(`check-${id}`, id, () => touched++)), aCheck('node', '')]);
    touched = 0;
    expect(checkIdsOf(copy, 's7')).toEqual([['check-s7', 'node']]);
    expect(copy.serviceChecks('s7').map(({ CheckID }) => CheckID)).toEqual(['check-s7']);
    expect(touched).toBeLessThan(10);
  });

  it('may come before it, and stay when it is registered anew', () => {
    const copy = new CatalogCache('dc1');
    copy.apply(1, [aCheck('c1', 'web'), aCheck('node', ''), aService('web'), aNode, aCheck('c2', 'web')]);
    expect(checkIdsOf(copy, 'web')).toEqual([['c1', 'c2', 'node']]);
    copy.apply(2, [aService('web', 'shop')]);
    expect([checkIdsOf(copy, 'web'), checkIdsOf(copy, 'shop')]).toEqual([[], [['c1', 'c2', 'node']]]);
  });

  it('may move to another service, or to the node', () => {
    const copy = new CatalogCache('dc1');
    copy.apply(1, [aNode, aService('a'), aService('b'), aCheck('c1', 'a')]);
    copy.apply(2, [aCheck('c1', 'b')]);
    expect([checkIdsOf(copy, 'a'), checkIdsOf(copy, 'b')]).toEqual([[[]], [['c1']]]);
    copy.apply(3, [aCheck('c1', '')]);
    expect([checkIdsOf(copy, 'a'), checkIdsOf(copy, 'b')]).toEqual([[['c1']], [['c1']]]);
    copy.apply(4, [{ Delete: 'check', Node: 'n1', ID: 'c1', Index: 4, Reason: 'deregistered' }]);
    expect([checkIdsOf(copy, 'a'), checkIdsOf(copy, 'b'), copy.nodeChecks('n1')]).toEqual([[[]], [[]], []]);
  });

  it('go with it', () => {
    const copy = new CatalogCache('dc1');
    copy.apply(1, [aNode, aService('a'), aCheck('c1', 'a'), aCheck('c2', '')]);
    copy.apply(2, [{ Delete: 'service', Node: 'n1', ID: 'a', Index: 2, Reason: 'deregistered' }]);
    expect(copy.nodeChecks('n1').map(({ CheckID }) => CheckID)).toEqual(['c2']);
    copy.apply(3, [aService('a')]);
    expect(checkIdsOf(copy, 'a')).toEqual([['c2']]);
  });
});
