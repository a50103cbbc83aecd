import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface EdgeAnswer {
  status?: number;
  headers?: Record<string, string>;
  body?: string;
}

/** A request as the edge saw it. */
export interface Asked {
  method: string;
  path: string;
  token: string | undefined;
  body: string;
}

/** An HTTP server in the place of the edge, which answers what the test says and keeps what it was asked. */
export class AnEdge {
  readonly url: URL;
  readonly asked: Asked[] = [];
  /** Requests whose client went before they were answered. */
  aborted = 0;
  answer: (asked: Asked) => EdgeAnswer | Promise<EdgeAnswer> = () => ({});
  readonly #server: Server;

  constructor(server: Server) {
    this.#server = server;
    this.url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on('request', async (request, response) => {
      response.on('close', () => {
        if (!response.writableEnded) this.aborted += 1;
      });
      const asked = { ...(await read(request)) };
      this.asked.push(asked);
      const { status = 200, headers = {}, body = '' } = await this.answer(asked);
      response.writeHead(status, headers).end(body);
    });
  }

  stop(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((stopped) => this.#server.close(() => stopped()));
  }
}

export async function startEdge(): Promise<AnEdge> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const edge = new AnEdge(server);
  onTestFinished(() => edge.stop());
  return edge;
}

async function read(request: IncomingMessage): Promise<Asked> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const token = request.headers['x-consul-token'];
  return {
    method: request.method!,
    path: request.url!,
    token: token === '' ? undefined : String(token ?? '') || undefined,
    body: Buffer.concat(chunks).toString(),
  };
}
