/** A system for a test, or one for all tests of a file: stopped and examined at the end, its logs printed on failure. */
import { afterAll, afterEach, test as base, beforeAll } from 'vitest';
import { System } from './system.ts';

/** Vitest's `test`, with a system that is stopped and examined at the end. */
export const test = base.extend<{ system: System }>({
  system: async ({ onTestFailed }, use) => {
    const system = new System();
    let logs = '';
    onTestFailed(() => void process.stderr.write(logs));
    await use(system);
    logs = system.logs();
    await system.stop();
  },
});

/** One system for all tests of a file: `build` makes its parts before the first, the result is to be called in the tests. */
export function shareSystem<Parts>(build: (system: System) => Promise<Parts>): () => Parts {
  let system: System;
  let parts: Parts;
  let failed = true;
  beforeAll(async () => {
    system = new System();
    parts = await build(system);
    failed = false;
  });
  afterEach(({ task }) => {
    failed ||= task.result?.state === 'fail';
  });
  afterAll(async () => {
    if (failed) process.stderr.write(system.logs());
    await system.stop();
  });
  return () => parts;
}
