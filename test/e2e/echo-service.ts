/** A service as in every tutorial: sends back what it is sent. It can be stopped and started again in its place. */
import { createServer, type Server, type Socket } from 'node:net';
import { freePort } from './ports.ts';

export class EchoService {
  readonly address: string;
  readonly port: number;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;

  constructor(address: string, port: number) {
    this.address = address;
    this.port = port;
  }

  start(): Promise<void> {
    const server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('error', () => socket.destroy());
      socket.pipe(socket);
    });
    this.#server = server;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: this.address, port: this.port }, resolve);
    });
  }

  stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => (server ? server.close(() => resolve()) : resolve()));
  }
}

export async function startEcho(address: string): Promise<EchoService> {
  const service = new EchoService(address, await freePort());
  await service.start();
  return service;
}
