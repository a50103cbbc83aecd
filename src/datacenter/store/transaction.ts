/**
 * One transaction on the catalog: every row change goes through here, so that what changed, which topics it touches and
 * the index are known when it ends. A row that would stay the same is not written and raises nothing.
 */
import { isSameEntity } from '../../shared/canonical.ts';
import { nodeTopic, type RecordTopic, serviceTopic, type Topic } from '../../shared/catalog-reader.ts';
import type { HealthCheck, Index, Node, NodeService } from '../../shared/model.ts';
import type { Change, DeleteReason } from '../../shared/protocol/messages.ts';
import { type CheckTerms, dueAtMs, nextTimes, noTimes, sameTimes } from '../check-times.ts';
import type { CatalogStore } from './catalog-store.ts';

export class Transaction {
  readonly store: CatalogStore;
  readonly nowMs: number;
  readonly index: Index;
  readonly changes: Change[] = [];
  readonly topics = new Set<Topic>();
  /** Checks that went critical or away, and nodes (without a check) that went: sessions may depend on them. */
  readonly lost: { node: string; checkId?: string }[] = [];
  /** When the first eviction or expiry is due that this transaction started the clock for. */
  dueAtMs: number | undefined;

  constructor(store: CatalogStore, nowMs: number, index: Index) {
    this.store = store;
    this.nowMs = nowMs;
    this.index = index;
  }

  /** A part that may fail alone: then nothing of it is left, in the tables or here. @throws what `action` throws. */
  attempt(action: (part: Transaction) => void): void {
    const part = new Transaction(this.store, this.nowMs, this.index);
    this.store.atomically(() => action(part));
    this.changes.push(...part.changes);
    for (const topic of part.topics) this.topics.add(topic);
    this.lost.push(...part.lost);
    this.noteDueAt(part.dueAtMs);
  }

  /** Something that is not in the hosts' copies changed. */
  touch(...topics: Topic[]): void {
    for (const topic of topics) this.topics.add(topic);
  }

  /** Rows changed of a table that has one index for all of them. */
  touchRecords(topic: RecordTopic): void {
    this.store.noteRecordIndex(topic, this.index);
    this.touch(topic);
  }

  noteDueAt(atMs: number | undefined): void {
    if (atMs !== undefined) this.dueAtMs = Math.min(this.dueAtMs ?? atMs, atMs);
  }

