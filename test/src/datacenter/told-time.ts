/** For a file of tests in which time passes only when it is told to. */
import { afterEach, beforeEach, vi } from 'vitest';

/** When the test began, in ms since 1970. */
export let startMs = 0;

/** It is this long after the test began. */
export const at = (ms: number) => vi.setSystemTime(startMs + ms);

/** Called once in the file. */
export function tellTime(): void {
  beforeEach(() => {
    startMs = Date.now();
    at(0);
  });
  afterEach(() => void vi.useRealTimers());
}
