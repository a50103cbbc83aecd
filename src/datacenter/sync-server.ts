/**
 * The edge end of the sync protocol: what each message of a sidecar does. It answers in order on the same socket, and
 * the runtime holds every frame back until the writes before it are durable, so an ack is never about a lost write.
 */
import { ApiError, isApiError } from '../shared/api-error.ts';
import { consulServiceId, type HealthCheck, serfHealthCheckId } from '../shared/model.ts';
import type {
  AgentNode,
  CatalogOp,
  Hello,
  OpError,
  UpMessage,
  Welcome,
  Write,
} from '../shared/protocol/messages.ts';
import { parseUpMessage } from '../shared/protocol/parse-up-message.ts';
import { protocolVersion } from '../shared/protocol/version.ts';
import { type Connections, closeSocket } from './connections.ts';
import { changesSince, pageAfter } from './copy.ts';
import { leave } from './leave.ts';
import {
  deltaChangesMax,
  heartbeatIntervalMs,
  pageCharsMax,
  upMessageCharsMax,
  writeOpsMax,
} from './limits.ts';
import { log } from './log.ts';
import { deregister, register } from './registration.ts';
import type { CatalogStore, Committed } from './store/catalog-store.ts';
import type { Transaction } from './store/transaction.ts';

export interface SyncDependencies {
  store: CatalogStore;
  connections: Connections;
  nowMs: () => number;
  /** Runs a transaction, sends its delta to everybody and wakes who waited. */
  commit: <Result>(action: (tx: Transaction) => Result) => Committed<Result>;
  /** A host is here: from now on its silence is looked for. */
  joined: (nowMs: number) => void;
}

export class SyncServer {
  readonly #deps: SyncDependencies;

  constructor(deps: SyncDependencies) {
    this.#deps = deps;
  }

  receive(socket: WebSocket, data: string | ArrayBuffer): void {
    try {
      this.#handle(socket, parseUpMessage(textOf(data)));
    } catch (error) {
      if (!isApiError(error)) throw error;
      // A 5xx of the catalog (a name that another host holds) may pass; what is malformed will not.
      this.#refuse(socket, error.message, error.status >= 500);
    }
  }

  #handle(socket: WebSocket, message: UpMessage): void {
    const hasJoined = this.#deps.connections.hasJoined(socket);
    if (hasJoined === (message.Type === 'hello'))
      throw new ApiError(400, hasJoined ? 'a second hello' : `${message.Type} before hello`);
    switch (message.Type) {
      case 'hello':
        this.#hello(socket, message);
        break;
      case 'write':
        this.#write(socket, message);
        break;
      case 'leave':
        this.#leave(socket, message.ID);
        break;
      case 'next':
        this.#deps.connections.send(socket, pageAfter(this.#deps.store, message.Cursor, pageCharsMax));
        break;
    }
  }

  #hello(socket: WebSocket, hello: Hello): void {
    const { store, connections, commit, nowMs } = this.#deps;
    const { Agent: agent } = hello;
    if (agent) this.#refuseTwin(agent);
    this.#noteLostHistory(hello);
    if (agent) commit((tx) => joinAgent(tx, agent));
    connections.join(socket, agent?.Node ?? '', nowMs());
    if (agent) this.#deps.joined(nowMs());
    const sameCatalog = hello.CatalogID === store.catalogId;
    const changes = sameCatalog ? changesSince(store, hello.Index, deltaChangesMax) : undefined;
    const welcome: Welcome = {
      Type: 'welcome',
      Protocol: protocolVersion,
      CatalogID: store.catalogId,
      Datacenter: store.datacenter,
      Index: store.lastIndex,
      Copy: changes ? 'delta' : 'pages',
      HeartbeatIntervalMs: heartbeatIntervalMs,
    };
    connections.send(socket, welcome);
    if (changes) connections.send(socket, { Type: 'delta', Index: store.lastIndex, Changes: changes });
    else connections.send(socket, pageAfter(store, '', pageCharsMax));
  }

  /**
   * A copy of this very catalog that is ahead of it: what is stored here was put back to an earlier state. Copies of what was
   * lost must not be taken for up to date once the index has passed theirs.
   */
  #noteLostHistory({ CatalogID, Index }: Hello): void {
    const { store } = this.#deps;
    if (CatalogID !== store.catalogId || Index <= store.lastIndex) return;
    log(`a host has seen index ${Index}, and this is index ${store.lastIndex}: all copies are made anew`);
    store.renew();
  }

  /**
   * Two hosts with one ID (machines that were cloned) would rename each other's node for ever, or, with one name too, take
   * it from each other. One that comes from the same address is the same, whose end was not seen yet.
   */
  #refuseTwin({ ID, Node: name, Address }: AgentNode): void {
    const { store, connections } = this.#deps;
    const holder = store.nodeTable.byId(ID);
    if (!holder || connections.ofNode(holder.Node).length === 0) return;
    if (holder.Node.toLowerCase() === name.toLowerCase() && holder.Address === Address) return;
    throw new ApiError(
      500,
      `Member '${name}' (${Address}) has conflicting node ID '${ID}' with member '${holder.Node}' (${holder.Address}), ` +
        'which is alive: if one was cloned from the other, give it another ID (remove node-id from its data directory, ' +
        'or set -node-id)',
    );
  }

  #write(socket: WebSocket, write: Write): void {
    const { store, connections, commit } = this.#deps;
    if (connections.nodeOf(socket) === '')
      throw new ApiError(400, 'a connection that only follows cannot write');
    if (write.Ops.length > writeOpsMax)
      throw new ApiError(413, `a write has ${write.Ops.length} ops, the limit is ${writeOpsMax}`);
    // Asked by who wants to know that it has all there is, which is what comes before on this connection; IDs of its own.
    if (write.Ops.length === 0) {
      connections.send(socket, { Type: 'ack', ID: write.ID, Index: store.lastIndex, Errors: [] });
      return;
    }
    if (!connections.notesWrite(socket, write.ID)) return;
    const errors: OpError[] = [];
    const { Index } = commit((tx) => {
      for (const [op, what] of write.Ops.entries()) {
        const error = attempt(() => tx.attempt((part) => apply(part, what)));
        if (error) errors.push({ Op: op, Status: error.status, Message: error.message });
      }
    });
    connections.send(socket, { Type: 'ack', ID: write.ID, Index, Errors: errors });
  }

  #leave(socket: WebSocket, id: number): void {
    const { connections, commit } = this.#deps;
    const node = connections.nodeOf(socket);
    connections.release(socket);
    const { Index } = commit((tx) => leave(tx, node, 'left'));
    connections.send(socket, { Type: 'ack', ID: id, Index, Errors: [] });
  }

  #refuse(socket: WebSocket, message: string, retry: boolean): void {
    this.#deps.connections.send(socket, { Type: 'refused', Message: message, Retry: retry });
    closeSocket(socket, message);
  }
}

