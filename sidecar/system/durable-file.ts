/**
 * A file that is either the old one or the new one, whole, whatever dies when: written beside, flushed, renamed over. Or one
 * that only grows, each addition flushed. Readable by its owner only, for definitions may carry tokens.
 */
import {
  closeSync,
  fdatasync,
  fstatSync,
  fsync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

const flush = promisify(fsync);
const flushData = promisify(fdatasync);

/** @throws what the disk says (ENOSPC, EACCES …); the old file is then still there. */
export function writeDurably(path: string, text: string): void {
  const next = `${path}.next`;
  const file = openSync(next, 'w', 0o600);
  try {
    // One write(2) stops short on a disk that fills up, without an error; this goes on until all is written.
    writeFileSync(file, text);
    fsyncSync(file);
  } catch (error) {
    rmSync(next, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
  renameSync(next, path);
  flushFolder(dirname(path));
}

/**
 * As {@link writeDurably}, and other work goes on while the disk is waited for: not to be done twice at once. All else takes
 * microseconds; handed to a thread, each step of it would wait for its turn on a busy event loop. @throws as that does.
 */
export async function replaceDurably(path: string, text: string): Promise<void> {
  const next = `${path}.next`;
  const file = openSync(next, 'w', 0o600);
  try {
    writeFileSync(file, text);
    await flush(file);
  } catch (error) {
    rmSync(next, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
  renameSync(next, path);
  await flushFolderAside(dirname(path));
}

/**
 * Adds to the end of a file, which is made where there is none; other work goes on while the disk is waited for. Gives the
 * bytes it then has. @throws what the disk says; the file is then as it was before, unless the disk refuses that as well.
 */
export async function appendDurably(path: string, text: string): Promise<number> {
  const file = openSync(path, 'a', 0o600);
  try {
    const { size } = fstatSync(file);
    try {
      writeFileSync(file, text);
      await flushData(file);
      if (size === 0) await flushFolderAside(dirname(path));
    } catch (error) {
      cutBack(file, size);
      throw error;
    }
    return size + Buffer.byteLength(text);
  } finally {
    closeSync(file);
  }
}

function cutBack(file: number, bytes: number): void {
  try {
    ftruncateSync(file, bytes);
  } catch {
    // The error that it is cut back for says more.
  }
}

/** @throws what the disk says. */
export function removeIfThere(path: string): void {
  rmSync(path, { force: true });
}

/** A new name in a folder is on disk only when the folder is. */
function flushFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

async function flushFolderAside(path: string): Promise<void> {
  const folder = openSync(path, 'r');
  try {
    await flush(folder);
  } finally {
    closeSync(folder);
  }
}

/** The file's text, or undefined if there is none. @throws any other fault of reading it: what is there is not absent. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (absences.has((error as NodeJS.ErrnoException).code)) return undefined;
    throw error;
  }
}

/** ESRCH: a file of /proc whose process ended between opening and reading. */
const absences = new Set<string | undefined>(['ENOENT', 'ESRCH']);
