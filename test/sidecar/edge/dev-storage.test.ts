import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { makeDevStorage } from '../../../sidecar/edge/dev-storage.ts';

test('is gone when it is removed, and each has its own', () => {
  const [one, two] = [makeDevStorage(), makeDevStorage()];
  expect(one.dir).not.toBe(two.dir);
  mkdirSync(join(one.dir, 'storage'));
  for (const { remove } of [one, two]) remove();
  expect([existsSync(one.dir), existsSync(two.dir)]).toEqual([false, false]);
});

/** Greater than any process has: it is dead for certain. */
const deadPid = 2 ** 22 + 1;

test.each([
  ['what a killed agent left is removed by the next', `rollcall-dev-${deadPid}-abc`, false],
  ['what a living one has is not', `rollcall-dev-${process.pid}-abc`, true],
  ['nor what is something else', `rollcall-dev-x-${deadPid}`, true],
])('%s', (_what, name, stays) => {
  const first = makeDevStorage();
  const left = join(dirname(first.dir), name);
  mkdirSync(left);
  onTestFinished(() => rmSync(left, { recursive: true, force: true }));
  makeDevStorage().remove();
  first.remove();
  expect(existsSync(left)).toBe(stays);
});
