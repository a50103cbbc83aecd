import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  appendDurably,
  readIfThere,
  replaceDurably,
  writeDurably,
} from '../../../sidecar/system/durable-file.ts';
import { aFolder, fillDisk } from '../scratch.ts';

const writers: [string, (path: string, text: string) => void | Promise<void>][] = [
  ['at once', writeDurably],
  ['while other work goes on', replaceDurably],
];

test.each(writers)('what was written %s is read back, and nobody else may read it', async (_how, write) => {
  const path = join(aFolder(), 'file');
  expect(readIfThere(path)).toBeUndefined();
  await write(path, 'one');
  await write(path, 'two');
  expect([readIfThere(path), statSync(path).mode & 0o777]).toEqual(['two', 0o600]);
});

test('a fault of reading is not taken for no file', () => {
  expect(() => readIfThere(aFolder())).toThrow('EISDIR');
});

test('what was added stands at the end, its length is told, and nobody else may read it', async () => {
  const path = join(aFolder(), 'file');
  expect(await appendDurably(path, 'one\n')).toBe(4);
  expect(await appendDurably(path, 'é\n')).toBe(7);
  expect([readIfThere(path), statSync(path).mode & 0o777]).toEqual(['one\né\n', 0o600]);
});

test.each(writers)(
  'a full disk keeps the old file and leaves nothing half written (%s)',
  async (_how, write) => {
    const path = join(aFolder(), 'file');
    await write(path, 'old');
    fillDisk(path);
    await expect(async () => write(path, 'new')).rejects.toThrow('ENOSPC');
    expect([readIfThere(path), existsSync(`${path}.next`)]).toEqual(['old', false]);
  },
);

test.each(['writeDurably', 'replaceDurably', 'appendDurably'])(
  'a disk that takes only a part of the text keeps the old file whole (%s)',
  (write) => {
    const path = join(aFolder(), 'file');
    writeFileSync(path, 'old');
    const module = new URL('../../../sidecar/system/durable-file.ts', import.meta.url).href;
    const script = `import { ${write} } from ${JSON.stringify(module)};
    try { await ${write}(process.argv[1], 'x'.repeat(100_000)); console.log('written'); }
    catch (error) { console.log(error.code); }`;
    // A limit on the size of files stops a write in its middle, as a disk does that fills up.
    const limited = ['-c', 'trap "" XFSZ; ulimit -f 16; exec "$@"', 'sh', process.execPath];
    const { stdout } = spawnSync('sh', [...limited, '--input-type=module', '-e', script, path]);
    expect([String(stdout).trim(), readFileSync(path, 'utf8')]).toEqual(['EFBIG', 'old']);
  },
);
