import { readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LogFile, type LogFileOptions } from '../../../sidecar/system/log-file.ts';
import { FakeClock } from '../fake-clock.ts';
import { aFolder } from '../scratch.ts';

const dayMs = 24 * 3_600_000;

function aLogFile(more: Partial<LogFileOptions> = {}) {
  const folder = aFolder();
  const clock = new FakeClock();
  const faults: string[] = [];
  const options = {
    path: `${folder}/`,
    rotateBytes: 0,
    rotateMs: dayMs,
    filesMax: 0,
    clock,
    failed: (reason: string) => void faults.push(reason),
    ...more,
  };
  const open = () => new LogFile(options);
  /** Name to content, oldest first. */
  const files = () =>
    Object.fromEntries(
      readdirSync(folder)
        .sort()
        .map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
    );
  return { folder, clock, faults, open, files };
}

/** `<name>-<this>` of what is rotated at the start of the clock. */
const startNs = '1767225600000000000';

test('in a directory it is consul.log, and goes on after a restart', () => {
  const { open, files } = aLogFile();
  open().write('before');
  open().write('after');
  expect(files()).toEqual({ 'consul.log': 'before\nafter\n' });
});

test.each([
  ['a.log', `a-${startNs}.log`],
  ['agent', `agent-${startNs}.log`],
  ['agent.txt', `agent-${startNs}.txt`],
  ['two.parts.json', `two.parts-${startNs}.json`],
])('%s becomes %s', (name, old) => {
  const folder = aFolder();
  const { open } = aLogFile({ path: join(folder, name), rotateBytes: 1 });
  const file = open();
  file.write('old');
  file.write('new');
  expect(readFileSync(join(folder, old), 'utf8')).toBe('old\n');
  expect(readFileSync(join(folder, name), 'utf8')).toBe('new\n');
});

test('the line that reaches the limit is the last in its file', () => {
  const { open, files } = aLogFile({ rotateBytes: 8 });
  const file = open();
  for (const line of ['123', '456', '789']) file.write(line);
  expect(files()).toEqual({ [`consul-${startNs}.log`]: '123\n456\n', 'consul.log': '789\n' });
});

test('the limit counts what was there before a restart', () => {
  const { open, files } = aLogFile({ rotateBytes: 8 });
  open().write('1234567');
  open().write('next');
  expect(files()).toEqual({ [`consul-${startNs}.log`]: '1234567\n', 'consul.log': 'next\n' });
});

test('one that is old enough is begun anew', () => {
  const { open, files, clock } = aLogFile();
  const file = open();
  file.write('first');
  clock.advance(dayMs - 1);
  file.write('same day');
  clock.advance(1);
  file.write('next day');
  expect(Object.values(files())).toEqual(['first\nsame day\n', 'next day\n']);
});

test('files of one moment have names of their own', () => {
  const { open, files } = aLogFile({ rotateBytes: 1 });
  const file = open();
  for (const line of ['1', '2', '3']) file.write(line);
  expect(Object.values(files())).toEqual(['1\n', '2\n', '3\n']);
});

test.each([
  [0, ['1', '2', '3', '4']],
  [2, ['2', '3', '4']],
  [-1, ['4']],
])('with at most %s old files there are %j', (filesMax, kept) => {
  const { open, files } = aLogFile({ rotateBytes: 1, filesMax });
  const file = open();
  for (const line of ['1', '2', '3', '4']) file.write(line);
  expect(Object.values(files())).toEqual(kept.map((line) => `${line}\n`));
});

test('what only looks like an old file stays', () => {
  const { open, files, folder } = aLogFile({ rotateBytes: 1, filesMax: -1 });
  for (const name of ['consul-notes.log', 'consul-.log', 'consul-1.txt'])
    writeFileSync(join(folder, name), '');
  const file = open();
  file.write('1');
  file.write('2');
  expect(Object.keys(files())).toEqual(['consul-.log', 'consul-1.txt', 'consul-notes.log', 'consul.log']);
});

test('a directory that is not there is refused', () => {
  expect(() => aLogFile({ path: join(aFolder(), 'none/') }).open()).toThrow('ENOENT');
});

test('a disk that is full is said once', () => {
  const { open, faults, folder } = aLogFile({ rotateBytes: 1 });
  const path = join(folder, 'consul.log');
  symlinkSync('/dev/full', path);
  const file = open();
  file.write('1');
  file.write('2');
  expect(faults).toEqual([expect.stringContaining('ENOSPC')]);
});

test('without a new file the old one goes on, until there can be one', () => {
  const { open, faults, files, folder } = aLogFile({ rotateBytes: 1 });
  const file = open();
  file.write('1');
  renameSync(folder, `${folder}-away`);
  file.write('2');
  file.write('3');
  expect(faults).toEqual([expect.stringContaining('ENOENT')]);
  renameSync(`${folder}-away`, folder);
  file.write('4');
  expect(files()).toEqual({ [`consul-${startNs}.log`]: '1\n2\n3\n', 'consul.log': '4\n' });
});
