import type { CatalogDeregistration, CatalogRegistration } from '../catalog-write.ts';
import type { HealthCheck, Index, Node, NodeService } from '../model.ts';

/** What runs beside the sidecar: a self-hosted edge (`server`) or nothing (`client`). Consul's words for a member. */
export type AgentRole = 'client' | 'server';

/** The node that a sidecar speaks for, as it stands in the catalog. */
export interface AgentNode {
  Node: string;
  ID: string;
  Address: string;
  TaggedAddresses: Record<string, string> | null;
  NodeMeta: Record<string, string> | null;
  Role: AgentRole;
  /** Where the edge beside a `server` listens; 0 for a client. */
  ServerPort: number;
  Version: string;
}

/**
 * First message of a connection. Without `Agent` the connection only follows (another datacenter's copy). `CatalogID` and
 * `Index` name the copy the sidecar has: it gets what changed since, or pages of the whole when that is not possible.
 */
export interface Hello {
  Type: 'hello';
  Protocol: number;
  Agent?: AgentNode;
  CatalogID: string;
  Index: Index;
}

export type CatalogOp = { Register: CatalogRegistration } | { Deregister: CatalogDeregistration };

/**
 * One transaction. An op that is refused leaves the others standing; the ack names it. IDs rise on a connection: a write that
 * comes again or late is not done. One without ops asks only for its ack, which comes after all that there was to say.
 */
export interface Write {
  Type: 'write';
  ID: number;
  Ops: CatalogOp[];
}

/** Asks for the page after `Cursor`: the edge never has more than one page of a copy in flight. */
export interface Next {
  Type: 'next';
  Cursor: string;
}

/** This host stops on purpose: its node leaves the catalog at once. Acknowledged like a write. */
export interface Leave {
  Type: 'leave';
  ID: number;
}

export type UpMessage = Hello | Write | Next | Leave;

/** Why an entity went away: said by somebody, evicted for its check, or evicted because its host fell silent. */
export type DeleteReason = 'deregistered' | 'critical' | 'silent' | 'left';

/**
 * One changed row. Deleting a node takes its services and checks along, deleting a service its checks; they get no
 * change of their own.
 */
export type Change =
  | { Set: 'node'; Row: Node }
  | { Set: 'service'; Node: string; Row: NodeService }
  | { Set: 'check'; Row: HealthCheck }
  | { Delete: 'node'; Node: string; Index: Index; Reason: DeleteReason }
  | { Delete: 'service'; Node: string; ID: string; Index: Index; Reason: DeleteReason }
  | { Delete: 'check'; Node: string; ID: string; Index: Index; Reason: DeleteReason };

export interface Welcome {
  Type: 'welcome';
  Protocol: number;
  /** A new catalog (first start, restore) has a new ID: indexes of another one mean nothing in it. */
  CatalogID: string;
  Datacenter: string;
  Index: Index;
  /** How the copy is brought up to date: by one delta, or by pages of the whole. */
  Copy: 'delta' | 'pages';
  HeartbeatIntervalMs: number;
}

/** A part of the whole catalog. The last one has no `Cursor`. Deltas may come between pages. */
export interface Page {
  Type: 'page';
  Index: Index;
  Changes: Change[];
  Cursor?: string;
}

/**
 * What one transaction changed, in index order on a connection. The first after a `welcome` may span many and has no
 * `After`; in all others it is the index of the delta before, without which a copy has missed something.
 */
export interface Delta {
  Type: 'delta';
  Index: Index;
  After?: Index;
  Changes: Change[];
}

export interface OpError {
  /** Position in `Write.Ops`. */
  Op: number;
  Status: number;
  Message: string;
}

/** The write with this ID is durable, but for the ops in `Errors`. */
export interface Ack {
  Type: 'ack';
  ID: number;
  Index: Index;
  Errors: OpError[];
}

/** The edge will not go on with this connection; it closes after saying why. `Retry` false: not before a human acts. */
export interface Refused {
  Type: 'refused';
  Message: string;
  Retry: boolean;
}

export type DownMessage = Welcome | Page | Delta | Ack | Refused;
