/**
 * The edge: the real object of a datacenter on SQLite in memory, which can be deployed anew (every connection drops),
 * hibernate (they stay), and be away for a while. What is written is durable; what was under way to a host may be lost.
 */
import { join } from 'node:path';
import { expect } from 'vitest';
import type { CatalogReader } from '../../src/shared/catalog-reader.ts';
import type { CatalogDeregistration, CatalogRegistration } from '../../src/shared/catalog-write.ts';
import type { Change } from '../../src/shared/protocol/messages.ts';
import { type EdgeSide, EdgeSocket, type Network, type Wire } from './network.ts';
import { Crash, SqliteStorage } from './sqlite-storage.ts';

/** The part of the object that is used here; its own types are those of another runtime. */
export interface DatacenterObject {
  register(registration: CatalogRegistration): number;
  deregister(what: CatalogDeregistration): number;
  reap(): void;
  alarm(info: { scheduledTime: number }): void;
  fetch(): { webSocket: EdgeSocket };
  webSocketMessage(socket: EdgeSocket, text: string): void;
  webSocketClose(socket: EdgeSocket): void;
}

export type CatalogInSql = CatalogReader & { lastIndex: number; catalogId: string };

interface Code {
  Datacenter: new (ctx: object, env: object) => DatacenterObject;
  CatalogStore: new (storage: object, datacenter: string, makeId: () => string) => CatalogInSql;
  changesSince: (catalog: CatalogInSql, index: number, max: number) => Change[] | undefined;
}

/** Named by variables, so that the compiler does not take the types of workerd into this program. */
export async function loadEdgeCode(): Promise<Code> {
  const folder = join(import.meta.dirname, '../../src/datacenter');
  const { Datacenter } = await import(join(folder, 'datacenter.ts'));
  const { CatalogStore } = await import(join(folder, 'store/catalog-store.ts'));
  const { changesSince } = await import(join(folder, 'copy.ts'));
  return { Datacenter, CatalogStore, changesSince };
}

const alarmRetryMs = 2_000;

export class SimulatedEdge implements EdgeSide {
  static current: SimulatedEdge;
  up = true;
  readonly datacenter: string;
  /** Told of what each request changed. */
  committed: (changes: Change[]) => void = () => undefined;
  /** It was killed in the middle of a request, and is there again. */
  died: () => void = () => undefined;
  readonly #network: Network;
  readonly #code: Code;
  /** How far its clock is before that of the world. */
  #aheadMs = 0;
  #storage: SqliteStorage;
  readonly #sockets = new Set<EdgeSocket>();
  #object: DatacenterObject;
  #cancelAlarm: () => void = () => undefined;
  #alarmAtMs: number | undefined;
  #lastIndex = 0;
  #crashAt: number | undefined;

  constructor(network: Network, code: Code, datacenter = 'dc1') {
    this.#network = network;
    this.datacenter = datacenter;
    this.#code = code;
    this.#storage = this.#makeStorage();
    this.#object = this.#makeObject();
  }

  nowMs(): number {
    return this.#network.clock.nowMs() + this.#aheadMs;
  }

