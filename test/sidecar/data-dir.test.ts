import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openDataDir } from '../../sidecar/data-dir.ts';
import { aFolder } from './scratch.ts';

/** Another process that holds the directory, once it does. */
async function aHolder(dir: string): Promise<ChildProcess> {
  const module = new URL('../../sidecar/data-dir.ts', import.meta.url).href;
  const script = `import { openDataDir } from ${JSON.stringify(module)};
    openDataDir(process.argv[1]); console.log('held'); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, dir], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  await new Promise((held) => child.stdout.once('data', held));
  return child;
}

test('a directory is made, for its owner only, and free again when it is closed', () => {
  const dir = join(aFolder(), 'a/b');
  const { close } = openDataDir(dir);
  expect(statSync(dir).mode & 0o777).toBe(0o700);
  expect(readFileSync(join(dir, 'lock'), 'utf8')).toMatch(new RegExp(`^${process.pid} `));
  close();
  expect(existsSync(join(dir, 'lock'))).toBe(false);
  openDataDir(dir).close();
});

test('a second agent is told who has it; after a SIGKILL it is free', async () => {
  const dir = aFolder();
  const holder = await aHolder(dir);
  expect(() => openDataDir(dir)).toThrow(
    `the data directory ${dir} is in use by process ${holder.pid}: stop that agent, or name another directory (-data-dir)`,
  );
  const gone = new Promise((exit) => holder.once('exit', exit));
  holder.kill('SIGKILL');
  await gone;
  openDataDir(dir).close();
});

test.each([
  ['a process that is no more', `${2 ** 22 + 1} boot/1`],
  ['a process whose number another has now', `${process.pid} another-boot/1`],
  ['nobody', ''],
])('the lock of %s holds nothing', (_what, text) => {
  const dir = aFolder();
  writeFileSync(join(dir, 'lock'), text);
  openDataDir(dir).close();
});

test.each([
  ['a file is in the way', (dir: string) => join(dir, 'file')],
  ['the disk cannot be written', () => '/proc/rollcall'],
])('when %s the message says what to do', (_what, place) => {
  const dir = aFolder();
  writeFileSync(join(dir, 'file'), '');
  expect(() => openDataDir(place(dir))).toThrow(
    /^the data directory .* cannot be used \(.*\): make it writable for this user, or name another \(-data-dir\)$/,
  );
});
