/**
 * A file that is either the old one or the new one, whole, whatever dies when: written beside, flushed, renamed over.
 * Readable by its owner only, for definitions may carry tokens.
 */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
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

/** A new name in a folder is on disk only when the folder is. */
function flushFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
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
