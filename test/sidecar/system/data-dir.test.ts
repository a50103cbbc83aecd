import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readlinkSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { openDataDir } from '../../../sidecar/system/data-dir.ts';
import { aFolder } from '../scratch.ts';

const module = new URL('../../../sidecar/system/data-dir.ts', import.meta.url).href;

/** Runs what follows without a byte for any file, as on a full disk. */
const withoutRoom = ['bash', '-c', 'ulimit -f 0; trap "" XFSZ; exec "$@"', '-'];

/** Another process that holds the directory, once it does. */
async function aHolder(dir: string, runner: string[] = []): Promise<ChildProcess> {
  const script = `import { openDataDir } from ${JSON.stringify(module)};
    openDataDir(process.argv[1]); console.log('held'); setInterval(() => {}, 1000);`;
  const [command = '', ...args] = [...runner, process.execPath, '--input-type=module', '-e', script, dir];
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  await new Promise((held, failed) => {
    child.stdout.once('data', held);
    child.once('exit', (code) => failed(new Error(`it ended with ${code} and never had ${dir}`)));
  });
  return child;
}

test('a directory is made, for its owner only, and free again when it is closed', () => {
  const dir = join(aFolder(), 'a/b');
  const { close } = openDataDir(dir);
  expect(statSync(dir).mode & 0o777).toBe(0o700);
  expect(readlinkSync(join(dir, 'lock'))).toMatch(new RegExp(`^${process.pid} `));
  close();
  expect(readdirSync(dir)).toEqual([]);
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
  ['nobody', 'x'],
])('the lock of %s holds nothing', (_what, text) => {
  const dir = aFolder();
  symlinkSync(text, join(dir, 'lock'));
  openDataDir(dir).close();
});

test('on a full disk it can be had, also after the death of who had it there', async () => {
  const dir = aFolder();
  const first = await aHolder(dir, withoutRoom);
  const gone = new Promise((exit) => first.once('exit', exit));
  first.kill('SIGKILL');
  await gone;
  const { pid } = await aHolder(dir, withoutRoom);
  expect(() => openDataDir(dir)).toThrow(`is in use by process ${pid}:`);
});

test('a file, as earlier versions had, is a lock as well', () => {
  const dir = aFolder();
  const { close } = openDataDir(dir);
  const lock = join(dir, 'lock');
  const holder = readlinkSync(lock);
  close();
  writeFileSync(lock, holder);
  expect(() => openDataDir(dir)).toThrow(`is in use by process ${process.pid}:`);
  writeFileSync(lock, '');
  openDataDir(dir).close();
});

test('one that replaced a dead holder by halves and died holds nothing either', () => {
  const dir = aFolder();
  for (const file of ['lock', 'lock.next', 'lock.next.next']) symlinkSync('4194305 boot/1', join(dir, file));
  const { close } = openDataDir(dir);
  expect(readdirSync(dir)).toEqual(['lock']);
  close();
  expect(readdirSync(dir)).toEqual([]);
});

test('a lock that cannot be read is not taken', () => {
  const dir = aFolder();
  mkdirSync(join(dir, 'lock'));
  expect(() => openDataDir(dir)).toThrow(
    /^the data directory .* cannot be used \(EISDIR: .*make it writable/,
  );
  expect(readdirSync(dir)).toEqual(['lock']);
});

/** Another process: told of folders and an instant, it tries to take them all at that instant, and says which it has. */
function aRival(): { take: (dirs: string[], atMs: number) => Promise<string[]> } {
  const script = `import { openDataDir } from ${JSON.stringify(module)};
    import { createInterface } from 'node:readline';
    const isTaken = (dir) => {
      try { return openDataDir(dir), true; } catch (error) {
        if (/is in use by process/.test(error.message)) return false;
        throw error;
      }
    };
    for await (const line of createInterface(process.stdin)) {
      const { dirs, atMs } = JSON.parse(line);
      while (Date.now() < atMs);
      console.log(JSON.stringify(dirs.filter(isTaken)));
    }`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    take: async (dirs, atMs) => {
      child.stdin.write(`${JSON.stringify({ dirs, atMs })}\n`);
      return JSON.parse(String((await lines.next()).value));
    },
  };
}

test('of many that find the lock of a dead process at once, one has it', { timeout: 30_000 }, async () => {
  const rivals = Array.from({ length: 6 }, aRival);
  await Promise.all(rivals.map((rival) => rival.take([], 0)));
  for (let round = 0; round < 5; round += 1) {
    const dirs = Array.from({ length: 100 }, () => {
      const dir = aFolder();
      symlinkSync('4194305 boot/1', join(dir, 'lock'));
      return dir;
    });
    const atMs = Date.now() + 20;
    const taken = (await Promise.all(rivals.map((rival) => rival.take(dirs, atMs)))).flat();
    expect(taken.sort()).toEqual(dirs.sort());
    expect(new Set(dirs.flatMap((dir) => readdirSync(dir)))).toEqual(new Set(['lock']));
  }
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
