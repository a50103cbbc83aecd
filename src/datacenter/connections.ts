/**
 * The sidecars' sockets. What is known of one lives in its attachment, so it survives the object's hibernation; nothing
 * here survives the object's restart, which closes them all. A socket that was closed from this side is listed until its
 * peer answers, which one that lost its network never does: so it is made to speak for nobody when it is closed.
 */
import type { DownMessage } from '../shared/protocol/messages.ts';
import { heartbeatRequest, heartbeatResponse, replacedReason } from '../shared/protocol/version.ts';

interface Attachment {
  /** The node it speaks for; "" for one that only follows. */
  Node: string;
  /** It has said hello: it gets deltas. */
  Joined: boolean;
  SinceMs: number;
  /** Of the last write that was done. */
  WriteID: number;
}

export class Connections {
  readonly #ctx: DurableObjectState;
  /** The attachments, which are costly to read: every delta asks for all of them. */
  readonly #attachments = new WeakMap<WebSocket, Attachment>();

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx;
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(heartbeatRequest, heartbeatResponse));
  }

  accept(socket: WebSocket, nowMs: number): void {
    this.#ctx.acceptWebSocket(socket);
    this.#attach(socket, { Node: '', Joined: false, SinceMs: nowMs, WriteID: 0 });
  }

  /** The socket now speaks for `node` (or follows, with ""). An older socket of the same node is closed. */
  join(socket: WebSocket, node: string, nowMs: number): void {
    if (node !== '') this.drop(node, replacedReason);
    this.#attach(socket, { Node: node, Joined: true, SinceMs: nowMs, WriteID: 0 });
  }

  nodeOf(socket: WebSocket): string {
    return this.#attachment(socket).Node;
  }

  hasJoined(socket: WebSocket): boolean {
    return this.#attachment(socket).Joined;
  }

  /** False for a write that was done, or overtaken by one that was: what it says is old. IDs rise on a connection. */
  notesWrite(socket: WebSocket, id: number): boolean {
    const attachment = this.#attachment(socket);
    if (id <= attachment.WriteID) return false;
    this.#attach(socket, { ...attachment, WriteID: id });
    return true;
  }

  /** The socket no longer speaks for its node nor follows: its closing says nothing about the host. */
  release(socket: WebSocket): void {
    this.#attach(socket, { ...this.#attachment(socket), Node: '', Joined: false });
  }

  /** Closes what speaks for the node. */
  drop(node: string, reason: string): void {
    for (const socket of this.ofNode(node)) {
      this.release(socket);
      closeSocket(socket, reason);
    }
  }

  /** Closes them all: each comes back and copies anew. */
  dropAll(reason: string): void {
    for (const socket of this.#ctx.getWebSockets()) {
      this.release(socket);
      closeSocket(socket, reason);
    }
  }

  ofNode(node: string): WebSocket[] {
    const name = node.toLowerCase();
    return this.#ctx.getWebSockets().filter((socket) => this.nodeOf(socket).toLowerCase() === name);
  }

  /** The nodes whose connection has stood since before `atMs`; lower case. */
  joinedBefore(atMs: number): Set<string> {
    const joined = this.#ctx.getWebSockets().map((socket) => this.#attachment(socket));
    return new Set(joined.filter(({ SinceMs }) => SinceMs < atMs).map(({ Node }) => Node.toLowerCase()));
  }

  /** When each node was last heard: its hello or its last heartbeat, not before `sinceMs`. Keys are lower case. */
  heardAtMs(sinceMs: number): Map<string, number> {
    const heard = new Map<string, number>();
    for (const socket of this.#ctx.getWebSockets()) {
      const { Node, SinceMs } = this.#attachment(socket);
      if (Node === '') continue;
      const pingAtMs = this.#ctx.getWebSocketAutoResponseTimestamp(socket)?.getTime() ?? 0;
      heard.set(Node.toLowerCase(), Math.max(sinceMs, SinceMs, pingAtMs));
    }
    return heard;
  }

  send(socket: WebSocket, message: DownMessage): void {
    sendText(socket, JSON.stringify(message));
  }

  broadcast(message: DownMessage): void {
    const sockets = this.#ctx.getWebSockets().filter((socket) => this.hasJoined(socket));
    if (sockets.length === 0) return;
    const text = JSON.stringify(message);
    for (const socket of sockets) sendText(socket, text);
  }

  #attach(socket: WebSocket, value: Attachment): void {
    this.#attachments.set(socket, value);
    socket.serializeAttachment(value);
  }

  #attachment(socket: WebSocket): Attachment {
    const known = this.#attachments.get(socket) ?? socket.deserializeAttachment() ?? nobody;
    this.#attachments.set(socket, known);
    return known;
  }
}

/** A code of its own for "do not come back at once"; the reason says why. */
const refusedCode = 4000;

export function closeSocket(socket: WebSocket, reason: string): void {
  try {
    socket.close(refusedCode, reason.slice(0, 120));
  } catch {
    // It is closed already, which is all that was wanted.
  }
}

function sendText(socket: WebSocket, text: string): void {
  try {
    socket.send(text);
  } catch {
    // It closed between being listed and being written to; its close event does the rest.
  }
}

const nobody: Attachment = { Node: '', Joined: false, SinceMs: 0, WriteID: 0 };
