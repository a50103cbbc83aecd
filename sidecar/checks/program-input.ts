import { randomUUID } from 'node:crypto';
import { closeSync, openSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Calls `start` with a descriptor that reads as `text`, to be the standard input of a program. A file without a name: what
 * Node makes for a program's input is a socket, which it cannot open by name (`jq . /dev/stdin` fails), and a program that
 * does not read its input leaves nobody waiting.
 */
export function withInput<Result>(text: string, start: (fd: number) => Result): Result {
  const path = join(tmpdir(), `program-input-${randomUUID()}`);
  writeFileSync(path, text, { mode: 0o600, flag: 'wx' });
  let fd: number | undefined;
  try {
    fd = openSync(path, 'r');
    return start(fd);
  } finally {
    unlinkSync(path);
    if (fd !== undefined) closeSync(fd);
  }
}
