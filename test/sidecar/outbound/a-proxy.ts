/** A proxy that passes CONNECT on, or does what the test says, and keeps what it was asked. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export class AProxy {
  /** `host:port`, and the `Proxy-Authorization` it came with. */
  readonly asked: { place: string; authorization: string | undefined }[] = [];
  /** In place of a connection: the status line and headers that are answered, or nothing at all. */
  refusal: string | 'silence' | undefined;
  readonly url: string;
  readonly #open = new Set<Socket>();

  constructor(server: Server, scheme: string) {
    this.url = `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('connect', (request: IncomingMessage, client: Socket) => this.#connect(request, client));
    onTestFinished(() => {
      for (const socket of this.#open) socket.destroy();
      server.closeAllConnections();
      server.close();
    });
  }

  get connections(): number {
    return this.#open.size;
  }

  #connect({ url = '', headers }: IncomingMessage, client: Socket): void {
    this.asked.push({ place: url, authorization: headers['proxy-authorization'] });
    this.#open.add(client);
    client.on('error', () => undefined);
    client.on('close', () => this.#open.delete(client));
    client.on('end', () => client.end());
    if (this.refusal === 'silence') {
      client.resume();
      return;
    }
    if (this.refusal !== undefined) {
      client.end(`HTTP/1.1 ${this.refusal}\r\nContent-Length: 2\r\n\r\nno`);
      return;
    }
    // Names end in .test, and all of them are here.
    const upstream = connect(Number(url.split(':').at(-1)), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      client.pipe(upstream).pipe(client);
    });
    upstream.on('error', () => client.destroy());
    client.on('close', () => upstream.destroy());
  }
}

export async function startProxy(tls?: ServerOptions): Promise<AProxy> {
  const server = tls ? createTlsServer(tls) : createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return new AProxy(server, tls ? 'https' : 'http');
}
