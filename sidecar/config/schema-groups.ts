/**
 * The groups of keys in an agent's config file, documented as in schema.ts.
 *
 * Source: https://developer.hashicorp.com/consul/docs/reference/agent/configuration-file.
 */
import {
  boolean,
  duration,
  integer,
  listOf,
  mapOf,
  number,
  string,
  stringList,
  stringMap,
  struct,
  uint64,
} from '../../src/shared/definition/shape.ts';
import { deprecatedTokens } from './deprecated-keys.ts';
import { allUnused } from './unused-keys.ts';

/** A TCP or UDP port. 0 and below: not served. */
const port = integer;

export const ports = struct('ports', {
  /** DNS, UDP and TCP. Default 8600. */
  dns: port,
  /** The HTTP API. Default 8500. */
  http: port,
  /** The HTTP API over TLS. Default -1. */
  https: port,
  /** Where a self-hosted edge serves, and the default port of the addresses to join. Default 8300. */
  server: port,
  ...allUnused({
    grpc: port,
    grpc_tls: port,
    serf_lan: port,
    serf_wan: port,
    sidecar_min_port: port,
    sidecar_max_port: port,
    expose_min_port: port,
    expose_max_port: port,
    proxy_min_port: port,
    proxy_max_port: port,
  }),
});

/** Where each interface listens, if not on `client_addr`: addresses separated by spaces, or `unix:///path`. */
export const addresses = struct('addresses', {
  dns: string,
  http: string,
  https: string,
  ...allUnused({ grpc: string, grpc_tls: string }),
});

export const dnsConfig = struct('dns_config', {
  /** Answer from this host's copy also when the edge has been out of reach for a while. Default true. */
  allow_stale: boolean,
  /** With the edge out of reach for longer, DNS answers SERVFAIL. Default "87600h". */
  max_stale: duration,
  /** TTL of answers about nodes. Default "0s". */
  node_ttl: duration,
  /** TTL of answers about services: by name, by prefix as "web*", or "*". Default none: 0. */
  service_ttl: mapOf(duration),
  /** Set TC on a UDP answer that left something out, so that resolvers ask again over TCP. Default true. */
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
  /** Threads that answer over UDP, for hosts with cores to spare; 0: the main thread does. At most 64. Default 0. */
  threads: integer,
  ...allUnused({ use_cache: boolean, cache_max_age: duration, prefer_namespace: boolean }),
});

export const acl = struct('acl', {
  /** Whether tokens decide is a setting of the edge; here only `tokens` counts. */
  ...allUnused({
    enabled: boolean,
    default_policy: string,
    down_policy: string,
    token_ttl: duration,
    policy_ttl: duration,
    role_ttl: duration,
    enable_key_list_policy: boolean,
    enable_token_replication: boolean,
    msp_disable_bootstrap: boolean,
  }),
  /** Keep tokens that are set through the API in the data directory. Default false. */
  enable_token_persistence: boolean,
  tokens: struct('acl.tokens', {
    /** For requests that bring no token of their own. */
    default: string,
    /** For the agent's own work: its node, its checks, its connection. Default: the default token. */
    agent: string,
    /** For requests to this agent when the edge cannot be asked about a token. */
    agent_recovery: string,
    /** For registering what config files declare. Default: the default token. */
    config_file_service_registration: string,
    /** For DNS. Default: the default token. */
    dns: string,
    ...deprecatedTokens,
    ...allUnused({
      initial_management: string,
      replication: string,
      managed_service_provider: listOf(
        struct('managed_service_provider', { accessor_id: string, secret_id: string }),
      ),
    }),
  }),
});

export const httpConfig = struct('http_config', {
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

export const limits = struct('limits', {
  /** The most connections at a time from one address. Default 200; 0 is no limit. */
  http_max_conns_per_client: integer,
  /** How long a client of `ports.https` may take for its TLS handshake. Default "5s". */
  https_handshake_timeout: duration,
  /** The most bytes of a value in the key-value store. Default 524288, which is what the edge takes. */
  kv_max_value_size: uint64,
  /** The most bytes of a transaction. Default 524288, which is what the edge takes. */
  txn_max_req_len: uint64,
  ...allUnused({
    rpc_handshake_timeout: duration,
    rpc_client_timeout: duration,
    rpc_max_conns_per_client: integer,
    rpc_rate: number,
    rpc_max_burst: integer,
    request_limits: struct('limits.request_limits', { mode: string, read_rate: number, write_rate: number }),
  }),
});

export const checkFlapLimit = struct('check_flap_limit', {
  /**
   * How many times a check may change its state within the window. One more, and it is shown in the worst state that it
   * had in that time, with "Flapping: …" in its output, until fewer of its changes are that young. Fewer changes hold it
   * sooner. Default 0: no check is held.
   */
  changes: integer,
  /** Default "5m". A longer one notices slower flapping, and holds for longer after it. */
  window: duration,
});

const otherMetricSinks = {
  circonus_api_app: string,
  circonus_api_token: string,
  circonus_api_url: string,
  circonus_broker_id: string,
  circonus_broker_select_tag: string,
  circonus_check_display_name: string,
  circonus_check_force_metric_activation: string,
  circonus_check_id: string,
  circonus_check_instance_id: string,
  circonus_check_search_tag: string,
  circonus_check_tags: string,
  circonus_submission_interval: string,
  circonus_submission_url: string,
  'disable_compat_1.9': boolean,
  disable_per_tenancy_usage_metrics: boolean,
  enable_host_metrics: boolean,
  retry_failed_connection: boolean,
};

export const telemetry = struct('telemetry', {
  /** For how long Prometheus is shown a metric that does not change; 0 turns them off. Default "0s". */
  prometheus_retention_time: duration,
  /** Send metrics to this statsd, "host:port", over UDP. */
  statsd_address: string,
  /** Send metrics to this statsite, "host:port", over TCP. */
  statsite_address: string,
  /** Send metrics to this DogStatsD, "host:port", over UDP. */
  dogstatsd_addr: string,
  /** Tags, "name:value", of all metrics that go to DogStatsD. */
  dogstatsd_tags: stringList,
  /** Leave the host's name out of the names of gauges; without Prometheus or a statsd it is not in them. Default false. */
  disable_hostname: boolean,
  /** The first word of every metric. Default "consul". */
  metrics_prefix: string,
  /** "+prefix" lets metrics through, "-prefix" holds them back. */
  prefix_filter: stringList,
  /** What happens to metrics that no prefix names. Default true: let through. */
  filter_default: boolean,
  ...allUnused(otherMetricSinks),
});

export const uiConfig = struct('ui_config', {
  /** Serve the web UI. Default false; true in dev mode. */
  enabled: boolean,
  /** Serve this directory instead of the UI that comes with the agent. */
  dir: string,
  /** Under which path. Default "/ui/". */
  content_path: string,
  ...allUnused({
    metrics_provider: string,
    metrics_provider_files: stringList,
    metrics_provider_options_json: string,
    metrics_proxy: struct('ui_config.metrics_proxy', {
      base_url: string,
      add_headers: listOf(struct('add_headers', { name: string, value: string })),
      path_allowlist: stringList,
    }),
    dashboard_url_templates: stringMap,
    hcp_enabled: boolean,
  }),
});
