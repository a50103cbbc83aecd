import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CatalogCache } from '../../../sidecar/cache/catalog-cache.ts';
import { SavedCopies } from '../../../sidecar/cache/saved-copies.ts';
import { loadCopy, saveCopy } from '../../../sidecar/cache/saved-copy.ts';
import { makeLogger } from '../../../sidecar/system/logger.ts';
import type { Change } from '../../../src/shared/protocol/messages.ts';
import { until } from '../../e2e/until.ts';
import { FakeClock } from '../fake-clock.ts';
import { aService } from '../local/declared.ts';
import { aFolder, fillDisk } from '../scratch.ts';
import { catalogOf } from '../sync/catalog-of.ts';
import { eventually } from '../sync/scripted-edge.ts';

const raised = { CreateIndex: 3, ModifyIndex: 5 };
const setNode = (Node: string, Datacenter = 'dc1'): Change => ({
  Set: 'node',
  Row: { ID: '', Node, Address: '', Datacenter, TaggedAddresses: null, Meta: { 'a\nb': '"' }, ...raised },
});

function aCopy(nodeCount: number, datacenter = 'dc1'): CatalogCache {
  const copy = new CatalogCache(datacenter);
  const nodes = Array.from({ length: nodeCount }, (_, i) => setNode(`n${i}`, datacenter));
  const { check } = catalogOf([]);
  copy.apply(7, nodes);
  if (nodeCount > 0)
    copy.apply(9, [
      { Set: 'service', Node: 'n0', Row: { ...aService('web').Service, ...raised } },
      { Set: 'check', Row: { ...check('c1'), Node: 'n0', ...raised } },
    ]);
  copy.catalogId = 'catalog-1';
  return copy;
}
const rows = (copy: CatalogCache) => [...copy.changes()];

