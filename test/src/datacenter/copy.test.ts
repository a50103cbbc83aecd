/** A copy made in pages or by deltas equals the catalog, whatever is written while it is made. */
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CatalogCache } from '../../../sidecar/cache/catalog-cache.ts';
import { changesSince, pageAfter } from '../../../src/datacenter/copy.ts';
import { CatalogStore } from '../../../src/datacenter/store/catalog-store.ts';
import type { CatalogReader } from '../../../src/shared/catalog-reader.ts';
import { check, gone, host, idOne, idTwo, service } from '../../cases/catalog/bodies.ts';
import { applyStep, type Op } from '../../cases/catalog/catalog-case.ts';

const seed = 20_261_122;

/** Few names, so that writes meet each other; some in another letter case. */
const node = fc.constantFrom('n1', 'n2', 'N2', 'n3');
const serviceName = fc.constantFrom('web', 'Web', 'api');
const serviceId = fc.constantFrom('a', 'b');
const anyServiceId = fc.constantFrom('', 'a', 'b');
const checkId = fc.constantFrom('c', 'd', 'serfHealth');
const status = fc.constantFrom('passing', 'critical');

const op: fc.Arbitrary<Op> = fc.oneof(
  fc.tuple(node, fc.constantFrom('', idOne, idTwo)).map(([name, ID]) => host(name, { ID })),
  fc.tuple(node, serviceName, serviceId).map(([name, called, ID]) => service(name, called, { ID })),
  fc.tuple(node, checkId, status, anyServiceId).map((args) => check(...args)),
  fc.tuple(node, serviceId).map(([name, ServiceID]) => gone(name, { ServiceID })),
  fc.tuple(node, checkId).map(([name, CheckID]) => gone(name, { CheckID })),
  node.map((name) => gone(name)),
);
const step = fc.array(op, { minLength: 1, maxLength: 3 });

/** All that can be read, as one value. */
const everythingIn = (catalog: CatalogReader) => ({
  nodes: catalog.nodes(),
  services: [...catalog.services()],
  checks: catalog.checksInState('any'),
  byNode: ['n1', 'n2', 'n3'].map((name) => [catalog.nodeServices(name), catalog.nodeChecks(name)]),
  byService: ['web', 'api'].map((name) => [catalog.serviceInstances(name), catalog.serviceChecks(name)]),
});

/** Runs the property on a catalog of its own for each set of arguments; the whole in one object. */
async function always<Args extends unknown[]>(
  name: string,
  arbitraries: { [I in keyof Args]: fc.Arbitrary<Args[I]> },
  property: (store: CatalogStore, ...args: Args) => void,
): Promise<void> {
  await runInDurableObject(env.DATACENTERS.getByName(name), (_object, { storage }) => {
    const inNewCatalog = (...args: Args) => {
      try {
        storage.transactionSync(() => {
          property(new CatalogStore(storage, 'dc1', () => 'catalog'), ...args);
          throw undone;
        });
      } catch (error) {
        if (error !== undone) throw error;
      }
    };
    fc.assert(fc.property(...(arbitraries as [fc.Arbitrary<unknown>]), inNewCatalog as () => void), {
      seed,
      numRuns: 300,
    });
  });
}

const undone = new Error('the catalog of this run is undone');

