import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { describeSystemError } from './go-error.ts';
import { onAbort } from './on-abort.ts';
import { TailBuffer } from './output.ts';
import { makeOutputPipe, type OutputPipe } from './output-pipe.ts';
import type { ProbeContext } from './probe.ts';
import { withInput } from './program-input.ts';

export interface CommandResult {
  /** None if a signal ended it. */
  exitCode: number | null;
  output: TailBuffer;
  /** True if it was killed because the run was aborted. */
  timedOut: boolean;
  /** Settles when the process has ended: at once, unless it was killed and the system is slow to do it. */
  gone: Promise<void>;
}

interface CommandContext extends Pick<ProbeContext, 'signal' | 'outputBytesMax'> {
  /** What it reads from its standard input. Default: nothing. */
  input?: string;
  /** Default: that of this process. */
  env?: NodeJS.ProcessEnv;
}

/**
 * Runs a program without a shell and collects the end of what it writes to either output. It leads a process group of
 * its own, so that an abort kills its children too: a shell script is seldom alone. As in Consul, it counts as running
 * while anything it started holds its output open.
 *
 * @throws {Error} if it cannot be started.
 */
export async function runCommand(args: string[], context: CommandContext): Promise<CommandResult> {
  const output = new TailBuffer(context.outputBytesMax);
  const take = (piece: Uint8Array) => output.write(piece);
  const pipe = await makeOutputPipe(take);
  const child = spawnInto(pipe, args, context);
  const readers = pipe ? [pipe.reader] : [child.stdout!.on('data', take), child.stderr!.on('data', take)];
  try {
    return { output, ...(await untilEnd(child, readers, context.signal)) };
  } catch (error) {
    throw new Error(describeSpawnError(args[0]!, error as NodeJS.ErrnoException));
  } finally {
    for (const reader of readers) reader.destroy();
  }
}

function spawnInto(
  pipe: OutputPipe | undefined,
  [program, ...args]: string[],
  { input = '', env = process.env }: CommandContext,
): ChildProcess {
  const output = pipe?.writeFd ?? 'pipe';
  const start = (stdin: number | 'ignore') =>
    spawn(program!, args, { detached: true, env, stdio: [stdin, output, output] });
  try {
    return input === '' ? start('ignore') : withInput(input, start);
  } catch (error) {
    pipe?.reader.destroy();
    throw error;
  } finally {
    if (pipe) closeSync(pipe.writeFd);
  }
}

function untilEnd(child: ChildProcess, readers: Readable[], signal: AbortSignal) {
  const exited = new Promise<number | null>((done) => child.once('exit', done));
  const closed = readers.map((reader) => new Promise<void>((done) => reader.once('close', done)));
  const gone = exited.then(() => {});
  return new Promise<Omit<CommandResult, 'output'>>((resolve, reject) => {
    child.on('error', reject);
    void Promise.all([exited, ...closed]).then(([exitCode]) => resolve({ exitCode, timedOut: false, gone }));
    onAbort(signal, () => {
      killGroup(child);
      resolve({ exitCode: null, timedOut: true, gone });
    });
  });
}

export function killGroup({ pid }: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // ESRCH: all of the group have ended by themselves.
  }
}

export function describeSpawnError(program: string, error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT' && !program.includes('/')) {
    return `exec: "${program}": executable file not found in $PATH`;
  }
  return error.errno === undefined ? error.message : `fork/exec ${program}: ${describeSystemError(error)}`;
}
