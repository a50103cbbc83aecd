/**
 * The network between hosts and edges: connections in order, as TCP's are, with delays, stalls, cuts that both ends hear of
 * and cuts that neither does; and, as no TCP does, some that lose, double and overtake. {@link SimulatedSocket} stands in for the WebSocket of the package `ws`.
 */
import { EventEmitter } from 'node:events';
import { heartbeatRequest, heartbeatResponse } from '../../src/shared/protocol/version.ts';
import type { FakeClock } from '../sidecar/fake-clock.ts';

const openTimeoutMs = 10_000;
const latencyMsMax = 40;
/** What a wire can do to its frames, and to which share of them. */
export const garbling = { loses: 0.1, doubles: 0.5, delays: 0.2 };
export type Garbling = keyof typeof garbling;
const lateMsMax = 5_000;

/** What the network needs of the edge. */
export interface EdgeSide {
  readonly up: boolean;
  /** By its own clock. */
  nowMs(): number;
  accept(wire: Wire): EdgeSocket;
  receive(socket: EdgeSocket, text: string): void;
  closed(socket: EdgeSocket): void;
}

export class Network {
  static current: Network;
  readonly clock: FakeClock;
  readonly random: () => number;
  /** By datacenter. */
  readonly edges = new Map<string, EdgeSide>();
  readonly wires = new Set<Wire>();
  /** Names of nodes whose packets vanish. */
  readonly unreachable = new Set<string>();

  constructor(clock: FakeClock, random: () => number) {
    this.clock = clock;
    this.random = random;
    Network.current = this;
  }

  /** The edge of a datacenter joins. */
  add<Edge extends EdgeSide>(datacenter: string, edge: Edge): Edge {
    this.edges.set(datacenter, edge);
    return edge;
  }

  latencyMs(): number {
    return 1 + Math.floor(this.random() * latencyMsMax);
  }

  /** Every connection ends, and both ends hear of it. */
  dropAll(): void {
    for (const wire of [...this.wires]) wire.cut();
  }

  of(host: string): Wire[] {
    return [...this.wires].filter((wire) => wire.host === host);
  }

  to(edge: EdgeSide): Wire[] {
    return [...this.wires].filter((wire) => wire.edge === edge);
  }
}

/** One connection. Frames of a direction arrive in the order in which they were sent. */
export class Wire {
  readonly host: string;
  readonly edge: EdgeSide;
  readonly client: SimulatedSocket;
  readonly #network: Network;
  #server: EdgeSocket | undefined;
  #silent = false;
  #garbling: Garbling | undefined;
  #over = false;
  #heldUntilMs = 0;
  readonly #lastAtMs = { up: 0, down: 0 };

  constructor(network: Network, host: string, edge: EdgeSide, client: SimulatedSocket) {
    this.#network = network;
    this.host = host;
    this.edge = edge;
    this.client = client;
    network.wires.add(this);
  }

  /** What is sent now will arrive. */
  get carries(): boolean {
    return !this.#silent && !this.#over && !this.#network.unreachable.has(this.host);
  }

  /** What is sent arrives, once, in its order and without being held up. */
  get isSound(): boolean {
    return this.carries && !this.garbles && this.#heldUntilMs <= this.#network.clock.monotonicMs();
  }