  setNode(node: Omit<Node, 'CreateIndex' | 'ModifyIndex'>, createIndex?: Index): void {
    const old = this.store.nodeTable.byName(node.Node);
    if (old && isSameEntity(old, node)) return;
    const row: Node = {
      ...node,
      CreateIndex: old?.CreateIndex ?? createIndex ?? this.index,
      ModifyIndex: this.index,
    };
    this.store.nodeTable.put(row);
    this.#changed(
      { Set: 'node', Row: row },
      'nodes',
      nodeTopic(node.Node),
      ...this.store.serviceTopicsOf(node.Node),
    );
  }

  setService(node: string, service: Omit<NodeService, 'CreateIndex' | 'ModifyIndex'>): void {
    const old = this.store.serviceTable.get(node, service.ID);
    if (old && isSameEntity(old, service)) return;
    const row: NodeService = {
      ...service,
      CreateIndex: old?.CreateIndex ?? this.index,
      ModifyIndex: this.index,
    };
    this.store.serviceTable.put(node, row);
    this.#changed(
      { Set: 'service', Node: node, Row: row },
      'services',
      nodeTopic(node),
      serviceTopic(service.Service),
    );
    if (old && serviceTopic(old.Service) !== serviceTopic(service.Service))
      this.#renamed(node, old, service.Service);
  }

  /** What `terms` do not mention stays as it was. */
  setCheck(check: Omit<HealthCheck, 'CreateIndex' | 'ModifyIndex'>, terms: CheckTerms = {}): void {
    const { check: old, times: oldTimes } = this.store.checkTable.find(check.Node, check.CheckID) ?? {
      check: undefined,
      times: noTimes,
    };
    const times = nextTimes(oldTimes, terms, check.Status, this.nowMs);
    const same = old !== undefined && isSameEntity(old, check);
    if (same && sameTimes(times, oldTimes)) return;
    const row: HealthCheck = {
      ...check,
      CreateIndex: old?.CreateIndex ?? this.index,
      ModifyIndex: same ? old.ModifyIndex : this.index,
    };
    this.store.checkTable.put(row, times);
    this.noteDueAt(dueAtMs(times));
    if (same) return;
    if (check.Status === 'critical') this.lost.push({ node: check.Node, checkId: check.CheckID });
    if (old && old.ServiceID !== check.ServiceID) this.#buryCheck(old, 'deregistered');
    this.#touchServices(check);
    this.#changed({ Set: 'check', Row: row }, 'checks', nodeTopic(check.Node));
  }

  deleteNode(name: string, reason: DeleteReason): void {
    const node = this.store.nodeTable.byName(name);
    if (!node) return;
    for (const service of this.store.serviceTable.onNode(node.Node))
      this.#removeService(node.Node, service, reason);
    for (const check of this.store.checkTable.onNode(node.Node)) {
      this.store.checkTable.delete(node.Node, check.CheckID);
      this.topics.add('checks');
    }
    this.store.nodeTable.delete(node.Node);
    this.#deleteCoordinates(node.Node);
    this.lost.push({ node: node.Node });
    this.#bury('node', node.Node, '', '', reason);
    this.#changed(
      { Delete: 'node', Node: node.Node, Index: this.index, Reason: reason },
      'nodes',
      nodeTopic(node.Node),
    );
  }

  deleteService(node: string, id: string, reason: DeleteReason): void {
    const service = this.store.serviceTable.get(node, id);
    if (!service) return;
    this.#removeService(node, service, reason);
    this.#changed({ Delete: 'service', Node: node, ID: id, Index: this.index, Reason: reason });
  }

  deleteCheck(node: string, checkId: string, reason: DeleteReason): void {
    const check = this.store.checkTable.get(node, checkId);
    if (!check) return;
    this.store.checkTable.delete(node, checkId);
    this.lost.push({ node, checkId });
    this.#buryCheck(check, reason);
    this.#changed(
      { Delete: 'check', Node: node, ID: checkId, Index: this.index, Reason: reason },
      'checks',
      nodeTopic(node),
    );
  }

  #deleteCoordinates(node: string): void {
    if (this.store.coordinateTable.ofNode(node).length === 0) return;
    this.store.coordinateTable.deleteNode(node);
    this.touchRecords('coordinates');
  }

  #removeService(node: string, service: NodeService, reason: DeleteReason): void {
    for (const check of this.store.checkTable.ofService(node, service.ID)) {
      this.store.checkTable.delete(node, check.CheckID);
      this.lost.push({ node, checkId: check.CheckID });
      this.topics.add('checks');
    }
    this.store.serviceTable.delete(node, service.ID);
    this.#bury('service', node, service.ID, service.Service, reason);
    for (const topic of ['services', nodeTopic(node), serviceTopic(service.Service)] as const)
      this.topics.add(topic);
  }

  /**
   * The old name has an instance less. A copy that was away is told by the tombstone, which takes the checks along, so
   * they are written again, with the new name.
   */
  #renamed(node: string, old: NodeService, name: string): void {
    this.topics.add(serviceTopic(old.Service));
    this.#bury('service', node, old.ID, old.Service, 'deregistered');
    for (const check of this.store.checkTable.ofService(node, old.ID))
      this.setCheck({ ...check, ServiceName: name });
  }

  /** Also for a check that moves to another service: a copy must not keep it where it was. */
  #buryCheck(check: HealthCheck, reason: DeleteReason): void {
    this.#touchServices(check);
    this.#bury('check', check.Node, check.CheckID, check.ServiceName, reason);
  }

  #bury(
    Kind: 'node' | 'service' | 'check',
    Node: string,
    ID: string,
    Service: string,
    Reason: DeleteReason,
  ): void {
    this.store.tombstones.put({ Kind, Node, ID, Service, Reason, ModifyIndex: this.index }, this.nowMs);
  }

  #touchServices({
    Node: node,
    ServiceID,
    ServiceName,
  }: Pick<HealthCheck, 'Node' | 'ServiceID' | 'ServiceName'>): void {
    if (ServiceID !== '') this.topics.add(serviceTopic(ServiceName));
    else for (const topic of this.store.serviceTopicsOf(node)) this.topics.add(topic);
  }

  #changed(change: Change, ...topics: Topic[]): void {
    this.changes.push(change);
    for (const topic of topics) this.topics.add(topic);
  }
}
