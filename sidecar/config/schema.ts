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
  boolean,
  duration,
  integer,
  listOf,
  type ReadOf,
  string,
  stringList,
  stringMap,
  struct,
} from '../../src/shared/definition/shape.ts';
import { deprecatedKeys } from './deprecated-keys.ts';
import {
  acl,
  addresses,
  checkFlapLimit,
  dnsConfig,
  httpConfig,
  limits,
  ports,
  telemetry,
  uiConfig,
} from './schema-groups.ts';
import { edge, flatTls, tls } from './schema-way.ts';
import { unusedKeys } from './unused-keys.ts';
import { watchShape } from './watch-definition.ts';

/** The tables below are one record in a file; they are apart only to be read more easily. */
const identityKeys = {
  /** This node's name in the catalog, unique in its datacenter. Default: the host's name. */
  node_name: string,
  /** This node's UUID. Default: made once and kept in the data directory. */
  node_id: string,
  /**
   * Default true: what is made is random. False: it follows from the machine, so that a host whose disk was lost is the same
   * node; machines that were cloned with their ID then need a `node_id` each.
   */
  disable_host_node_id: boolean,
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
  /** Addresses of one IP version, for hosts with both: the node's tagged addresses `lan_ipv4`, `lan_ipv6`, … */
  advertise_addr_ipv4: string,
  advertise_addr_ipv6: string,
  advertise_addr_wan_ipv4: string,
  advertise_addr_wan_ipv6: string,
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
  edge,
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
  /**
   * Where TLS is spoken, checks show the agent's certificate and believe its authorities (`tls.internal_rpc`), and those of
   * the system no more. Default false.
   */
  enable_agent_tls_for_checks: boolean,
  /** The name that checks with the agent's certificates expect of a server, unless they say. Default: `node_name`. */
  server_name: string,
  /** Hold checks that change back and forth in the worse state. Not in Consul; off by default. */
  check_flap_limit: checkFlapLimit,
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
};

const tlsKeys = {
  tls,
  ...flatTls,
};

const operationKeys = {
  /** "trace", "debug", "info", "warn" or "error". Default "info". */
  log_level: string,
  /** Log lines as JSON. Default false. */
  log_json: boolean,
  /** A file, or a directory ending in "/" (then `consul.log` in it), to log to besides standard error. */
  log_file: string,
  /** Begin a new log file after this many bytes; the old one gets the time in its name. Default 0: no limit. */
  log_rotate_bytes: integer,
  /** Begin a new log file after this time. Default "24h". */
  log_rotate_duration: duration,
  /** How many old log files to keep; 0 keeps all, -1 none. Default 0. */
  log_rotate_max_files: integer,
  /** A file that holds the process ID while the agent runs. */
  pid_file: string,
  ui_config: uiConfig,
  enable_debug: boolean,
  /** Reload when a config file, or a certificate that one names, has changed. Default false. */
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
  ...deprecatedKeys,
  ...unusedKeys,
});

/** What one file, or the sum of several, says: nothing but what is written there. */
export type FileConfig = ReadOf<typeof configShape>;
