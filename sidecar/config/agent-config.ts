/**
 * What an agent runs with: every setting with its value, validated and in one unit. What a setting means is documented at
 * its key in schema.ts.
 */
import type { SecureVersion } from 'node:tls';
import type { CheckDefinition, ServiceDefinition } from '../../src/shared/model.ts';
import type { LogLevel } from '../system/logger.ts';
import type { WatchDefinition } from './watch-definition.ts';

/** Where something listens: an IP address, or the path of a Unix socket. */
export type ListenAddress = { ip: string } | { path: string };

export interface AgentPorts {
  /** -1: not served. */
  dns: number;
  http: number;
  https: number;
  server: number;
}

export interface DnsConfig {
  allowStale: boolean;
  maxStaleMs: number;
  nodeTtlMs: number;
  /** By service name, by prefix as "web*", or "*". */
  serviceTtlMs: Record<string, number>;
  enableTruncate: boolean;
  onlyPassing: boolean;
  recursorStrategy: 'sequential' | 'random';
  recursorTimeoutMs: number;
  disableCompression: boolean;
  udpAnswerLimit: number;
  aRecordLimit: number;
  enableAdditionalNodeMetaTxt: boolean;
  threads: number;
  soa: { expireS: number; minTtlS: number; refreshS: number; retryS: number };
}

/** Tokens by use; those that have a fallback are never less set than it. "" is anonymous. */
interface AgentTokens {
  default: string;
  agent: string;
  agentRecovery: string;
  configFileServiceRegistration: string;
  dns: string;
}

interface HttpConfig {
  responseHeaders: Record<string, string>;
  blockEndpoints: string[];
  allowWriteHttpFrom: string[];
  useCache: boolean;
  headerBytesMax: number;
}

/** One side of TLS. Paths of PEM files; "" is none. */
export interface TlsConfig {
  caFile: string;
  caPath: string;
  certFile: string;
  keyFile: string;
  minVersion: SecureVersion;
  /** In OpenSSL's words; "" is the default. */
  ciphers: string;
}

/** What stands between this host and its edge. */
interface EdgeConfig {
  /** A proxy's URL, which may hold a secret; "direct" is none; "": as the environment says. */
  proxy: string;
  accessClientId: string;
  /** A secret. */
  accessClientSecret: string;
}

interface HostPort {
  host: string;
  port: number;
}

interface TelemetryConfig {
  prometheusRetentionMs: number;
  statsdAddress: HostPort | undefined;
  statsiteAddress: HostPort | undefined;
  dogstatsd: { address: HostPort; tags: string[] } | undefined;
  disableHostname: boolean;
  metricsPrefix: string;
  prefixFilter: string[];
  filterDefault: boolean;
}

export interface AgentConfig {
  dev: boolean;
  server: boolean;

  nodeName: string;
  /** "": to be made, and kept in the data directory. */
  nodeId: string;
  /** What is made follows from the machine instead of chance. */
  hostNodeId: boolean;
  nodeMeta: Record<string, string>;
  datacenter: string;
  /** Lower case, with a dot at its end. */
  domain: string;
  /** As `domain`; "" is none. */
  altDomain: string;
  /** "": nothing is kept on disk (dev mode). */
  dataDir: string;

  bindAddr: string;
  advertiseAddr: string;
  /** The node's addresses as the catalog shows them: `lan`, `wan`, `lan_ipv4`, … */
  taggedAddresses: Record<string, string>;
  addresses: { dns: ListenAddress[]; http: ListenAddress[]; https: ListenAddress[] };
  ports: AgentPorts;
  unixSockets: { user: string; group: string; mode: string };
  translateWanAddrs: boolean;

  /** URLs of the edge, tried in turn for ever. */
  retryJoin: string[];
  retryIntervalMs: number;
  /** After so many intervals without an edge and without a copy the agent gives up; 0: never. */
  retryMax: number;
  /** URLs of the edge, one of which must be reached at start. */
  startJoin: string[];
  leaveOnTerminate: boolean;
  skipLeaveOnInterrupt: boolean;
  reconnectTimeoutMs: number;

  services: ServiceDefinition[];
  checks: CheckDefinition[];
  watches: WatchDefinition[];

  enableScriptChecks: boolean;
  enableLocalScriptChecks: boolean;
  checkUpdateIntervalMs: number;
  checkOutputBytesMax: number;
  /** 0 changes: no check is held. */
  checkFlapLimit: { changesMax: number; windowMs: number };
  discardCheckOutput: boolean;
  /** Whether checks have the certificates of `tls.edge`, and the name they then expect by default. */
  checkTls: { asAgent: boolean; serverName: string };

  dns: DnsConfig;
  /** "address:port", IPv6 in brackets. */
  recursors: string[];
  http: HttpConfig;
  edge: EdgeConfig;
  tls: {
    /**
     * `serverName`: the name that the edge's certificate must have; "": that of its URL. `isServed`: an edge that runs here
     * speaks TLS, and with `verifyIncoming` asks for certificates.
     */
    edge: TlsConfig & { serverName: string; verifyIncoming: boolean; isServed: boolean };
    https: TlsConfig & { verifyIncoming: boolean };
  };
  limits: {
    httpConnsPerClientMax: number;
    httpsHandshakeTimeoutMs: number;
    kvValueBytesMax: number;
    txnBytesMax: number;
  };
  defaultQueryTimeMs: number;
  maxQueryTimeMs: number;
  /** 0: reads go to the edge unless they say otherwise. */
  discoveryMaxStaleMs: number;

  tokens: AgentTokens;
  enableTokenPersistence: boolean;

  logLevel: LogLevel;
  logJson: boolean;
  /** "": standard error only. */
  logFile: string;
  /** 0: no limit. */
  logRotateBytes: number;
  logRotateMs: number;
  /** 0: all are kept; -1: none. */
  logRotateFilesMax: number;
  /** "": none. */
  pidFile: string;

  ui: { enabled: boolean; dir: string; contentPath: string };
  enableDebug: boolean;
  autoReload: boolean;
  telemetry: TelemetryConfig;
}
