/** Port 8500: the app on its sockets. Opens all of them or none. */
import { chmodSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { createAdaptorServer } from '@hono/node-server';
import type { Hono } from 'hono';
import { makeBindError } from '../bind-error.ts';
import type { ListenAddress } from '../config/agent-config.ts';
import { limitConnections } from './connection-limit.ts';
import { refuseSocket } from './refuse-socket.ts';

export interface HttpServerLimits {
  /** The most bytes of a request's headers; one more is answered with 431. */
  headerBytesMax: number;
  /** 0: no limit. Asked for each connection. */
  connsPerClientMax(): number;
}

export class HttpServer {
  readonly #app: Hono;
  readonly #limits: HttpServerLimits;
  readonly #servers: Server[] = [];
  /** Connections with a request that is not answered yet. */
  readonly #busy = new WeakSet<Duplex>();

  constructor(app: Hono, limits: HttpServerLimits) {
    this.#app = app;
    this.#limits = limits;
  }

  /** @throws naming address and port, and what to do, when one cannot be bound; nothing is left open then. */
  async start(addresses: ListenAddress[], port: number): Promise<void> {
    try {
      for (const address of addresses) await this.#listen(address, port);
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Ends what is under way: blocking queries are cut, their clients ask again elsewhere. */
  async stop(): Promise<void> {
    const servers = this.#servers.splice(0);
    await Promise.all(
      servers.map((server) => {
        const closed = new Promise<void>((resolve) => server.close(() => resolve()));
        server.closeAllConnections();
        return closed;
      }),
    );
  }

  /**
   * What is no request of HTTP, or has too much of a head. Behind one that is not answered yet it gets no answer, which
   * would be taken for that one's.
   */
  #refuse({ code, message }: NodeJS.ErrnoException, socket: Duplex): void {
    if (code === 'ECONNRESET' || !socket.writable || this.#busy.has(socket)) socket.destroy();
    else if (code === 'HPE_HEADER_OVERFLOW')
      refuseSocket(
        socket,
        '431 Request Header Fields Too Large',
        `the headers of the request have more than ${this.#limits.headerBytesMax} bytes (http_config.max_header_bytes)`,
      );
    else if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
      refuseSocket(socket, '408 Request Timeout', 'the headers of the request took too long');
    else refuseSocket(socket, '400 Bad Request', `the request cannot be read: ${message}`);
  }

  #listen(address: ListenAddress, port: number): Promise<void> {
    const server = createAdaptorServer({
      fetch: this.#app.fetch,
      serverOptions: { maxHeaderSize: this.#limits.headerBytesMax },
    }) as Server;
    limitConnections(server, () => this.#limits.connsPerClientMax());
    server.requestTimeout = 0;
    server.on('request', ({ socket }, response) => {
      this.#busy.add(socket);
      response.once('close', () => this.#busy.delete(socket));
    });
    server.on('clientError', (error, socket) => this.#refuse(error, socket));
    return new Promise((resolve, reject) => {
      // Stays for life: an accept that fails later (no descriptors left) is no reason to end the process.
      server.on('error', (error: NodeJS.ErrnoException) =>
        reject('ip' in address ? makeBindError(listener(address.ip, port), error) : error),
      );
      const listening = () => {
        if ('path' in address) chmodSync(address.path, 0o660);
        this.#servers.push(server);
        resolve();
      };
      if ('path' in address) {
        rmSync(address.path, { force: true });
        server.listen(address.path, listening);
      } else server.listen({ host: address.ip, port }, listening);
    });
  }
}

const listener = (address: string, port: number) => ({
  name: 'HTTP',
  address,
  port,
  portSetting: 'ports.http, -http-port',
  addressSetting: 'addresses.http, -client',
});
