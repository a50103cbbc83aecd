/** Ports that nobody listens on, for TCP and UDP and on every address, each given out once. */
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

/** Below the ports that systems give to outgoing connections, which could take one before it is listened on. */
const first = 21_000;
const last = 22_999;

let next = first + (process.pid % (last - first));

export async function freePort(): Promise<number> {
  for (let tried = first; tried <= last; tried += 1) {
    const port = next;
    next = next === last ? first : next + 1;
    if ((await isFreeForTcp(port)) && (await isFreeForUdp(port))) return port;
  }
  throw new Error(`no port of ${first} to ${last} is free`);
}

function isFreeForTcp(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen({ port, host: '0.0.0.0' }, () => server.close(() => resolve(true)));
  });
}

function isFreeForUdp(port: number): Promise<boolean> {
  const socket = createSocket('udp4');
  return new Promise((resolve) => {
    socket.once('error', () => resolve(false));
    socket.bind({ port, address: '0.0.0.0' }, () => socket.close(() => resolve(true)));
  });
}
