/** Port 8500, or the one for HTTPS: the app on its sockets. Opens all of them or none. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions, type Server as TlsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import type { ListenAddress } from '../config/agent-config.ts';
import { makeBindError } from '../system/bind-error.ts';
import { limitConnections } from './connection-limit.ts';
import { refuseSocket } from './refuse-socket.ts';
import type { RepeatedReads } from './repeated-reads.ts';
import { writeHostAsUrl } from './request-host.ts';
import type { RequestLog } from './request-log.ts';
import {
  clearSocketPath,
  type SocketPermissions,
  setSocketPermissions,
  withOwnerOnly,
} from './unix-socket.ts';

export type ServerTls = ServerOptions;

/** Of silence, before TCP asks whether a client is still there. */
const keepAliveDelayMs = 30_000;

export interface HttpServerOptions {
  /** The most bytes of a request's headers; one more is answered with 431. */
  headerBytesMax: number;
  /** As of now; 0: no limit. */
  connsPerClientMax(): number;
  /** Of Unix sockets. */
  permissions: SocketPermissions;
  /** Undefined: HTTP in the clear. */
  tls: ServerTls | undefined;
}

export class HttpServer {
  readonly #app: Pick<Hono, 'fetch'>;
  readonly #options: HttpServerOptions;
  readonly #repeated: RepeatedReads | undefined;
  readonly #log: RequestLog | undefined;
  #tls: ServerTls | undefined;
  readonly #servers: Server[] = [];
  /** Connections with a request that is not answered yet. */
  readonly #busy = new WeakSet<Duplex>();

  constructor(
    app: Pick<Hono, 'fetch'>,
    options: HttpServerOptions,
    repeated?: RepeatedReads,
    log?: RequestLog,
  ) {
    this.#app = app;
    this.#options = options;
    this.#repeated = repeated;
    this.#log = log;
    this.#tls = options.tls;
  }

  /** For new connections; whether clients are asked for a certificate stays as it was. */
  useTls(tls: ServerTls): void {
    this.#tls = tls;
    for (const server of this.#servers) (server as TlsServer).setSecureContext(tls);
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
        `the headers of the request have more than ${this.#options.headerBytesMax} bytes (http_config.max_header_bytes)`,
      );
    else if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
      refuseSocket(socket, '408 Request Timeout', 'the headers of the request took too long');
    else refuseSocket(socket, '400 Bad Request', `the request cannot be read: ${message}`);
  }

  async #listen(address: ListenAddress, port: number): Promise<void> {
    const server = this.#makeServer();
    if ('path' in address) {
      // Go programs name the path as the host, which makes no URL.
      server.prependListener('request', ({ headers }) => {
        headers.host = 'localhost';
      });
      await clearSocketPath(address.path);
      await opened(server, () => withOwnerOnly(() => server.listen(address.path)));
      this.#servers.push(server);
      setSocketPermissions(address.path, this.#options.permissions);
      return;
    }
    const bind = () => server.listen({ host: address.ip, port });
    await opened(server, bind).catch((error: Error) => {
      throw makeBindError(listener(address.ip, port, this.#tls !== undefined), error);
    });
    this.#servers.push(server);
  }

  /** What the app answers. */
  #makeListener(): (incoming: IncomingMessage, outgoing: ServerResponse) => void {
    const repeated = this.#repeated;
    if (!repeated) return getRequestListener(this.#app.fetch);
    return getRequestListener((request, env) => repeated.serve(request, () => this.#app.fetch(request, env)));
  }

  #makeServer(): Server {
    const limits = {
      maxHeaderSize: this.#options.headerBytesMax,
      // As with Consul, only the client ends a connection that rests: one ended here may be just about to carry a write.
      keepAliveTimeout: 0,
      // What tells that a client has vanished.
      keepAlive: true,
      keepAliveInitialDelay: keepAliveDelayMs,
    };
    const tls = this.#tls;
    const server = tls ? createTlsServer({ ...limits, ...tls }) : createServer(limits);
    limitConnections(server, this.#options.connsPerClientMax, tls !== undefined);
    server.requestTimeout = 0;
    const serve = this.#makeListener();
    server.on('request', (incoming, outgoing) => {
      writeHostAsUrl(incoming.headers);
      this.#log?.(incoming, outgoing);
      const answered = this.#repeated?.answer(incoming, outgoing, () => serve(incoming, outgoing));
      if (answered === 'now') return;
      this.#busy.add(incoming.socket);
      outgoing.once('close', () => this.#busy.delete(incoming.socket));
      if (!answered) serve(incoming, outgoing);
    });
    server.on('clientError', (error, socket) => this.#refuse(error, socket));
    server.removeAllListeners('tlsClientError').on('tlsClientError', (_error, socket) => socket.destroy());
    // Stays for life: an accept that fails later (no descriptors left) is no reason to end the process.
    server.on('error', () => undefined);
    return server;
  }
}

const opened = (server: Server, open: () => void): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', resolve);
    open();
  });

const listener = (address: string, port: number, isTls: boolean) => ({
  name: isTls ? 'HTTPS' : 'HTTP',
  address,
  port,
  portSetting: isTls ? 'ports.https, -https-port' : 'ports.http, -http-port',
  addressSetting: isTls ? 'addresses.https, -client' : 'addresses.http, -client',
});
