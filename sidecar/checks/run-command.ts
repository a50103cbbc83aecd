import { type ChildProcess, spawn } from 'node:child_process';
import { onAbort } from './dial.ts';
import { describeSystemError } from './go-error.ts';
import { TailBuffer } from './output.ts';
import type { ProbeContext } from './probe.ts';

export interface CommandResult {
  /** None if a signal ended it. */
  exitCode: number | null;
  output: TailBuffer;
  /** True if it was killed because the run was aborted. */
  timedOut: boolean;
  /** Settles when the process has ended: at once, unless it was killed. */
  gone: Promise<void>;
}

/**
 * Runs a program without a shell and collects the end of what it writes to either output. It leads a process group of
 * its own, so that an abort kills its children too: a shell script is seldom alone. As in Consul, it counts as running
 * while anything it started holds its output open.
 *
 * @throws {Error} if it cannot be started.
 */
export function runCommand(
  args: string[],
  { signal, outputBytesMax }: Pick<ProbeContext, 'signal' | 'outputBytesMax'>,
): Promise<CommandResult> {
  const output = new TailBuffer(outputBytesMax);
  return new Promise((resolve, reject) => {
    const child = spawn(args[0]!, args.slice(1), { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const gone = new Promise<void>((ended) => child.once('close', () => ended()));
    child.stdout.on('data', (chunk: Buffer) => output.write(chunk));
    child.stderr.on('data', (chunk: Buffer) => output.write(chunk));
    child.once('error', (error) => reject(new Error(describeSpawnError(args[0]!, error))));
    child.once('close', (exitCode) => resolve({ exitCode, output, timedOut: signal.aborted, gone }));
    onAbort(signal, () => {
      killGroup(child);
      resolve({ exitCode: null, output, timedOut: true, gone });
    });
  });
}

function killGroup(child: ChildProcess): void {
  child.stdout?.destroy();
  child.stderr?.destroy();
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // ESRCH: all of the group have ended by themselves.
  }
}

function describeSpawnError(program: string, error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT' && !program.includes('/')) {
    return `exec: "${program}": executable file not found in $PATH`;
  }
  return `fork/exec ${program}: ${describeSystemError(error)}`;
}
