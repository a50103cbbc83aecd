/**
 * The edge: the real object of a datacenter on SQLite in memory, which can be deployed anew (every connection drops),
 * hibernate (they stay), and be away for a while. What is written is durable; what was under way to a host may be lost.
 */
import { join } from 'node:path';
import { expect } from 'vitest';
import type { CatalogReader } from '../../src/shared/catalog-reader.ts';
import type { CatalogDeregistration, CatalogRegistration } from '../../src/shared/catalog-write.ts';
import { type EdgeSide, EdgeSocket, type Network, type Wire } from './network.ts';
import { SqliteStorage } from './sqlite-storage.ts';

/** The part of the object that is used here; its own types are those of another runtime. */
interface DatacenterObject {
  register(registration: CatalogRegistration): number;
  deregister(what: CatalogDeregistration): number;
  reap(): void;
  alarm(): void;
  fetch(): { webSocket: EdgeSocket };
  webSocketMessage(socket: EdgeSocket, text: string): void;
  webSocketClose(socket: EdgeSocket): void;
}

export type CatalogInSql = CatalogReader & { lastIndex: number; catalogId: string };

interface Code {
  Datacenter: new (ctx: object, env: object) => DatacenterObject;
  CatalogStore: new (storage: object, datacenter: string, makeId: () => string) => CatalogInSql;
}

/** Named by variables, so that the compiler does not take the types of workerd into this program. */
export async function loadEdgeCode(): Promise<Code> {
  const folder = join(import.meta.dirname, '../../src/datacenter');
  const { Datacenter } = await import(join(folder, 'datacenter.ts'));
  const { CatalogStore } = await import(join(folder, 'store/catalog-store.ts'));
  return { Datacenter, CatalogStore };
}

export class SimulatedEdge implements EdgeSide {
  up = true;
  readonly #network: Network;
  readonly #code: Code;
  readonly #storage: SqliteStorage;
  readonly #sockets = new Set<EdgeSocket>();
  #object: DatacenterObject;
  #cancelAlarm: () => void = () => undefined;
  #alarmIsDue = false;
  #lastIndex = 0;

  constructor(network: Network, code: Code) {
    this.#network = network;
    this.#code = code;
    this.#storage = new SqliteStorage((atMs) => this.#setAlarm(atMs));
    this.#object = this.#makeObject();
  }

  get object(): DatacenterObject {
    return this.#object;
  }

  /** The catalog as anybody would read it who opened the database now. */
  catalog(): CatalogInSql {
    return new this.#code.CatalogStore(this.#storage, 'dc1', () => 'never');
  }

  /** A new version of the Worker: a new object, and every connection drops. */
  deploy(): void {
    this.#sockets.clear();
    for (const wire of [...this.#network.wires]) wire.forget();
    this.#object = this.#makeObject();
  }

  /** The object leaves memory and comes back with its connections. */
  hibernate(): void {
    this.#object = this.#makeObject();
  }

  goDown(): void {
    this.up = false;
    this.deploy();
  }

  comeUp(): void {
    if (this.up) return;
    this.up = true;
    this.#object = this.#makeObject();
    // Not before the new object has begun.
    if (this.#alarmIsDue) this.#network.clock.after(0, () => this.#alarm());
  }

  accept(wire: Wire): EdgeSocket {
    this.#accepting = wire;
    return this.#object.fetch().webSocket;
  }

  #accepting: Wire | undefined;

  receive(socket: EdgeSocket, text: string): void {
    if (!this.#sockets.has(socket)) return;
    this.#object.webSocketMessage(socket, text);
    this.assertIndexRises();
  }

  closed(socket: EdgeSocket): void {
    if (!this.#sockets.has(socket)) return;
    this.#object.webSocketClose(socket);
    this.#sockets.delete(socket);
  }

  assertIndexRises(): void {
    const { lastIndex } = this.catalog();
    expect(lastIndex).toBeGreaterThanOrEqual(this.#lastIndex);
    this.#lastIndex = lastIndex;
  }

  stop(): void {
    this.#cancelAlarm();
    this.#storage.close();
  }

  #makeObject(): DatacenterObject {
    const ctx = {
      id: { name: 'dc1' },
      storage: this.#storage,
      blockConcurrencyWhile: (begin: () => Promise<void>) => void begin(),
      acceptWebSocket: (socket: EdgeSocket) => void this.#sockets.add(socket),
      getWebSockets: () => [...this.#sockets],
      setWebSocketAutoResponse: () => undefined,
      getWebSocketAutoResponseTimestamp: ({ pingedAtMs }: EdgeSocket) =>
        pingedAtMs === undefined ? null : new Date(pingedAtMs),
    };
    stubRuntime(() => new EdgeSocket(this.#accepting!));
    return new this.#code.Datacenter(ctx, {});
  }

  #setAlarm(atMs: number): void {
    const { clock } = this.#network;
    this.#cancelAlarm();
    this.#alarmIsDue = false;
    this.#cancelAlarm = clock.after(atMs - clock.nowMs(), () => {
      this.#alarmIsDue = true;
      if (this.up) this.#alarm();
    });
  }

  #alarm(): void {
    this.#alarmIsDue = false;
    this.#storage.alarmFired();
    this.#object.alarm();
    this.assertIndexRises();
  }
}

/** What the object takes from workerd's global scope. */
function stubRuntime(makeSocket: () => EdgeSocket): void {
  const scope = globalThis as unknown as Record<string, unknown>;
  scope.WebSocketPair = function WebSocketPair() {
    const socket = makeSocket();
    return { 0: socket, 1: socket };
  };
  scope.WebSocketRequestResponsePair = class {};
  scope.Response = class {
    constructor(_body: null, init: object) {
      Object.assign(this, init);
    }
  };
}
