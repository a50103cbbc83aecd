import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { ConfigWatch, quietMs } from '../../../sidecar/config/config-watch.ts';
import { FakeClock } from '../fake-clock.ts';
import { aFolder } from '../scratch.ts';

function watching(paths: (folder: string) => string[]) {
  const folder = aFolder();
  const clock = new FakeClock();
  const failures: string[] = [];
  let changes = 0;
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  write('a.json', '{}');
  write('notes.txt', '');
  const begin = () => {
    const watch = new ConfigWatch({
      paths: () => paths(folder),
      isConfig: (name) => name.endsWith('.json'),
      clock,
      changed: () => void changes++,
      failed: (reason) => void failures.push(reason),
    });
    watch.start();
    onTestFinished(() => watch.stop());
    return watch;
  };
  /** The system has told of it: something waits for quiet. */
  const noticed = () => vi.waitFor(() => expect(clock.pending).toBe(1));
  const afterQuiet = async () => {
    await noticed();
    clock.advance(quietMs);
    return changes;
  };
  return { folder, clock, failures, write, begin, afterQuiet, noticed, changes: () => changes };
}

test.each<[string, (write: (name: string, text: string) => void, folder: string) => void]>([
  ['is written', (write) => write('a.json', '{"server":true}')],
  ['is added', (write) => write('b.json', '{}')],
  ['is removed', (_, folder) => rmSync(join(folder, 'a.json'))],
  [
    'is replaced',
    (write, folder) => {
      write('a.next', '{ }');
      renameSync(join(folder, 'a.next'), join(folder, 'a.json'));
    },
  ],
])('a file of a folder that %s is a change', async (_, change) => {
  const { begin, write, folder, afterQuiet } = watching((path) => [path]);
  begin();
  change(write, folder);
  expect(await afterQuiet()).toBe(1);
});

test('another file in it is none', async () => {
  const { begin, write, afterQuiet } = watching((path) => [path]);
  begin();
  write('notes.txt', 'more');
  expect(await afterQuiet()).toBe(0);
});

test('many writes are one change, once all is quiet', async () => {
  const { begin, write, clock, noticed, changes, afterQuiet } = watching((path) => [path]);
  begin();
  write('a.json', '{"a":1}');
  write('b.json', '{}');
  await noticed();
  clock.advance(quietMs - 1);
  expect(changes()).toBe(0);
  expect(await afterQuiet()).toBe(1);
});

test('a file that is a link to another than before is a change', async () => {
  const { begin, folder, afterQuiet } = watching((path) => [join(path, 'linked.json')]);
  for (const version of ['1', '2']) {
    mkdirSync(join(folder, version));
    writeFileSync(join(folder, version, 'linked.json'), `{"version": ${version}}`);
  }
  symlinkSync('1', join(folder, '..data'));
  symlinkSync('..data/linked.json', join(folder, 'linked.json'));
  begin();
  symlinkSync('2', join(folder, '..next'));
  renameSync(join(folder, '..next'), join(folder, '..data'));
  expect(await afterQuiet()).toBe(1);
});

test('a folder that is not there is told', () => {
  const { begin, folder, failures } = watching((path) => [join(path, 'none/x.json')]);
  begin();
  expect(failures).toEqual([expect.stringContaining(`${folder}/none: `)]);
});

test('after its end nothing is told', async () => {
  const { begin, write, clock, noticed, changes } = watching((path) => [path]);
  const watch = begin();
  write('a.json', '{"a":1}');
  await noticed();
  watch.stop();
  clock.advance(quietMs);
  expect(changes()).toBe(0);
});