describe('a copy', () => {
  it('in pages, with deltas between them, ends equal to the catalog', async () => {
    const charsMax = fc.integer({ min: 1, max: 1_000 });
    await always('pages', [fc.array(step), fc.array(step), charsMax], (store, before, during, chars) => {
      for (const one of before) applyStep(store, one);
      const copy = new CatalogCache('dc1');
      const writes = during.values();
      for (let cursor: string | undefined = ''; cursor !== undefined; ) {
        const page = pageAfter(store, cursor, chars);
        copy.apply(page.Index, page.Changes);
        cursor = page.Cursor;
        const { value: one } = writes.next();
        if (!one) continue;
        const { Index, Changes } = applyStep(store, one);
        copy.apply(Index, Changes);
      }
      expect(everythingIn(copy)).toEqual(everythingIn(store));
      expect(copy.lastIndex).toBe(store.lastIndex);
    });
  });

  it('that was away catches up with what changed since', async () => {
    await always('away', [fc.array(step), fc.array(step)], (store, before, missed) => {
      const copy = new CatalogCache('dc1');
      for (const one of before) {
        const { Index, Changes } = applyStep(store, one);
        copy.apply(Index, Changes);
      }
      for (const one of missed) applyStep(store, one);
      copy.apply(store.lastIndex, changesSince(store, copy.lastIndex, 1_000)!);
      expect(everythingIn(copy)).toEqual(everythingIn(store));
    });
  });

  it('never claims a higher index than the catalog', async () => {
    await always('indexes', [fc.array(step)], (store, steps) => {
      const topics = [
        'nodes',
        'services',
        'checks',
        'node:n1',
        'node:n2',
        'service:web',
        'service:api',
      ] as const;
      const copy = new CatalogCache('dc1');
      for (const one of steps) {
        const { Index, Changes } = applyStep(store, one);
        copy.apply(Index, Changes);
        for (const topic of topics) expect(copy.index(topic)).toBeLessThanOrEqual(store.index(topic));
      }
    });
  });
});

describe('a page', () => {
  it('ends with the row that fills it, and the next begins after that', async () => {
    await runInDurableObject(env.DATACENTERS.getByName('page'), (_object, { storage }) => {
      const store = new CatalogStore(storage, 'dc1', () => 'catalog');
      // More than are read at a time.
      for (let i = 0; i < 60; i++) applyStep(store, service('n1', 'web', { ID: `web${i}` }));
      const whole = pageAfter(store, '', Number.POSITIVE_INFINITY);
      expect([whole.Changes.length, whole.Cursor]).toEqual([61, undefined]);
      const chars = JSON.stringify(whole.Changes[0]).length;
      expect(pageAfter(store, '', chars).Changes).toHaveLength(1);
      expect(pageAfter(store, '', chars + 1).Changes).toHaveLength(2);
      const { Cursor = '' } = pageAfter(store, '', chars);
      expect(pageAfter(store, Cursor, Number.POSITIVE_INFINITY).Changes).toEqual(whole.Changes.slice(1));
    });
  });
});

describe('what changed since', () => {
  const inStore = (name: string, use: (store: CatalogStore) => void) =>
    runInDurableObject(env.DATACENTERS.getByName(name), (_object, { storage }) =>
      use(new CatalogStore(storage, 'dc1', () => 'catalog')),
    );

  it('names deletions before what was made anew', async () => {
    await inStore('order', (store) => {
      for (const one of [service('n1', 'web'), gone('n1'), service('n1', 'web')]) applyStep(store, one);
      const kinds = changesSince(store, 2, 10)!.map((change) =>
        'Set' in change ? `+${change.Set}` : `-${change.Delete}`,
      );
      expect(kinds).toEqual(['-node', '-service', '+node', '+service']);
    });
  });

  it('is known up to the limit, and not beyond', async () => {
    await inStore('limit', (store) => {
      applyStep(store, [host('n1'), host('n2'), host('n3'), gone('n3')]);
      expect(changesSince(store, 1, 3)).toHaveLength(3);
      expect(changesSince(store, 1, 2)).toBeUndefined();
      const chars = changesSince(store, 1, 3)!.reduce(
        (sum, change) => sum + JSON.stringify(change).length,
        0,
      );
      expect(changesSince(store, 1, 3, chars)).toHaveLength(3);
      expect(changesSince(store, 1, 3, chars - 1)).toBeUndefined();
    });
  });

  it('is unknown once deletions are forgotten, and for an index of the future', async () => {
    await inStore('forgotten', (store) => {
      for (const one of [host('n1'), gone('n1'), host('n2')]) applyStep(store, one, 1_000);
      store.prune(2_000);
      expect(changesSince(store, 2, 10)).toBeUndefined();
      expect(changesSince(store, 3, 10)).toHaveLength(1);
      expect(changesSince(store, 4, 10)).toEqual([]);
      expect(changesSince(store, 5, 10)).toBeUndefined();
    });
  });
});
