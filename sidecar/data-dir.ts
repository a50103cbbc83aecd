/**
 * The data directory: made, tried, and taken for this process alone, so that two agents never write the same files. The
 * lock names its holder; a holder that is dead (killed, or the host was switched off) holds nothing.
 */
import {
  accessSync,
  constants,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** @throws with what to do when the directory cannot be used. */
export function openDataDir(path: string): { close: () => void } {
  try {
    makeDir(resolve(path));
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    return takeLock(join(path, 'lock'), path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new Error(
      `the data directory ${path} cannot be used (${message}): make it writable for this user, or name another (-data-dir)`,
    );
  }
}

/** With its parents. Node's own way of making those never returns where a file system answers ENOENT, as /proc does. */
function makeDir(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  const parent = dirname(path);
  if (!existsSync(parent)) makeDir(parent);
  mkdirSync(path, { mode: 0o700 });
}

function takeLock(lock: string, dataDir: string): { close: () => void } {
  const mine = `${lock}.${process.pid}`;
  writeFileSync(mine, holderText(process.pid), { mode: 0o600 });
  try {
    for (;;) {
      if (link(mine, lock)) return { close: () => rmSync(lock, { force: true }) };
      const holder = readIfThere(lock);
      if (holder !== undefined && isAlive(holder))
        throw new Error(
          `the data directory ${dataDir} is in use by process ${holder.split(' ')[0]}: stop that agent, or name another ` +
            'directory (-data-dir)',
        );
      rmSync(lock, { force: true });
    }
  } finally {
    unlinkSync(mine);
  }
}

/** Whoever links first has the lock; there is no moment in which it is half taken. */
function link(mine: string, lock: string): boolean {
  try {
    linkSync(mine, lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** The process and when it started: after a restart of the host its number may be another's. */
const holderText = (pid: number) => `${pid} ${startOf(pid) ?? ''}`;

function isAlive(holder: string): boolean {
  const [pid, start] = holder.split(' ');
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return (startOf(Number(pid)) ?? '') === start;
}

/** In the kernel's ticks since boot, together with the boot; undefined where there is no /proc. */
function startOf(pid: number): string | undefined {
  const stat = readIfThere(`/proc/${pid}/stat`);
  const boot = readIfThere('/proc/sys/kernel/random/boot_id');
  // The name in parentheses may hold anything; the start is the 20th field after it.
  return stat && `${boot?.trim()}/${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