/** The node and its `serfHealth`, passing: the sidecar is here. Rewrites nothing when it only reconnects. */
function joinAgent(tx: Transaction, agent: AgentNode): void {
  register(tx, {
    Datacenter: '',
    Node: agent.Node,
    ID: agent.ID,
    Address: agent.Address,
    TaggedAddresses: agent.TaggedAddresses,
    NodeMeta: agent.NodeMeta,
    SkipNodeUpdate: false,
    Checks: [serfHealth(agent.Node, true)],
  });
  if (agent.Role === 'server') tx.setService(agent.Node, consulService(agent.ServerPort));
  else tx.deleteService(agent.Node, consulServiceId, 'deregistered');
  tx.store.nodeTable.setAgent(agent.Node, agent.Role, agent.Version);
  tx.store.leftTable.forget(agent.Node);
}

/** The service under which clients of Consul look for servers. */
const consulService = (port: number) => ({
  ID: consulServiceId,
  Service: consulServiceId,
  Tags: [],
  Address: '',
  Meta: null,
  Port: port,
  Weights: { Passing: 1, Warning: 1 },
  EnableTagOverride: false,
});

export const serfHealth = (
  node: string,
  alive: boolean,
): Omit<HealthCheck, 'CreateIndex' | 'ModifyIndex'> => ({
  Node: node,
  CheckID: serfHealthCheckId,
  Name: 'Serf Health Status',
  Status: alive ? 'passing' : 'critical',
  Notes: '',
  Output: alive ? 'Agent alive and reachable' : 'Agent not live or unreachable',
  ServiceID: '',
  ServiceName: '',
  ServiceTags: [],
  Type: '',
  Definition: {},
});

function apply(tx: Transaction, op: CatalogOp): void {
  if ('Register' in op) register(tx, op.Register);
  else deregister(tx, op.Deregister, 'deregistered');
}

function attempt(action: () => void): ApiError | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (isApiError(error)) return error;
    throw error;
  }
}

function textOf(data: string | ArrayBuffer): string {
  if (typeof data !== 'string') throw new ApiError(400, 'binary frames are not part of the protocol');
  if (data.length > upMessageCharsMax)
    throw new ApiError(413, `a message has ${data.length} characters, the limit is ${upMessageCharsMax}`);
  return data;
}
