/**
 * The data directory: made, tried, and taken for this process alone, so that two agents never write the same files. The
 * lock names its holder; a holder that is dead (killed, or the host was switched off) holds nothing.
 */
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { readIfThere } from './durable-file.ts';

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
  const holder = take(lock, holderText(process.pid));
  if (holder === undefined) return { close: () => rmSync(lock, { force: true }) };
  throw new Error(
    `the data directory ${dataDir} is in use by process ${holder.split(' ')[0]}: stop that agent, or name another ` +
      'directory (-data-dir)',
  );
}

/**
 * Makes `path` a lock that says `mine`; the living holder if it has one. What a dead process holds is replaced only by
 * whoever holds `path`.next, taken in the same way: of all who find the dead one at once, one replaces it, and nobody removes
 * the lock of who was faster.
 */
function take(path: string, mine: string): string | undefined {
  for (;;) {
    if (link(mine, path)) return undefined;
    const holder = readHolder(path);
    if (holder === undefined) continue;
    if (isAlive(holder)) return holder;
    const right = `${path}.next`;
    if (take(right, mine) !== undefined) {
      pause();
      continue;
    }
    // Nobody else may replace it now, and the dead do not remove it.
    if (readHolder(path) === holder) {
      renameSync(right, path);
      return undefined;
    }
    rmSync(right);
  }
}

/** Somebody replaces a dead holder at this moment. */
const pause = () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);

/**
 * A symbolic link that leads nowhere and says who holds the lock. Whoever links first has it; there is no moment in which it
 * is half taken, and it needs no room, so that an agent starts again on a full disk.
 */
function link(mine: string, lock: string): boolean {
  try {
    symlinkSync(mine, lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Undefined if nobody holds it. Agents of earlier versions wrote a file. */
function readHolder(lock: string): string | undefined {
  try {
    return readlinkSync(lock);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (code === 'EINVAL') return readIfThere(lock);
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
