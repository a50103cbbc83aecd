/**
 * The catalog in SQL: the tables together, read as a {@link CatalogReader} and written in transactions that raise one
 * index. Invariant: a row's `ModifyIndex` is the index of the transaction that last changed it, and no index is ever
 * given twice, not even after everything was deleted and the tombstones were pruned.
 */
import {
  type CatalogReader,
  lookUpMoving,
  type MovingIndex,
  type RecordTopic,
  serviceTopic,
  type Topic,
} from '../../shared/catalog-reader.ts';
import type { NodeCoordinate } from '../../shared/coordinate.ts';
import type { HealthCheck, Index, Node, NodeService, ServiceInstance } from '../../shared/model.ts';
import type { Change } from '../../shared/protocol/messages.ts';
import { CheckTable } from './check-table.ts';
import { ConfigEntryTable } from './config-entry-table.ts';
import { CoordinateTable } from './coordinate-table.ts';
import { Database, type SqlStorage } from './database.ts';
import { EventTable } from './event-table.ts';
import { KvTable } from './kv-table.ts';
import { LeftTable } from './left-table.ts';
import { LockDelayTable } from './lock-delay-table.ts';
import { MetaTable } from './meta-table.ts';
import { NodeTable } from './node-table.ts';
import { QueryTable } from './query-table.ts';
import { type PlacedService, ServiceTable } from './service-table.ts';
import { SessionTable } from './session-table.ts';
import { SpoolTable } from './spool-table.ts';
import { TableDump } from './table-dump.ts';
import { TombstoneTable } from './tombstone-table.ts';
import { recordIndexName, TopicIndex } from './topic-index.ts';
import { Transaction } from './transaction.ts';
import { UsageCounts } from './usage.ts';

/** What a transaction did: nothing when `Index` is that of the transaction before. */
export interface Committed<Result> {
  Result: Result;
  Index: Index;
  Changes: Change[];
  Topics: Topic[];
  DueAtMs: number | undefined;
}

export class CatalogStore implements CatalogReader {
  readonly datacenter: string;
  readonly meta: MetaTable;
  readonly nodeTable: NodeTable;
  readonly leftTable: LeftTable;
  readonly serviceTable: ServiceTable;
  readonly checkTable: CheckTable;
  readonly tombstones: TombstoneTable;
  kvTable: KvTable;
  readonly sessionTable: SessionTable;
  readonly lockDelays: LockDelayTable;
  readonly eventTable: EventTable;
  readonly queryTable: QueryTable;
  readonly coordinateTable: CoordinateTable;
  readonly configEntryTable: ConfigEntryTable;
  readonly usage: UsageCounts;
  readonly spoolTable: SpoolTable;
  readonly dump: TableDump;
  readonly #db: Database;
  readonly #makeId: () => string;
  #topics: TopicIndex;
  #index: Index;
  /** That of the last restore, which is news to whoever watched what was there before: no index is below it. */
  #restoredIndex: Index;

