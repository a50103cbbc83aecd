import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, constants, openSync, unlinkSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface OutputPipe {
  reader: Socket;
  /** To be given to the child, then closed here: the reader ends when the last writer has closed. */
  writeFd: number;
}

/**
 * A pipe of the system, for both outputs of a child process. What Node gives a child are sockets, one for each output: a
 * script cannot open those by name (`echo … > /dev/stderr` fails), and the order of the two is lost. Node makes no
 * pipes itself, hence a named one that loses its name at once.
 *
 * @returns nothing where there is no `mkfifo` or no place for it; Node's sockets must do then.
 */
export async function makeOutputPipe(): Promise<OutputPipe | undefined> {
  const path = join(tmpdir(), `check-output-${randomUUID()}`);
  try {
    await promisify(execFile)('mkfifo', ['-m', '600', path]);
    return openBothEnds(path);
  } catch {
    return undefined;
  }
}

function openBothEnds(path: string): OutputPipe {
  // Not blocking, for it has no writer yet. The writer blocks, as a program expects of its output.
  const readFd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const writeFd = openSync(path, constants.O_WRONLY);
    return { reader: new Socket({ fd: readFd, readable: true, writable: false }), writeFd };
  } catch (error) {
    closeSync(readFd);
    throw error;
  } finally {
    unlinkSync(path);
  }
}
