import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readIfThere, writeDurably } from '../../sidecar/durable-file.ts';
import { aFolder, fillDisk } from './scratch.ts';

test('what was written is read back, and nobody else may read it', () => {
  const path = join(aFolder(), 'file');
  expect(readIfThere(path)).toBeUndefined();
  writeDurably(path, 'one');
  writeDurably(path, 'two');
  expect([readIfThere(path), statSync(path).mode & 0o777]).toEqual(['two', 0o600]);
});

test('a fault of reading is not taken for no file', () => {
  expect(() => readIfThere(aFolder())).toThrow('EISDIR');
});

test('a full disk keeps the old file and leaves nothing half written', () => {
  const path = join(aFolder(), 'file');
  writeDurably(path, 'old');
  fillDisk(path);
  expect(() => writeDurably(path, 'new')).toThrow('ENOSPC');
  expect([readIfThere(path), existsSync(`${path}.next`)]).toEqual(['old', false]);
});

test('a disk that takes only a part of the text keeps the old file whole', () => {
  const path = join(aFolder(), 'file');
  writeFileSync(path, 'old');
  const module = new URL('../../sidecar/durable-file.ts', import.meta.url).href;
  const script = `import { writeDurably } from ${JSON.stringify(module)};
    try { writeDurably(process.argv[1], 'x'.repeat(100_000)); console.log('written'); }
    catch (error) { console.log(error.code); }`;
  // A limit on the size of files stops a write in its middle, as a disk does that fills up.
  const limited = ['-c', 'trap "" XFSZ; ulimit -f 16; exec "$@"', 'sh', process.execPath];
  const { stdout } = spawnSync('sh', [...limited, '--input-type=module', '-e', script, path]);
  expect([String(stdout).trim(), readFileSync(path, 'utf8')]).toEqual(['EFBIG', 'old']);
});
