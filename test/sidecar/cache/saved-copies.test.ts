/** When copies are written: soon at first, seldom afterwards, each by itself, and what is left at the end. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CatalogCache } from '../../../sidecar/cache/catalog-cache.ts';
import { SavedCopies } from '../../../sidecar/cache/saved-copies.ts';
import { readIfThere } from '../../../sidecar/durable-file.ts';
import { until } from '../../e2e/until.ts';
import { FakeClock } from '../fake-clock.ts';
import { aFolder } from '../scratch.ts';
import { makeTestLogger } from '../test-logger.ts';

function setUp() {
  const dir = aFolder();
  const clock = new FakeClock();
  const copies = new SavedCopies(dir, clock, () => 0, makeTestLogger());
  const copyOf = (datacenter: string) => {
    const copy = new CatalogCache(datacenter);
    copy.catalogId = 'catalog';
    return copy;
  };
  const move = (copy: CatalogCache, index: number) => {
    copy.apply(index, []);
    copies.changed({ copy });
  };
  const path = (datacenter: string) => join(dir, 'catalog', `${datacenter}.ndjson`);
  const isSaved = (datacenter: string, index: number) =>
    readIfThere(path(datacenter))?.includes(`"Index":${index}`) ?? false;
  const saved = (datacenter: string, index: number) =>
    until(`index ${index} of ${datacenter} is saved`, async () => isSaved(datacenter, index));
  return {
    clock,
    copies,
    copyOf,
    move,
    isSaved,
    saved,
    text: (dc: string) => readFileSync(path(dc), 'utf8'),
  };
}

it('the first copy is saved 5 s after it changed, the next 30 s after the change that follows', async () => {
  const { clock, copyOf, move, isSaved, saved } = setUp();
  const copy = copyOf('dc1');
  move(copy, 1);
  clock.advance(4_999);
  move(copy, 2);
  expect(clock.pending).toBe(1);
  clock.advance(1);
  await saved('dc1', 2);
  move(copy, 3);
  clock.advance(29_999);
  expect(isSaved('dc1', 3)).toBe(false);
  clock.advance(1);
  await saved('dc1', 3);
  expect(clock.pending).toBe(0);
});

it('the first copy of another datacenter does not wait for the next of the first', async () => {
  const { clock, copyOf, move, isSaved, saved } = setUp();
  const own = copyOf('dc1');
  move(own, 1);
  clock.advance(5_000);
  await saved('dc1', 1);
  move(own, 2);
  move(copyOf('dc2'), 7);
  clock.advance(5_000);
  await saved('dc2', 7);
  expect(isSaved('dc1', 2)).toBe(false);
});

it('what is not saved yet is when the sidecar stops, and nothing is afterwards', async () => {
  const { clock, copies, copyOf, move, isSaved, text } = setUp();
  const copy = copyOf('dc1');
  move(copy, 1);
  await copies.stop();
  expect(isSaved('dc1', 1)).toBe(true);
  const before = text('dc1');
  expect(clock.pending).toBe(0);
  await copies.stop();
  expect(text('dc1')).toBe(before);
});
