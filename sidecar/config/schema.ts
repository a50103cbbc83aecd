/**
 * Every key of an agent's config file, in the order and with the names of Consul's reference, so that the files people
 * have keep working. This table is where a key is documented: its meaning, then its default. Durations are texts like
 * "10s". Keys that mean something in Consul and nothing here are listed in unused-keys.ts.
 *
 * Source: https://developer.hashicorp.com/consul/docs/reference/agent/configuration-file.
 */
import { configCheckShape } from '../../src/shared/definition/check-shape.ts';
import { configServiceShape } from '../../src/shared/definition/service-shape.ts';
import {
  anything,
  boolean,
  duration,
  integer,
  listOf,
  mapOf,
  type ReadOf,
  string,
  stringList,
  stringMap,
  struct,
} from '../../src/shared/definition/shape.ts';
import { unusedKeys } from './unused-keys.ts';
import { watchShape } from './watch-definition.ts';

/** A TCP or UDP port. 0 and below: not served. */
const port = integer;

const ports = struct('ports', {
  /** DNS, UDP and TCP. Default 8600. */
  dns: port,
  /** The HTTP API. Default 8500. */
  http: port,
  /** The HTTP API over TLS. Default -1. */
  https: port,
  /** Where a self-hosted edge serves, and the default port of the addresses to join. Default 8300. */
  server: port,
  /** Ports of gossip, xDS and proxies: accepted, not served. */
  grpc: port,
  grpc_tls: port,
  serf_lan: port,
  serf_wan: port,
  sidecar_min_port: port,
  sidecar_max_port: port,
  expose_min_port: port,
  expose_max_port: port,
});

/** Where each interface listens, if not on `client_addr`: addresses separated by spaces, or `unix:///path`. */
const addresses = struct('addresses', {
  dns: string,
  http: string,
  https: string,
  grpc: string,
  grpc_tls: string,
});

const dnsConfig = struct('dns_config', {
  /** Answer from what this host knows, however it stands with the edge. Always so here. Default true. */
  allow_stale: boolean,
  /** With the edge out of reach for longer, DNS answers SERVFAIL. Default "87600h". */
  max_stale: duration,
  /** TTL of answers about nodes. Default "0s". */
  node_ttl: duration,
  /** TTL of answers about services: by name, by prefix as "web*", or "*". Default none: 0. */
  service_ttl: mapOf(duration),
  /** Set TC on a UDP answer that left something out, so that resolvers ask again over TCP. Default false. */
  enable_truncate: boolean,
  /** Leave out instances that are `warning`, too. Default false. */
  only_passing: boolean,
  /** "sequential" or "random" order of the recursors. Default "sequential". */
  recursor_strategy: string,
  /** Patience with one recursor. Default "2s". */
  recursor_timeout: duration,
  /** Do not compress names in answers. Default false. */
  disable_compression: boolean,
  /** The most answers in a UDP response of 512 bytes. Default 3. */
  udp_answer_limit: integer,
  /** The most A or AAAA records in any response; 0 is no limit. Default 0. */
  a_record_limit: integer,
  /** Give a node's metadata as TXT records with answers about it. Default true. */
  enable_additional_node_meta_txt: boolean,
  soa: struct('dns_config.soa', {
    /** Seconds. Default 86400. */
    expire: integer,
    /** Seconds for which resolvers may remember that a name does not exist. Default 0. */
    min_ttl: integer,
    /** Seconds. Default 3600. */
    refresh: integer,
    /** Seconds. Default 600. */
    retry: integer,
  }),
  /** DNS is always answered from this host's copy; accepted, without effect. */
  use_cache: boolean,
  cache_max_age: duration,
  prefer_namespace: boolean,
});

