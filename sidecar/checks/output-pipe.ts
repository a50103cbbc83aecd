import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, constants, openSync, unlinkSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const readBytesMax = 16_384;

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
 * @param take is given each piece of output; the piece is overwritten by the next.
 * @returns nothing where there is no `mkfifo` or no place for it; Node's sockets must do then.
 */
export async function makeOutputPipe(take: (piece: Uint8Array) => void): Promise<OutputPipe | undefined> {
  const path = join(tmpdir(), `check-output-${randomUUID()}`);
  try {
    await promisify(execFile)('mkfifo', ['-m', '600', path]);
    return openBothEnds(path, take);
  } catch {
    return undefined;
  }
}

function openBothEnds(path: string, take: (piece: Uint8Array) => void): OutputPipe {
  // Not blocking, for it has no writer yet. The writer blocks, as a program expects of its output.
  const readFd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const writeFd = openSync(path, constants.O_WRONLY);
    return { reader: makeReader(readFd, take), writeFd };
  } catch (error) {
    closeSync(readFd);
    throw error;
  } finally {
    unlinkSync(path);
  }
}

/** Reads into one buffer again and again: a script that prints without end would else make garbage without end. */
function makeReader(fd: number, take: (piece: Uint8Array) => void): Socket {
  const buffer = Buffer.allocUnsafe(readBytesMax);
  const callback = (bytes: number) => {
    take(buffer.subarray(0, bytes));
    return true;
  };
  return new Socket({ fd, readable: true, writable: false, onread: { buffer, callback } }).resume();
}
