/** Which of the hosts that left are remembered. */
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { CatalogStore } from '../../../../src/datacenter/store/catalog-store.ts';
import type { LeftTable } from '../../../../src/datacenter/store/left-table.ts';

const member = (name: string) => ({
  Node: {
    ID: '',
    Node: name,
    Address: '10.0.0.1',
    Datacenter: 'dc1',
    TaggedAddresses: null,
    Meta: null,
    CreateIndex: 1,
    ModifyIndex: 1,
  },
  Role: 'client' as const,
  Version: '1',
});

const inTable = <Result>(name: string, use: (table: LeftTable) => Result): Promise<Result> =>
  runInDurableObject(env.DATACENTERS.getByName(name), (_object, { storage }) =>
    use(new CatalogStore(storage, 'dc1', () => 'catalog').leftTable),
  );

const names = (table: LeftTable, sinceMs: number) => table.since(sinceMs).map(({ Node }) => Node.Node);

it('those that left at the limit of time are remembered, and none from before', () =>
  inTable('left-time', (table) => {
    table.put(member('old'), 999, 0, 9);
    table.put(member('young'), 1_000, 0, 9);
    expect(names(table, 1_000)).toEqual(['young']);
    expect(names(table, 0)).toEqual(['old', 'young']);
    table.put(member('new'), 2_000, 1_000, 9);
    expect(names(table, 0)).toEqual(['new', 'young']);
  }));

it('of too many the newest are', () =>
  inTable('left-count', (table) => {
    for (const [i, name] of ['a', 'b', 'c'].entries()) table.put(member(name), i, 0, 3);
    expect(names(table, 0)).toEqual(['a', 'b', 'c']);
    table.put(member('d'), 4, 0, 3);
    expect(names(table, 0)).toEqual(['b', 'c', 'd']);
  }));

it('one that leaves again, or is back, in whatever case, is one', () =>
  inTable('left-again', (table) => {
    table.put(member('Host'), 1, 0, 9);
    table.put(member('host'), 2, 0, 9);
    expect(table.since(0)).toEqual([{ ...member('host'), Alive: false, Left: true }]);
    table.forget('HOST');
    expect(names(table, 0)).toEqual([]);
  }));