describe('a copy on disk', () => {
  test.each([0, 1, 1998, 1999, 5000])('of %d nodes is read back as it was', async (nodeCount) => {
    const path = join(aFolder(), 'copy');
    await saveCopy(path, aCopy(nodeCount), 1234);
    const read = (await loadCopy(path, 'dc1'))!;
    expect(rows(read.cache)).toEqual(rows(aCopy(nodeCount)));
    expect([read.savedAtMs, read.cache.catalogId, read.cache.lastIndex]).toEqual([
      1234,
      'catalog-1',
      nodeCount ? 9 : 7,
    ]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('that is not there is none', async () => {
    expect(await loadCopy(join(aFolder(), 'copy'), 'dc1')).toBeUndefined();
  });

  test.each<[string, (path: string) => void | Promise<void>, RegExp]>([
    ['is empty', (path) => writeFileSync(path, ''), /before its first row/],
    ['is no JSON', (path) => writeFileSync(path, 'x\ny\n'), /JSON/],
    [
      'is of an older format',
      (path) => writeFileSync(path, '{"Format":1}\n{}\n'),
      /its format is 1, .* reads 2/,
    ],
    ['is of another datacenter', (path) => saveCopy(path, aCopy(1, 'dc2'), 0), /of the datacenter "dc2"/],
    ['is a folder', (path) => mkdirSync(path), /EISDIR/],
  ])('that %s is refused', async (_what, make, why) => {
    const path = join(aFolder(), 'copy');
    await make(path);
    await expect(loadCopy(path, 'dc1')).rejects.toThrow(why);
  });

  test('that is torn anywhere, or has one bit changed anywhere, is refused', async () => {
    const path = join(aFolder(), 'copy');
    await saveCopy(path, aCopy(3), 0);
    const whole = readFileSync(path);
    for (let byte = 0; byte < whole.byteLength - 1; byte += 7) {
      writeFileSync(path, whole.subarray(0, byte));
      await expect(loadCopy(path, 'dc1'), `${byte} of ${whole.byteLength} bytes`).rejects.toThrow();
      const flipped = Buffer.from(whole);
      flipped[byte]! ^= 1;
      writeFileSync(path, flipped);
      await expect(loadCopy(path, 'dc1'), `byte ${byte} of ${whole.byteLength}`).rejects.toThrow();
    }
  });

  test('stays whole when the disk is full', async () => {
    const path = join(aFolder(), 'copy');
    await saveCopy(path, aCopy(1), 1);
    fillDisk(path);
    await expect(saveCopy(path, aCopy(2), 2)).rejects.toThrow('ENOSPC');
    expect([(await loadCopy(path, 'dc1'))?.savedAtMs, existsSync(`${path}.next`)]).toEqual([1, false]);
  });
});

describe('saving', () => {
  function copiesIn(dir: string, random = 0) {
    const clock = new FakeClock();
    const lines: string[] = [];
    const logger = makeLogger(
      'cache',
      { level: 'error', json: false, write: (line) => lines.push(line.slice(25)) },
      clock,
    );
    return { clock, lines, copies: new SavedCopies(dir, clock, () => random, logger) };
  }

  test.each([
    [5_000, 0],
    [9_000, 0.8],
  ])('follows a burst of changes once, %d ms after the first by chance', async (delayMs, random) => {
    const dir = aFolder();
    const { copies, clock } = copiesIn(dir, random);
    const holder = { copy: aCopy(1) };
    copies.changed(holder);
    clock.advance(delayMs - 1);
    holder.copy = aCopy(2);
    copies.changed(holder);
    expect([readdirSync(join(dir, 'catalog')), clock.pending]).toEqual([[], 1]);
    clock.advance(1);
    await copies.stop();
    expect(rows((await copies.load('dc1'))!.cache)).toEqual(rows(aCopy(2)));
  });

  /** Of the copy on disk. */
  const savedIndex = async (dir: string, datacenter: string) =>
    (await loadCopy(join(dir, 'catalog', `${datacenter}.ndjson`), datacenter))?.cache.lastIndex;

  test('follows the next changes seldom: 30 s after the first of them', async () => {
    const dir = aFolder();
    const { copies, clock } = copiesIn(dir);
    const copy = aCopy(0);
    const move = (index: number) => {
      copy.apply(index, []);
      copies.changed({ copy });
    };
    move(11);
    clock.advance(4_999);
    move(12);
    expect(clock.pending).toBe(1);
    clock.advance(1);
    await until('it is saved', async () => (await savedIndex(dir, 'dc1')) === 12);
    move(13);
    clock.advance(29_999);
    expect([await savedIndex(dir, 'dc1'), clock.pending]).toEqual([12, 1]);
    clock.advance(1);
    await until('it is saved', async () => (await savedIndex(dir, 'dc1')) === 13);
    expect(clock.pending).toBe(0);
  });

  test('of the first copy of a datacenter does not wait for the next of another', async () => {
    const dir = aFolder();
    const { copies, clock } = copiesIn(dir);
    const copy = aCopy(0);
    copies.changed({ copy });
    clock.advance(5_000);
    await until('it is saved', async () => (await savedIndex(dir, 'dc1')) === 7);
    copy.apply(8, []);
    copies.changed({ copy });
    copies.changed({ copy: aCopy(1, 'dc2') });
    clock.advance(5_000);
    await until('it is saved', async () => (await savedIndex(dir, 'dc2')) === 9);
    expect(await savedIndex(dir, 'dc1')).toBe(7);
  });

  test('is done when the sidecar stops, and not again afterwards', async () => {
    const dir = aFolder();
    const { copies, clock } = copiesIn(dir);
    const path = join(dir, 'catalog/dc1.ndjson');
    copies.changed({ copy: aCopy(1) });
    await copies.stop();
    expect([await savedIndex(dir, 'dc1'), clock.pending]).toEqual([9, 0]);
    const { ino } = statSync(path);
    await copies.stop();
    expect(statSync(path).ino).toBe(ino);
  });

  test('keeps each datacenter apart, whatever its name', async () => {
    const { copies } = copiesIn(aFolder());
    for (const name of ['dc1', 'dc2', '../x']) copies.changed({ copy: aCopy(1, name) });
    await copies.stop();
    for (const name of ['dc1', 'dc2', '../x']) expect((await copies.load(name))?.cache.datacenter).toBe(name);
    expect(await copies.load('dc3')).toBeUndefined();
  });

  test('a copy that cannot be used is set aside, which the log says, and another is kept', async () => {
    const dir = aFolder();
    const { copies, lines } = copiesIn(dir);
    const path = join(dir, 'catalog/dc1.ndjson');
    writeFileSync(path, 'torn');
    expect(await copies.load('dc1')).toBeUndefined();
    expect(lines[0]).toContain(
      `is set aside; the agent goes on without it: path=${path} aside=${path}.damaged`,
    );
    expect(readFileSync(`${path}.damaged`, 'utf8')).toBe('torn');
    copies.changed({ copy: aCopy(1) });
    await copies.stop();
    expect(rows((await copies.load('dc1'))!.cache)).toEqual(rows(aCopy(1)));
  });

  test('that fails is told, keeps the old copy and is tried again with the next change', async () => {
    const dir = aFolder();
    const { copies, clock, lines } = copiesIn(dir);
    const path = join(dir, 'catalog/dc1.ndjson');
    fillDisk(path);
    copies.changed({ copy: aCopy(1) });
    clock.advance(5000);
    await eventually(() => lines.length === 1);
    expect(lines[0]).toContain('[ERROR] cache: the catalog copy cannot be saved: path=');
    copies.changed({ copy: aCopy(1) });
    await copies.stop();
    expect(existsSync(path)).toBe(true);
  });
});
