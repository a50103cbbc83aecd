import { existsSync, mkdtempSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, onTestFinished } from 'vitest';

/** A folder that is gone with the test. */
export function aFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'rollcall-test-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** One for all tests of a file. */
export function sharedFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'rollcall-test-'));
  afterAll(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** From now on the disk is full for whoever replaces the file at `path`, until the result is called. */
export function fillDisk(path: string): () => void {
  symlinkSync('/dev/full', `${path}.next`);
  return () => rmSync(`${path}.next`, { force: true });
}

/** As {@link fillDisk}, for whoever adds to the file at `path`; what that has is out of reach meanwhile. */
export function fillDiskUnder(path: string): () => void {
  const aside = `${path}.aside`;
  if (existsSync(path)) renameSync(path, aside);
  symlinkSync('/dev/full', path);
  return () => {
    rmSync(path, { force: true });
    if (existsSync(aside)) renameSync(aside, path);
  };
}
