import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { onTestFinished, vi } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import type { DownMessage, UpMessage, Welcome } from '../../../src/shared/protocol/messages.ts';
import { heartbeatRequest, heartbeatResponse } from '../../../src/shared/protocol/version.ts';

/** A sidecar's connection as the edge sees it. */
export class Peer {
  readonly request: IncomingMessage;
  readonly heard: UpMessage[] = [];
  heartbeats = 0;
  closed = false;
  readonly #socket: WebSocket;

  constructor(socket: WebSocket, request: IncomingMessage, answersHeartbeats: () => boolean) {
    this.#socket = socket;
    this.request = request;
    socket.on('close', () => {
      this.closed = true;
    });
    socket.on('message', (data) => {
      if (String(data) !== heartbeatRequest) this.heard.push(JSON.parse(String(data)));
      else {
        this.heartbeats += 1;
        if (answersHeartbeats()) socket.send(heartbeatResponse);
      }
    });
  }

  send(...messages: DownMessage[]): void {
    for (const message of messages) this.#socket.send(JSON.stringify(message));
  }

  sendText(text: string): void {
    this.#socket.send(text);
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  /** The next message, once it is here. */
  async next(): Promise<UpMessage> {
    await eventually(() => this.heard.length > 0);
    return this.heard.shift()!;
  }
}

/** An edge that says what the test says. */
export class ScriptedEdge {
  readonly url: URL;
  readonly peers: Peer[] = [];
  answersHeartbeats = true;
  /** Status line and body with which upgrades are refused. */
  refusal: { status: string; body: string } | undefined;
  /** Takes connections and says nothing. */
  mute = false;
  readonly #held: Duplex[] = [];
  readonly #server: Server;

  constructor(server: Server, port: number) {
    this.#server = server;
    this.url = new URL(`http://127.0.0.1:${port}`);
    const sockets = new WebSocketServer({ noServer: true });
    server.on('upgrade', (request, socket, head) => {
      if (this.mute) this.#held.push(socket);
      else if (this.refusal)
        socket.end(
          `HTTP/1.1 ${this.refusal.status}\r\nContent-Length: ${Buffer.byteLength(this.refusal.body)}\r\n\r\n${this.refusal.body}`,
        );
      else
        sockets.handleUpgrade(request, socket, head, (webSocket) =>
          this.peers.push(new Peer(webSocket, request, () => this.answersHeartbeats)),
        );
    });
  }

  /** The connection number `count`, once it is there. */
  async peer(count = 1): Promise<Peer> {
    await eventually(() => this.peers.length >= count);
    return this.peers[count - 1]!;
  }

  /** A connection that gets no answer is there. */
  held(): Promise<void> {
    return eventually(() => this.#held.length > 0);
  }

  /** Every connection ends, also one that was not answered yet. */
  drop(): void {
    this.#server.closeAllConnections();
    for (const socket of this.#held.splice(0)) socket.destroy();
  }

  stop(): Promise<void> {
    this.drop();
    return new Promise((stopped) => this.#server.close(() => stopped()));
  }
}

export async function startScriptedEdge(): Promise<ScriptedEdge> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const edge = new ScriptedEdge(server, (server.address() as AddressInfo).port);
  onTestFinished(() => edge.stop());
  return edge;
}

export const aWelcome = (more: Partial<Welcome> = {}): Welcome => ({
  Type: 'welcome',
  Protocol: 2,
  CatalogID: 'catalog-1',
  Datacenter: 'dc1',
  Index: 1,
  Copy: 'pages',
  HeartbeatIntervalMs: 3000,
  ...more,
});

/** For what comes over a real socket. */
export const eventually = (isSo: () => boolean): Promise<void> =>
  vi.waitFor(
    () => {
      if (!isSo()) throw new Error('it has not come');
    },
    { timeout: 5000, interval: 1 },
  );