  open(): void {
    if (this.#over) return;
    this.#server = this.edge.accept(this);
    this.client.opened();
  }

  up(text: string): void {
    this.#carry('up', () => {
      if (!this.#server) return;
      if (text !== heartbeatRequest) this.edge.receive(this.#server, text);
      else {
        this.#server.pingedAtMs = this.edge.nowMs();
        this.down(heartbeatResponse);
      }
    });
  }

  down(text: string): void {
    this.#carry('down', () => this.client.received(text));
  }

  /** The edge says goodbye; the frames before it still arrive. */
  closeDown(code: number, reason: string): void {
    this.#carry('down', () => {
      this.client.ended(code, reason);
      this.closeUp();
    });
  }

  /** The host goes; the edge hears of it after the frames before. */
  closeUp(): void {
    this.#carry('up', () => this.#end());
  }

  /** Nothing moves for a while, then everything does, in order. */
  stall(ms: number): void {
    this.#heldUntilMs = this.#network.clock.monotonicMs() + ms;
  }

  /** From now on frames are lost, come twice, or are overtaken. Such a wire does not heal: it is cut in the end. */
  garble(how: Garbling): void {
    this.#garbling = how;
  }

  get garbles(): boolean {
    return this.#garbling !== undefined;
  }

  /** From now on nothing arrives on either side, and nobody is told. */
  silence(): void {
    this.#silent = true;
  }

  /** Frames under way are lost; both ends hear that it is over. */
  cut(): void {
    this.#silent = true;
    const { clock } = this.#network;
    clock.after(this.#network.latencyMs(), () => this.client.ended(1006, ''));
    clock.after(this.#network.latencyMs(), () => this.#end());
  }

  /** The edge forgot it; its end is heard by the host alone. */
  forget(): void {
    this.#server = undefined;
    this.cut();
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#network.wires.delete(this);
    if (this.#server) this.edge.closed(this.#server);
  }

  #carry(direction: 'up' | 'down', deliver: () => void): void {
    const how = this.#garbling;
    const isHit = how !== undefined && this.#network.random() < garbling[how];
    if (!isHit || how === 'doubles') this.#deliver(direction, deliver);
    // Overtaken by what is sent after it.
    if (isHit && how !== 'loses')
      this.#network.clock.after(this.#network.random() * lateMsMax, () => {
        if (this.carries) deliver();
      });
  }

  #deliver(direction: 'up' | 'down', deliver: () => void): void {
    const { clock } = this.#network;
    const nowMs = clock.monotonicMs();
    const earliestMs = Math.max(nowMs + this.#network.latencyMs(), this.#heldUntilMs);
    const atMs = Math.max(this.#lastAtMs[direction], earliestMs);
    this.#lastAtMs[direction] = atMs;
    clock.after(atMs - nowMs, () => {
      if (this.carries) deliver();
    });
  }
}

/** The edge's end of a connection, as the object sees it: a hibernating WebSocket. */
export class EdgeSocket {
  readonly wire: Wire;
  pingedAtMs: number | undefined;
  #attachment: unknown;
  #closed = false;

  constructor(wire: Wire) {
    this.wire = wire;
  }

  send(text: string): void {
    if (this.#closed) throw new TypeError('the WebSocket is closed');
    this.wire.down(text);
  }

  close(code: number, reason: string): void {
    if (this.#closed) throw new TypeError('the WebSocket is closed');
    this.#closed = true;
    this.wire.closeDown(code, reason);
  }

  serializeAttachment(value: unknown): void {
    this.#attachment = structuredClone(value);
  }

  deserializeAttachment(): unknown {
    return structuredClone(this.#attachment);
  }
}

/** The host's end. The node's name is the name of the edge's host in the URL, so that the network knows who calls. */
export class SimulatedSocket extends EventEmitter {
  static readonly OPEN = 1;
  readyState = 0;
  readonly #wire: Wire;

  constructor(url: URL) {
    super();
    const network = Network.current;
    const { hostname: host, searchParams } = new URL(url);
    const edge = network.edges.get(searchParams.get('dc')!)!;
    this.#wire = new Wire(network, host, edge, this);
    if (network.unreachable.has(host)) this.#fail(openTimeoutMs, 'Opening handshake has timed out');
    else if (!edge.up) this.#fail(1, 'connect ECONNREFUSED');
    else network.clock.after(network.latencyMs(), () => this.#open());
  }

  #open(): void {
    if (this.readyState !== 0) return;
    if (this.#wire.edge.up) this.#wire.open();
    else this.#fail(1, 'connect ECONNREFUSED');
  }

  #fail(afterMs: number, message: string): void {
    const { clock, wires } = Network.current;
    wires.delete(this.#wire);
    clock.after(afterMs, () => {
      if (this.readyState === 3) return;
      this.readyState = 3;
      this.emit('error', new Error(message));
      this.emit('close', 1006, '');
    });
  }

  opened(): void {
    this.readyState = SimulatedSocket.OPEN;
    this.emit('open');
  }

  received(text: string): void {
    if (this.readyState === SimulatedSocket.OPEN) this.emit('message', text);
  }

  ended(code: number, reason: string): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.emit('close', code, reason);
  }

  send(text: string): void {
    this.#wire.up(text);
  }

  terminate(): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.#wire.closeUp();
    this.emit('close', 1006, '');
  }
}
