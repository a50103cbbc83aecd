/**
 * A file that is either the old one or the new one, whole, whatever dies when: written beside, flushed, renamed over. Or one
 * that only grows, each addition flushed. Readable by its owner only, for definitions may carry tokens.
 */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

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

/** As {@link writeDurably}, and other work goes on meanwhile: not to be done twice at once. @throws as that does. */
export async function replaceDurably(path: string, text: string): Promise<void> {
  const next = `${path}.next`;
  const file = await open(next, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } catch (error) {
    await rm(next, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  await rename(next, path);
  await flushFolderAside(dirname(path));
}

/**
 * Adds to the end of a file, which is made where there is none, while other work goes on. Gives the bytes it then has.
 * @throws what the disk says; the file is then as it was before, unless the disk refuses that as well.
 */
export async function appendDurably(path: string, text: string): Promise<number> {
  const file = await open(path, 'a', 0o600);
  try {
    const { size } = await file.stat();
    try {
      await file.appendFile(text);
      await file.datasync();
      if (size === 0) await flushFolderAside(dirname(path));
    } catch (error) {
      await file.truncate(size).catch(() => undefined);
      throw error;
    }
    return size + Buffer.byteLength(text);
  } finally {
    await file.close();
  }
}

/** @throws what the disk says. */
export async function removeIfThere(path: string): Promise<void> {
  await rm(path, { force: true });
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
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
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
