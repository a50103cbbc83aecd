import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** An empty directory that lives as long as the test. */
export function aDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'checks-test-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

/** Whether a process runs; one that has ended and only waits to be collected does not. */
export function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** A script that starts a child, writes "its own pid, the child's pid" to a file and hangs. */
export function aHangingFamily(): { script: string; pids: () => number[] } {
  const file = join(aDirectory(), 'pids');
  return {
    script: `sleep 60 & echo $$ $! > ${file}.new; mv ${file}.new ${file}; echo before; wait`,
    pids: () => readFileSync(file, 'utf8').trim().split(' ').map(Number),
  };
}