const acl = struct('acl', {
  /** Whether tokens decide is a setting of the edge; here only `tokens` counts. */
  enabled: boolean,
  default_policy: string,
  down_policy: string,
  token_ttl: duration,
  policy_ttl: duration,
  role_ttl: duration,
  enable_key_list_policy: boolean,
  /** Keep tokens that are set through the API in the data directory. Default false. */
  enable_token_persistence: boolean,
  tokens: struct('acl.tokens', {
    /** For requests that bring no token of their own. */
    default: string,
    /** For the agent's own work: its node, its checks, its connection. Default: the default token. */
    agent: string,
    /** For requests to this agent when the edge cannot be asked about a token. */
    agent_recovery: string,
    agent_master: string,
    /** For registering what config files declare. Default: the default token. */
    config_file_service_registration: string,
    /** For DNS. Default: the default token. */
    dns: string,
    initial_management: string,
    master: string,
    replication: string,
  }),
});

const httpConfig = struct('http_config', {
  /** Headers added to every response. */
  response_headers: stringMap,
  /** Path prefixes that are answered with 403. */
  block_endpoints: stringList,
  /** Networks ("10.0.0.0/8") that may write through this agent. Default: all. */
  allow_write_http_from: stringList,
  /** Obey `?cached`. Default true. */
  use_cache: boolean,
  /** The most bytes of a request's headers. Default 1 MiB. */
  max_header_bytes: integer,
});

const limits = struct(
  'limits',
  {
    /** The most connections at a time from one address. Default 200; 0 is no limit. */
    http_max_conns_per_client: integer,
    /** The most bytes of a value in the key-value store. Default 524288. */
    kv_max_value_size: integer,
    /** The most bytes of a transaction. Default 524288. */
    txn_max_req_len: integer,
  },
  { others: 'drop' },
);

const telemetry = struct(
  'telemetry',
  {
    /** How long Prometheus metrics are kept; 0 turns them off. Default "0s". */
    prometheus_retention_time: duration,
    /** Leave the host's name out of the names of gauges. Default false. */
    disable_hostname: boolean,
    /** The first word of every metric. Default "consul". */
    metrics_prefix: string,
    /** "+prefix" lets metrics through, "-prefix" holds them back. */
    prefix_filter: stringList,
    /** What happens to metrics that no prefix names. Default true: let through. */
    filter_default: boolean,
  },
  { others: 'drop' },
);

const tlsSide = {
  /** The certificate authority, PEM, that the other side's certificate must come from. */
  ca_file: string,
  ca_path: string,
  /** This agent's own certificate and key, PEM. */
  cert_file: string,
  key_file: string,
  /** Ask clients for a certificate. Default false. */
  verify_incoming: boolean,
  verify_outgoing: boolean,
};

const tls = struct('tls', {
  /** For whatever `https` does not set, and for the connection to the edge. */
  defaults: struct('tls.defaults', tlsSide, { others: 'drop' }),
  /** For `ports.https`. */
  https: struct('tls.https', tlsSide, { others: 'drop' }),
  internal_rpc: anything,
  grpc: anything,
});

/** The tables below are one record in a file; they are apart only to be read more easily. */
const identityKeys = {
  /** This node's name in the catalog, unique in its datacenter. Default: the host's name. */
  node_name: string,
  /** This node's UUID. Default: made once and kept in the data directory. */
  node_id: string,
  /** Up to 64 pairs that are shown with the node and can be asked for. */
  node_meta: stringMap,
  /** Which datacenter to join, `[a-z0-9-_]`. Default "dc1". */
  datacenter: string,
  /** The DNS domain this agent answers for. Default "consul.". */
  domain: string,
  /** A second domain with the same answers. */
  alt_domain: string,
  /** Where registrations, the copy of the catalog and the node ID are kept. Required, but in dev mode. */
  data_dir: string,
};

const addressKeys = {
  /** Where HTTP and DNS listen: addresses separated by spaces. Default "127.0.0.1". */
  client_addr: string,
  /** The address of this host, from which the advertised one follows. Default "0.0.0.0". */
  bind_addr: string,
  /** The address that others reach this node at. Default: `bind_addr`, or the one private IPv4 address of this host. */
  advertise_addr: string,
  /** The address for those in other datacenters, the node's `wan` tagged address. Default: `advertise_addr`. */
  advertise_addr_wan: string,
  addresses,
  ports,
  unix_sockets: struct('unix_sockets', {
    /** Owner of Unix sockets, a numeric user ID. */
    user: string,
    /** Group of Unix sockets, a numeric group ID. */
    group: string,
    /** Mode of Unix sockets, octal. */
    mode: string,
  }),
  /** Answer queries from other datacenters with the `wan` addresses. Default false. */
  translate_wan_addrs: boolean,
};

