/**
 * Keys that a Consul config may have and that mean nothing here, because there is no gossip, no Raft and no mesh to set
 * up. A file that has them still works; the agent says once, in one line, which of them it passed over.
 */
import { anything, type Kind } from '../../src/shared/definition/shape.ts';

const names = [
  // Gossip and Raft
  'autopilot',
  'disable_coordinates',
  'disable_keyring_file',
  'encrypt',
  'encrypt_verify_incoming',
  'encrypt_verify_outgoing',
  'gossip_lan',
  'gossip_wan',
  'non_voting_server',
  'performance',
  'protocol',
  'raft_boltdb',
  'raft_logstore',
  'raft_protocol',
  'raft_snapshot_interval',
  'raft_snapshot_threshold',
  'raft_trailing_logs',
  'read_replica',
  'reconnect_timeout_wan',
  'reporting',
  'rpc',
  'segment',
  'segments',
  'serf_lan',
  'serf_lan_allowed_cidrs',
  'serf_wan',
  'serf_wan_allowed_cidrs',
  'server_rejoin_age_max',
  // What a datacenter without servers, and a process without a past, has no use for
  'bootstrap',
  'bootstrap_expect',
  'enable_agent_tls_for_checks',
  'enable_syslog',
  'primary_datacenter',
  'rejoin_after_leave',
  'syslog_facility',
  // Joining over a WAN
  'retry_interval_wan',
  'retry_join_wan',
  'retry_max_wan',
  'start_join_wan',
  // Mesh
  'auto_config',
  'auto_encrypt',
  'config_entries',
  'connect',
  'enable_central_service_config',
  'peering',
  'xds',
  // What the edge or Node.js decides
  'acl_agent_master_token',
  'acl_agent_token',
  'acl_datacenter',
  'acl_default_policy',
  'acl_down_policy',
  'acl_enable_key_list_policy',
  'acl_enforce_version_8',
  'acl_master_token',
  'acl_replication_token',
  'acl_token',
  'acl_ttl',
  'advertise_reconnect_timeout',
  'audit',
  'bootstrap_acl',
  'cache',
  'cloud',
  'default_intention_policy',
  'disable_anonymous_signature',
  'disable_remote_exec',
  'disable_update_check',
  'enable_acl_replication',
  'enable_additional_node_meta_txt',
  'experiments',
  'license_path',
  'locality',
  'node_limits',
  'partition',
  'rpc_protocol',
  'server_name',
  'snapshot_agent',
  'tls_prefer_server_cipher_suites',
  'use_streaming_backend',
  'verify_incoming_rpc',
  'version',
  'version_metadata',
  'version_prerelease',
] as const;

export const unusedKeys = Object.fromEntries(names.map((name) => [name, anything])) as Record<
  (typeof names)[number],
  Kind<unknown>
>;

/** Keys without effect in groups that have others. */
const unusedNested = {
  ports: ['grpc', 'grpc_tls', 'serf_lan', 'serf_wan'],
  addresses: ['grpc', 'grpc_tls'],
};

/** Which keys of a configuration have no effect here, as people write them, sorted. */
export function passedOverKeys(config: object): string[] {
  const entries = Object.entries(config);
  const top = entries.map(([key]) => key).filter((key) => (names as readonly string[]).includes(key));
  const nested = Object.entries(unusedNested).flatMap(([group, keys]) => {
    const written = Object.keys((config as Record<string, object | undefined>)[group] ?? {});
    return keys.filter((key) => written.includes(key)).map((key) => `${group}.${key}`);
  });
  return [...top, ...nested].sort();
}
