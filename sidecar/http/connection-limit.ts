/** How many connections one address may have at a time; one more is told so and closed. Unix sockets are not counted. */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { refuseSocket } from './refuse-socket.ts';

const body = 'Your IP is issuing too many concurrent connections, please rate limit your calls\n';

/** `perClientMax` is asked for each connection; 0: no limit. */
export function limitConnections(server: Server, perClientMax: () => number): void {
  const open = new Map<string, number>();
  // The HTTP server's own listener must not see what is refused: it would serve the request all the same.
  const serve = server.listeners('connection') as ((socket: Socket) => void)[];
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    const { remoteAddress } = socket;
    if (remoteAddress !== undefined && !enter(open, remoteAddress, perClientMax(), socket))
      return refuseSocket(socket, '429 Too Many Requests', body);
    for (const listener of serve) listener.call(server, socket);
  });
}

function enter(open: Map<string, number>, address: string, max: number, socket: Socket): boolean {
  const count = open.get(address) ?? 0;
  if (max > 0 && count >= max) return false;
  open.set(address, count + 1);
  socket.once('close', () => {
    const left = open.get(address)! - 1;
    if (left === 0) open.delete(address);
    else open.set(address, left);
  });
  return true;
}
