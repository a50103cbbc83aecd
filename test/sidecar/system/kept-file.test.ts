import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { KeptFile } from '../../../sidecar/system/kept-file.ts';
import { aFolder, fillDisk } from '../scratch.ts';
import { type LoggedLine, makeTestLogger } from '../test-logger.ts';

const value = { Text: 'two\nlines, "é"', List: [1, null] };

function aFile(path = join(aFolder(), 'file'), format = 1) {
  const lines: LoggedLine[] = [];
  return { path, lines, file: new KeptFile<unknown>(path, format, makeTestLogger(lines)) };
}

test('what was written is read back; before that there is nothing', () => {
  const { file, path, lines } = aFile();
  expect(file.read()).toBeUndefined();
  file.write(value);
  expect([file.read(), statSync(path).mode & 0o777, lines]).toEqual([value, 0o600, []]);
});

/** One that was written by an agent of another version. */
function foreign(path: string, format: number): void {
  aFile(path, format).file.write(value);
}

test.each<[string, (path: string) => void, RegExp]>([
  ['is empty', (path) => writeFileSync(path, ''), /JSON/],
  ['has zeros, as after a power cut', (path) => writeFileSync(path, Buffer.alloc(200)), /JSON/],
  [
    'is somebody else\u2019s JSON',
    (path) => writeFileSync(path, '{"a":1}\n'),
    /its format is undefined, .* reads 1/,
  ],
  ['is null', (path) => writeFileSync(path, 'null\n{}\n'), /its format is undefined/],
  ['is of a newer version', (path) => foreign(path, 2), /its format is 2, this version reads 1/],
  ['is of an older version', (path) => foreign(path, 0), /its format is 0, this version reads 1/],
  ['is a folder', (path) => mkdirSync(path), /EISDIR/],
])('a file that %s is set aside, and the log says so', (_what, damage, why) => {
  const { file, path, lines } = aFile();
  damage(path);
  expect([file.read(), existsSync(path), existsSync(`${path}.damaged`)]).toEqual([undefined, false, true]);
  expect(lines).toEqual([
    {
      level: 'error',
      message: 'a file of the data directory cannot be used and is set aside; the agent goes on without it',
      fields: { path, aside: `${path}.damaged`, reason: expect.stringMatching(why) },
    },
  ]);
  file.write(value);
  expect(file.read()).toEqual(value);
});

test('one that was cut short anywhere, or has one bit changed anywhere, is never taken for whole', () => {
  const { file, path } = aFile();
  file.write(value);
  const whole = readFileSync(path);
  for (let byte = 0; byte < whole.length; byte += 1) {
    writeFileSync(path, whole.subarray(0, byte));
    expect(file.read(), `${byte} bytes`).toBeUndefined();
    const flipped = Buffer.from(whole);
    flipped[byte]! ^= 1;
    writeFileSync(path, flipped);
    expect(file.read(), `byte ${byte}`).toBeUndefined();
  }
});

test('what is set aside again and again is kept each time', () => {
  const { file, path } = aFile();
  for (const text of ['one', 'two', 'three']) {
    writeFileSync(path, text);
    file.read();
  }
  const kept = ['damaged', 'damaged-2', 'damaged-3'].map((end) => readFileSync(`${path}.${end}`, 'utf8'));
  expect([kept, readdirSync(dirname(path)).length]).toEqual([['one', 'two', 'three'], 3]);
});

test('what is written while other work goes on is read back', async () => {
  const { file, path } = aFile();
  const chars = await file.replace('é');
  expect([file.read(), readFileSync(path, 'utf8').length]).toEqual(['é', chars]);
});

test('a full disk keeps what was there', async () => {
  const { file, path } = aFile();
  file.write('old');
  fillDisk(path);
  expect(() => file.write('new')).toThrow('ENOSPC');
  fillDisk(path);
  await expect(file.replace('new')).rejects.toThrow('ENOSPC');
  expect([file.read(), readdirSync(dirname(path))]).toEqual(['old', [basename(path)]]);
});