  constructor(storage: SqlStorage, datacenter: string, makeId: () => string) {
    this.datacenter = datacenter;
    this.#makeId = makeId;
    this.#db = new Database(storage);
    this.#db.migrate();
    this.meta = new MetaTable(this.#db);
    this.nodeTable = new NodeTable(this.#db);
    this.leftTable = new LeftTable(this.#db);
    this.serviceTable = new ServiceTable(this.#db);
    this.checkTable = new CheckTable(this.#db);
    this.tombstones = new TombstoneTable(this.#db);
    this.kvTable = new KvTable(this.#db);
    this.sessionTable = new SessionTable(this.#db);
    this.lockDelays = new LockDelayTable(this.#db);
    this.eventTable = new EventTable(this.#db);
    this.queryTable = new QueryTable(this.#db);
    this.coordinateTable = new CoordinateTable(this.#db);
    this.configEntryTable = new ConfigEntryTable(this.#db);
    this.usage = new UsageCounts(this.#db);
    this.spoolTable = new SpoolTable(this.#db);
    this.dump = new TableDump(this.#db);
    this.#topics = new TopicIndex(this.#db, () => this.prunedIndex);
    if (this.meta.get('CatalogID') === undefined) this.meta.set('CatalogID', makeId());
    this.#index = this.#highestIndex();
    this.#restoredIndex = Number(this.meta.get('RestoredIndex') ?? 1);
  }

  /** The index of the last transaction; 1 in a catalog that was never written. */
  get lastIndex(): Index {
    return this.#index;
  }

  /** The index of the last transaction that changed a node, a service or a check. */
  catalogIndex(): Index {
    return Math.max(this.index('nodes'), this.index('services'), this.index('checks'));
  }

  get catalogId(): string {
    return this.meta.get('CatalogID')!;
  }

  /** Deletions up to this index are forgotten: a copy that is older must be made anew. */
  get prunedIndex(): Index {
    return Number(this.meta.get('PrunedIndex') ?? 0);
  }

  /**
   * Replaces everything by what `fill` inserts into the empty tables, or nothing if it throws. From now on this is
   * another catalog: every copy is made anew, and every index is past all that were ever given.
   */
  replace(atLeast: Index, fill: (dump: TableDump) => void): void {
    const index = Math.max(this.#index, atLeast) + 1;
    this.#db.atomically(() => {
      this.dump.clear();
      fill(this.dump);
      this.meta.set('CatalogID', this.#makeId());
      this.meta.set('PrunedIndex', String(index));
      this.meta.set('RestoredIndex', String(index));
    });
    this.kvTable = new KvTable(this.#db);
    this.#topics = new TopicIndex(this.#db, () => this.prunedIndex);
    this.#index = index;
    this.#restoredIndex = index;
  }

  /** It is another catalog than it was when copies of it were made: all of them are made anew. */
  renew(): void {
    this.meta.set('CatalogID', this.#makeId());
  }

  /**
   * Runs `action` as one transaction: all of it or nothing, one index for all it changes, none if it changes nothing.
   * @throws what `action` throws, after undoing it.
   * @param isOneStatement It writes with one statement at most, which is all or nothing by itself.
   */
  transact<Result>(
    nowMs: number,
    action: (tx: Transaction) => Result,
    isOneStatement = false,
  ): Committed<Result> {
    const tx = new Transaction(this, nowMs, this.#index + 1);
    const result = isOneStatement ? action(tx) : this.#db.atomically(() => action(tx));
    if (tx.topics.size > 0) this.#index = tx.index;
    // Keys have their index in their rows, and there may be any number of them.
    for (const topic of tx.topics) if (!topic.startsWith('key:')) this.#topics.raise(topic, tx.index);
    return {
      Result: result,
      Index: this.#index,
      Changes: tx.changes,
      Topics: [...tx.topics],
      DueAtMs: tx.dueAtMs,
    };
  }

  /** A part of a transaction that may fail alone. */
  atomically<Result>(action: () => Result): Result {
    return this.#db.atomically(action);
  }

  prune(beforeMs: number): void {
    this.#db.atomically(() => {
      const pruned = this.tombstones.prune(beforeMs);
      if (pruned > this.prunedIndex) this.meta.set('PrunedIndex', String(pruned));
      // Apart from the catalog's: what is forgotten of keys is no reason to copy the catalog anew.
      const prunedKeys = this.kvTable.prune(beforeMs);
      if (prunedKeys > this.#prunedKeysIndex) this.meta.set('PrunedKeysIndex', String(prunedKeys));
    });
  }

  node(nameOrId: string): Node | undefined {
    return this.nodeTable.byName(nameOrId) ?? this.nodeTable.byId(nameOrId.toLowerCase());
  }

  nodes(): Node[] {
    return this.nodeTable.all();
  }

  nodeServices(node: string): NodeService[] {
    return this.serviceTable.onNode(node);
  }

  nodeChecks(node: string): HealthCheck[] {
    return this.checkTable.onNode(node);
  }

  services(): Map<string, string[]> {
    return this.serviceTable.names();
  }

  serviceInstances(name: string): ServiceInstance[] {
    return this.#join(this.serviceTable.named(name), this.checkTable.ofServiceName(name, true));
  }

  connectInstances(name: string): ServiceInstance[] {
    return this.serviceTable.connecting(name).map((placed) => this.#withChecks(placed));
  }

  serviceChecks(name: string): HealthCheck[] {
    return this.checkTable.ofServiceName(name, false);
  }

  checksInState(state: string): HealthCheck[] {
    return this.checkTable.inState(state);
  }

  nodesByAddress(address: string): Node[] {
    return this.nodeTable.byAddress(address);
  }

  instancesByAddress(address: string): ServiceInstance[] {
    return this.serviceTable.byAddress(address).map((placed) => this.#withChecks(placed));
  }

  coordinatesOf(node: string): NodeCoordinate[] {
    return this.coordinateTable.ofNode(node);
  }

  index(topic: Topic): Index {
    if (topic.startsWith('key:'))
      return Math.max(this.#restoredIndex, this.kvTable.keyIndex(topic.slice('key:'.length)));
    if (topic.startsWith('prefix:'))
      return Math.max(this.#restoredIndex, this.kvTable.prefixIndex(topic.slice('prefix:'.length)));
    return this.#topics.get(topic);
  }

  movingIndex(topic: Topic): MovingIndex {
    return lookUpMoving(this, topic);
  }

  /** Sessions leave no tombstones; one number remembers when the last of them changed. */
  noteSessionIndex(index: Index): void {
    this.meta.set('SessionIndex', String(index));
  }

  noteRecordIndex(topic: RecordTopic, index: Index): void {
    this.meta.set(recordIndexName(topic), String(index));
  }

  /** The topics of every service on a node: what a change of the node, or of a check of the whole node, touches. */
  serviceTopicsOf(node: string): Topic[] {
    return this.serviceTable.onNode(node).map(({ Service }) => serviceTopic(Service));
  }

  #withChecks({ Node: node, Service: service }: PlacedService): ServiceInstance {
    const checks = [...this.checkTable.ofService(node, ''), ...this.checkTable.ofService(node, service.ID)];
    return { Node: this.nodeTable.byName(node)!, Service: service, Checks: checks };
  }

  #join(placed: PlacedService[], checks: HealthCheck[]): ServiceInstance[] {
    // A node may have been registered in another letter case than what is on it.
    const checksOf = Map.groupBy(checks, (check) => check.Node.toLowerCase());
    const nodes = new Map<string, Node>();
    return placed.map(({ Node: name, Service: service }) => {
      const key = name.toLowerCase();
      const node = nodes.get(key) ?? this.nodeTable.byName(name)!;
      nodes.set(key, node);
      const own = (checksOf.get(key) ?? []).filter(
        ({ ServiceID }) => ServiceID === '' || ServiceID === service.ID,
      );
      return { Node: node, Service: service, Checks: own };
    });
  }

  get #prunedKeysIndex(): Index {
    return Number(this.meta.get('PrunedKeysIndex') ?? 0);
  }

  #highestIndex(): Index {
    const tables = ['nodes', 'services', 'checks', 'tombstones', 'kv', 'kv_tombstones'];
    const highest = tables.map((table) => `(SELECT coalesce(max(ModifyIndex), 0) FROM ${table})`);
    highest.push(`(SELECT coalesce(max(CAST(Value AS INTEGER)), 0) FROM meta WHERE Name LIKE 'Index:%')`);
    const { I } = this.#db.first<{ I: Index }>(`SELECT max(${highest.join(', ')}) AS I`)!;
    const sessionIndex = Number(this.meta.get('SessionIndex') ?? 0);
    // An empty catalog answers with index 1, so the first write must be past it to wake who waits on that.
    return Math.max(I, this.prunedIndex, this.#prunedKeysIndex, sessionIndex, 1);
  }
}