const clusterKeys = {
  /** Run a self-hosted edge beside this agent. Default false; true in dev mode. */
  server: boolean,
  /** Addresses of the edge to join, tried in turn for ever: a URL, or host and port. */
  retry_join: stringList,
  /** Between two attempts to join. Default "30s". */
  retry_interval: duration,
  /** Attempts to join before the agent gives up; 0 is no limit. Default 0. */
  retry_max: integer,
  /** Addresses of the edge that must be reached at start. */
  start_join: stringList,
  /** On SIGTERM, leave: deregister this node. Default true; false with `server`. */
  leave_on_terminate: boolean,
  /** On SIGINT, stop without leaving. Default false; true with `server`. */
  skip_leave_on_interrupt: boolean,
  /** After how long the edge forgets this node when it falls silent. Default "72h". */
  reconnect_timeout: duration,
};

const definitionKeys = {
  /** One service instance on this node, or several. */
  service: configServiceShape,
  services: listOf(configServiceShape),
  /** One check of this node or of a service on it, or several. */
  check: configCheckShape,
  checks: listOf(configCheckShape),
  /** Queries whose changed answers are handed to a program or a URL. Their keys depend on their type. */
  watches: listOf(watchShape),
};

const checkKeys = {
  /** Let checks run programs, also those registered through the API. Default false. */
  enable_script_checks: boolean,
  /** Let checks run programs, if a config file defines them. Default false. */
  enable_local_script_checks: boolean,
  /** How long a change of nothing but a check's output may wait. Default "5m". */
  check_update_interval: duration,
  /** The most bytes of a check's output that are kept. Default 4096. */
  check_output_max_size: integer,
  /** Keep no output of checks at all. Default false. */
  discard_check_output: boolean,
};

const queryKeys = {
  dns_config: dnsConfig,
  /** Name servers for what is outside the domain: addresses, with a port if it is not 53. */
  recursors: stringList,
  http_config: httpConfig,
  limits,
  /** How long a blocking query waits when it does not say. Default "300s". */
  default_query_time: duration,
  /** The longest that a blocking query may wait. Default "600s". */
  max_query_time: duration,
  /** When above 0, catalog and health are answered from this host's copy if that is no older. Default "0s". */
  discovery_max_stale: duration,
  /** The shortest TTL of a session. Default "10s". */
  session_ttl_min: duration,
};

const tlsKeys = {
  tls,
  /** The older spelling of `tls.defaults`. */
  ...tlsSide,
  verify_incoming_https: boolean,
};

const operationKeys = {
  /** "trace", "debug", "info", "warn" or "error". Default "info". */
  log_level: string,
  /** Log lines as JSON. Default false. */
  log_json: boolean,
  /** A file, or a directory ending in "/", to log to besides standard error. */
  log_file: string,
  log_rotate_bytes: integer,
  log_rotate_duration: duration,
  log_rotate_max_files: integer,
  /** A file that holds the process ID while the agent runs. */
  pid_file: string,
  ui: boolean,
  ui_dir: string,
  ui_content_path: string,
  ui_config: struct(
    'ui_config',
    {
      /** Serve the web UI. Default false; true in dev mode. */
      enabled: boolean,
      /** Serve this directory instead of the UI that comes with the agent. */
      dir: string,
      /** Under which path. Default "/ui/". */
      content_path: string,
    },
    { others: 'drop' },
  ),
  enable_debug: boolean,
  disable_http_unprintable_char_filter: boolean,
  auto_reload_config: boolean,
  acl,
  telemetry,
};

export const configShape = struct('config', {
  ...identityKeys,
  ...addressKeys,
  ...clusterKeys,
  ...definitionKeys,
  ...checkKeys,
  ...queryKeys,
  ...tlsKeys,
  ...operationKeys,
  ...unusedKeys,
});

/** What one file, or the sum of several, says: nothing but what is written there. */
export type FileConfig = ReadOf<typeof configShape>;
