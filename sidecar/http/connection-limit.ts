/** How many connections one address may have at a time; one more is told so and closed. Unix sockets are not counted. */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { refuseSocket } from './refuse-socket.ts';

const body = 'Your IP is issuing too many concurrent connections, please rate limit your calls\n';

type Serve = (socket: Socket) => void;

/** `perClientMax` as of now; 0: no limit. Over TLS one too many is told when its handshake is done, which has its own limit. */
export function limitConnections(server: Server, perClientMax: () => number, isTls: boolean): void {
  const open = new Map<string, number>();
  const tooMany = new Set<string>();
  const count = (socket: Socket) => {
    const { remoteAddress } = socket;
    if (remoteAddress === undefined || enter(open, remoteAddress, perClientMax(), socket)) return;
    const name = nameOf(socket);
    tooMany.add(name);
    socket.once('close', () => tooMany.delete(name));
  };
  const refused = (socket: Socket) => {
    if (!tooMany.has(nameOf(socket))) return false;
    refuseSocket(socket, '429 Too Many Requests', body);
    return true;
  };
  if (isTls) {
    server.prependListener('connection', count);
    intercept(server, 'secureConnection', refused);
  } else {
    intercept(server, 'connection', (socket) => {
      count(socket);
      return refused(socket);
    });
  }
}

/** Encrypted or not, a connection has one. */
const nameOf = ({ remoteAddress, remotePort }: Socket) => `${remoteAddress} ${remotePort}`;

/** The HTTP server's own listener must not see what is refused: it would serve the request all the same. */
function intercept(server: Server, event: string, refused: (socket: Socket) => boolean): void {
  const serve = server.listeners(event) as Serve[];
  server.removeAllListeners(event);
  server.on(event, (socket: Socket) => {
    if (!refused(socket)) for (const listener of serve) listener.call(server, socket);
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
