/**
 * A Unix socket to listen on: what an agent that died left behind is cleared away, what anybody still answers on or what is
 * no socket is not, and whoever may connect is settled before anybody can.
 */
import { chmodSync, chownSync, lstatSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import type { AgentConfig } from '../config/agent-config.ts';

export type SocketPermissions = AgentConfig['unixSockets'];

/** Its owner and their group; Consul leaves it to the umask, by which usually the owner alone may. */
const modeDefault = 0o660;

/** @throws when something else has the path. */
export async function clearSocketPath(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return;
  if (!found.isSocket())
    throw new Error(`cannot listen for HTTP on ${path}: there is something that is no socket`);
  if (await isAnswered(path))
    throw new Error(
      `cannot listen for HTTP on ${path}: another process has it: stop that process, or set another path`,
    );
  rmSync(path, { force: true });
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    // Full is in use, too.
    socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code === 'EAGAIN'));
  });
}

/** Runs what makes the socket so that nobody but its owner may connect yet. */
export function withOwnerOnly<Result>(make: () => Result): Result {
  const before = process.umask(0o177);
  try {
    return make();
  } finally {
    process.umask(before);
  }
}

/** @throws naming the path and the user, group or mode that it cannot have. */
export function setSocketPermissions(path: string, { user, group, mode }: SocketPermissions): void {
  const uid = user === '' ? -1 : idOf(user, 'user', '/etc/passwd');
  const gid = group === '' ? -1 : idOf(group, 'group', '/etc/group');
  if (uid !== -1 || gid !== -1)
    try {
      chownSync(path, uid, gid);
    } catch (error) {
      throw new Error(
        `failed setting ownership of ${path} (unix_sockets.user, unix_sockets.group): ${(error as Error).message}`,
      );
    }
  chmodSync(path, mode === '' ? modeDefault : Number.parseInt(mode, 8));
}

/** A number, or the name of one on this host. */
function idOf(text: string, kind: string, file: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  const lines = readFileSync(file, 'utf8').split('\n');
  const found = lines.map((line) => line.split(':')).find(([name]) => name === text);
  if (!found) throw new Error(`invalid ${kind} specified: ${text} (unix_sockets.${kind})`);
  return Number(found[2]);
}
