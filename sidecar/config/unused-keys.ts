/**
 * Keys that a Consul config may have and that mean nothing here, because there is no gossip, no Raft and no mesh to set
 * up. A file that has them still works, as far as they are written as Consul wants them; the agent says once, in one line,
 * which of them it passed over.
 */
import {
  anything,
  boolean,
  duration,
  type Fields,
  integer,
  listOf,
  mapOf,
  number,
  object,
  string,
  stringList,
  stringMap,
  struct,
} from '../../src/shared/definition/shape.ts';
import { unused } from './unused.ts';

/** Each of the fields without effect. */
export function allUnused<F extends Fields>(fields: F): F {
  return Object.fromEntries(Object.entries(fields).map(([key, kind]) => [key, unused(kind)])) as F;
}

const gossip = {
  gossip_nodes: integer,
  gossip_interval: duration,
  probe_interval: duration,
  probe_timeout: duration,
  suspicion_mult: integer,
  retransmit_mult: integer,
};

const gossipAndRaft = {
  autopilot: struct('autopilot', {
    cleanup_dead_servers: boolean,
    last_contact_threshold: duration,
    max_trailing_logs: integer,
    min_quorum: integer,
    server_stabilization_time: duration,
    disable_upgrade_migration: boolean,
    redundancy_zone_tag: string,
    upgrade_version_tag: string,
  }),
  disable_coordinates: boolean,
  disable_keyring_file: boolean,
  encrypt: string,
  encrypt_verify_incoming: boolean,
  encrypt_verify_outgoing: boolean,
  gossip_lan: struct('gossip_lan', gossip),
  gossip_wan: struct('gossip_wan', gossip),
  non_voting_server: boolean,
  performance: struct('performance', {
    leave_drain_time: duration,
    raft_multiplier: integer,
    rpc_hold_timeout: duration,
    grpc_keepalive_interval: duration,
    grpc_keepalive_timeout: duration,
  }),
  protocol: integer,
  raft_boltdb: object,
  raft_logstore: struct('raft_logstore', {
    backend: string,
    disable_log_cache: boolean,
    verification: struct('raft_logstore.verification', { enabled: boolean, interval: duration }),
    boltdb: struct('raft_logstore.boltdb', { no_freelist_sync: boolean }),
    wal: struct('raft_logstore.wal', { segment_size_mb: integer }),
  }),
  raft_prevote_disabled: boolean,
  raft_protocol: integer,
  raft_snapshot_interval: duration,
  raft_snapshot_threshold: integer,
  raft_trailing_logs: integer,
  read_replica: boolean,
  reconnect_timeout_wan: duration,
  reporting: struct('reporting', { license: struct('reporting.license', { enabled: boolean }) }),
  rpc: struct('rpc', { enable_streaming: boolean }),
  segment: string,
  segments: listOf(
    struct('segments', {
      advertise: string,
      bind: string,
      name: string,
      port: integer,
      rpc_listener: boolean,
    }),
  ),
  serf_lan: string,
  serf_lan_allowed_cidrs: stringList,
  serf_wan: string,
  serf_wan_allowed_cidrs: stringList,
  server_rejoin_age_max: duration,
};

/** What a datacenter without servers, and a process without a past, has no use for. */
const servers = {
  bootstrap: boolean,
  bootstrap_expect: integer,
  enable_syslog: boolean,
  primary_datacenter: string,
  rejoin_after_leave: boolean,
  syslog_facility: string,
  tagged_addresses: stringMap,
};

const wan = {
  primary_gateways: stringList,
  primary_gateways_interval: duration,
  retry_interval_wan: duration,
  retry_join_wan: stringList,
  retry_max_wan: integer,
  start_join_wan: stringList,
};

const mesh = {
  auto_config: struct('auto_config', {
    enabled: boolean,
    intro_token: string,
    intro_token_file: string,
    server_addresses: stringList,
    dns_sans: stringList,
    ip_sans: stringList,
    authorization: struct('auto_config.authorization', { enabled: boolean, static: anything }),
  }),
  auto_encrypt: struct('auto_encrypt', {
    tls: boolean,
    dns_san: stringList,
    ip_san: stringList,
    allow_tls: boolean,
  }),
  config_entries: struct('config_entries', { bootstrap: listOf(object) }),
  connect: struct('connect', {
    enabled: boolean,
    ca_provider: string,
    ca_config: mapOf(anything),
    enable_mesh_gateway_wan_federation: boolean,
    enable_serverless_plugin: boolean,
    test_ca_leaf_root_change_spread: duration,
  }),
  enable_central_service_config: boolean,
  peering: struct('peering', { enabled: boolean, test_allow_peer_registrations: boolean }),
  xds: struct('xds', { update_max_per_second: number }),
};

/** Tokens are checked by the edge. */
const accessLists = {
  acl_datacenter: string,
  acl_default_policy: string,
  acl_down_policy: string,
  acl_enable_key_list_policy: boolean,
  acl_enforce_version_8: boolean,
  acl_master_token: string,
  acl_replication_token: string,
  acl_ttl: duration,
  bootstrap_acl: anything,
  default_intention_policy: string,
  enable_acl_replication: boolean,
};

/** What the edge or Node.js decides, or what belongs to other products. */
const others = {
  advertise_reconnect_timeout: duration,
  audit: struct('audit', { enabled: boolean, sink: mapOf(anything), rpc_enabled: boolean }),
  cache: struct('cache', { entry_fetch_max_burst: integer, entry_fetch_rate: number }),
  cloud: struct('cloud', {
    resource_id: string,
    client_id: string,
    client_secret: string,
    hostname: string,
    auth_url: string,
    scada_address: string,
  }),
  disable_anonymous_signature: boolean,
  disable_http_unprintable_char_filter: boolean,
  disable_remote_exec: boolean,
  disable_update_check: boolean,
  enable_additional_node_meta_txt: boolean,
  experiments: stringList,
  license_path: string,
  locality: struct('locality', { region: string, zone: string }),
  log_sublevels: stringMap,
  node_limits: anything,
  partition: string,
  rpc_protocol: integer,
  /** A limit of the edge. */
  session_ttl_min: duration,
  snapshot_agent: mapOf(anything),
  tls_prefer_server_cipher_suites: boolean,
  use_streaming_backend: boolean,
};

/** What Consul keeps for itself, and takes from files all the same. */
const internal = {
  acl_disabled_ttl: string,
  ae_interval: string,
  build_date: string,
  check_deregister_interval_min: string,
  check_reap_interval: string,
  consul: object,
  revision: string,
  segment_limit: integer,
  segment_name_limit: integer,
  sync_coordinate_interval_min: string,
  sync_coordinate_rate_target: number,
  version: string,
  version_metadata: string,
  version_prerelease: string,
};

export const unusedKeys = allUnused({
  ...gossipAndRaft,
  ...servers,
  ...wan,
  ...mesh,
  ...accessLists,
  ...others,
  ...internal,
});
