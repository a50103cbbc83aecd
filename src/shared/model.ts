/**
 * The entities of a registry in the shape of Consul's public JSON: one type each, the same in SQLite, in memory, on
 * the wire and in the sidecar's cache. Durations that arrive as text ("10s") are normalised once, where they enter, to
 * fields that end in `Ms`; those never appear in an answer.
 *
 * Source: https://developer.hashicorp.com/consul/api-docs/catalog and /health.
 */

/** A check's status. The catalog stores any text that `/v1/catalog/register` sends, hence `string` in {@link HealthCheck}. */
export type Status = 'passing' | 'warning' | 'critical';

/** An instant in the history of one datacenter. Raised by one for each transaction; 0 means "not in the catalog". */
export type Index = number;

export interface Indexed {
  CreateIndex: Index;
  ModifyIndex: Index;
}

/** A host. `Node` is its name, unique without regard to case; `ID` a UUID or "". */
export interface Node extends Indexed {
  ID: string;
  Node: string;
  Address: string;
  Datacenter: string;
  TaggedAddresses: Record<string, string> | null;
  Meta: Record<string, string> | null;
}

export interface Weights {
  Passing: number;
  Warning: number;
}

export interface ServiceAddress {
  Address: string;
  Port: number;
}

/** A service instance on a node. `ID` is unique on its node, `Service` is the name clients ask for. */
export interface NodeService extends Indexed {
  Kind?: string;
  ID: string;
  Service: string;
  Tags: string[];
  Address: string;
  TaggedAddresses?: Record<string, ServiceAddress>;
  Meta: Record<string, string> | null;
  Port: number;
  SocketPath?: string;
  Weights: Weights;
  EnableTagOverride: boolean;
  /** Mesh settings are stored and given back as they came; Rollcall only reads `DestinationServiceName`. */
  Proxy?: Record<string, unknown>;
  Connect?: Record<string, unknown>;
  Locality?: Record<string, string>;
}

/** A check as the catalog knows it: its last status, not how it is run. `ServiceID` "" means a node-level check. */
export interface HealthCheck extends Indexed {
  Node: string;
  CheckID: string;
  Name: string;
  Status: string;
  Notes: string;
  Output: string;
  ServiceID: string;
  ServiceName: string;
  ServiceTags: string[];
  Type: string;
  Interval?: string;
  Timeout?: string;
  Definition: Record<string, unknown>;
}

/** One instance with its node and every check that decides about it: the service's own and the node-level ones. */
export interface ServiceInstance {
  Node: Node;
  Service: NodeService;
  Checks: HealthCheck[];
}

/** How a check is run, normalised from an API body or a config file. Exactly one kind of check is set. */
export interface CheckDefinition {
  CheckID: string;
  Name: string;
  Notes: string;
  /** The first status; "" lets the kind of check decide (critical, for all that run). */
  Status: Status | '';
  ServiceID: string;
  Token: string;
  Args?: string[];
  HTTP?: string;
  Method?: string;
  Header?: Record<string, string[]>;
  Body?: string;
  DisableRedirects?: boolean;
  TCP?: string;
  TCPUseTLS?: boolean;
  UDP?: string;
  GRPC?: string;
  GRPCUseTLS?: boolean;
  H2PING?: string;
  H2PingUseTLS?: boolean;
  DockerContainerID?: string;
  Shell?: string;
  AliasNode?: string;
  AliasService?: string;
  OSService?: string;
  TLSServerName?: string;
  TLSSkipVerify?: boolean;
  TTLMs?: number;
  IntervalMs?: number;
  TimeoutMs?: number;
  /** 0 or absent: never deregistered. */
  DeregisterCriticalServiceAfterMs?: number;
  OutputMaxSize?: number;
  SuccessBeforePassing?: number;
  FailuresBeforeWarning?: number;
  FailuresBeforeCritical?: number;
}

/** What a host declares: a service instance and how its checks are run. */
export interface ServiceDefinition {
  Service: NodeService;
  Checks: CheckDefinition[];
  Token: string;
}

export const serfHealthCheckId = 'serfHealth';

/** The service that stands for the servers; the catalog makes it, no host declares it. */
export const consulServiceId = 'consul';

/** Consul's agent check types, as shown in `HealthCheck.Type`. */
export type CheckType =
  | 'script'
  | 'http'
  | 'tcp'
  | 'udp'
  | 'ttl'
  | 'grpc'
  | 'h2ping'
  | 'docker'
  | 'alias'
  | 'os_service'
  | 'maintenance';