  /** Until its next alarm. */
  get alarmInMs(): number {
    return (this.#alarmAtMs ?? Number.POSITIVE_INFINITY) - this.nowMs();
  }

  /** Its clock is set forward; backward it would stand still. */
  jump(ms: number): void {
    this.#aheadMs += ms;
    if (this.#alarmAtMs !== undefined) this.#setAlarm(this.#alarmAtMs);
  }

  /** The next request that takes so many statements ends in its middle: at that one. */
  crashAt(statement: number): void {
    this.#crashAt = statement;
  }

  /** A request. False if the edge died of it: nothing was answered. */
  call(request: (object: DatacenterObject) => void): boolean {
    this.#serving();
    return this.#survives(() => request(this.#object));
  }

  /** The catalog as anybody would read it who opened the database now. */
  catalog(): CatalogInSql {
    return new this.#code.CatalogStore(this.#storage, this.datacenter, () => 'never');
  }

  /** A new version of the Worker: a new object, and every connection drops. */
  deploy(): void {
    this.#sockets.clear();
    for (const wire of this.#network.to(this)) wire.forget();
    this.#object = this.#makeObject();
  }

  /** The object leaves memory and comes back with its connections. */
  hibernate(): void {
    this.#object = this.#makeObject();
  }

  /** All that was stored is gone, with the object that wrote it. */
  loseStorage(): void {
    this.#storage.close();
    this.#cancelAlarm();
    this.#alarmAtMs = undefined;
    this.#lastIndex = 0;
    this.#storage = this.#makeStorage();
    this.deploy();
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
    if (this.#alarmAtMs !== undefined) this.#setAlarm(this.#alarmAtMs);
  }

  accept(wire: Wire): EdgeSocket {
    this.#accepting = wire;
    this.#serving();
    stubRuntime(() => new EdgeSocket(this.#accepting!));
    return this.#object.fetch().webSocket;
  }

  #accepting: Wire | undefined;

  receive(socket: EdgeSocket, text: string): void {
    if (!this.#sockets.has(socket)) return;
    this.call((object) => object.webSocketMessage(socket, text));
  }

  closed(socket: EdgeSocket): void {
    if (!this.#sockets.has(socket)) return;
    this.#sockets.delete(socket);
    this.call((object) => object.webSocketClose(socket));
  }

  /** What puts its storage back to as it is now, which is done while it is down. */
  copyStorage(): () => void {
    const putBack = this.#storage.copy();
    return () => {
      putBack();
      this.#lastIndex = this.catalog().lastIndex;
    };
  }

  assertIndexRises(): void {
    const catalog = this.catalog();
    const { lastIndex } = catalog;
    expect(lastIndex).toBeGreaterThanOrEqual(this.#lastIndex);
    if (lastIndex === this.#lastIndex) return;
    const changes = this.#code.changesSince(catalog, this.#lastIndex, Number.MAX_SAFE_INTEGER) ?? [];
    this.#lastIndex = lastIndex;
    this.committed(changes);
  }

  stop(): void {
    this.#cancelAlarm();
    this.#storage.close();
  }

  #makeStorage(): SqliteStorage {
    return new SqliteStorage((atMs) => this.#setAlarm(atMs));
  }

  #makeObject(): DatacenterObject {
    const ctx = {
      id: { name: this.datacenter },
      storage: this.#storage,
      blockConcurrencyWhile: (begin: () => Promise<void>) => void begin(),
      acceptWebSocket: (socket: EdgeSocket) => void this.#sockets.add(socket),
      getWebSockets: () => [...this.#sockets],
      setWebSocketAutoResponse: () => undefined,
      getWebSocketAutoResponseTimestamp: ({ pingedAtMs }: EdgeSocket) =>
        pingedAtMs === undefined ? null : new Date(pingedAtMs),
    };
    this.#serving();
    stubRuntime(() => new EdgeSocket(this.#accepting!));
    return new this.#code.Datacenter(ctx, {});
  }

  #setAlarm(atMs: number): void {
    this.#cancelAlarm();
    this.#alarmAtMs = atMs;
    this.#cancelAlarm = this.#network.clock.after(atMs - this.nowMs(), () => {
      if (this.up) this.#alarm(atMs);
    });
  }

  /** One that fails is tried again, as the platform does. */
  #alarm(scheduledTime: number): void {
    this.#alarmAtMs = undefined;
    this.#storage.alarmFired();
    if (this.call((object) => object.alarm({ scheduledTime }))) return;
    this.#network.clock.after(alarmRetryMs, () => {
      if (this.up) this.#alarm(scheduledTime);
    });
  }

  /** Which edge the code of the edge, of which there is one for all, runs in. */
  #serving(): void {
    SimulatedEdge.current = this;
  }

  #survives(action: () => void): boolean {
    const survives = this.#mayCrash(action);
    if (!survives) {
      this.#crashAt = undefined;
      this.deploy();
      this.died();
    }
    this.assertIndexRises();
    return survives;
  }

  #mayCrash(action: () => void): boolean {
    this.#storage.crashAt(this.#crashAt);
    try {
      action();
      return true;
    } catch (error) {
      if (error instanceof Crash) return false;
      throw error;
    } finally {
      this.#storage.crashAt(undefined);
    }
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
