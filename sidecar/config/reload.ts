/**
 * What of a new configuration an agent that runs takes over. The rest stays as it was at the start, and is named where it
 * differs. Every setting is in the table, so that nobody adds one without deciding.
 */
import type { AgentConfig } from './agent-config.ts';

/** It is looked at anew by whoever uses it. */
const taken = true;

/** Taken, or the key of what stays as it was; of a group, the keys of those that stay. */
type Rule = typeof taken | string | Record<string, string>;

const rules: Record<keyof AgentConfig, Rule> = {
  dev: '-dev',
  server: 'server',
  nodeName: 'node_name',
  nodeId: 'node_id',
  hostNodeId: 'disable_host_node_id',
  nodeMeta: taken,
  datacenter: 'datacenter',
  domain: 'domain',
  altDomain: 'alt_domain',
  dataDir: 'data_dir',
  bindAddr: 'bind_addr',
  advertiseAddr: 'advertise_addr',
  taggedAddresses: 'advertise_addr_wan',
  addresses: 'addresses',
  ports: 'ports',
  unixSockets: 'unix_sockets',
  translateWanAddrs: 'translate_wan_addrs',
  retryJoin: 'retry_join',
  retryIntervalMs: 'retry_interval',
  retryMax: 'retry_max',
  startJoin: 'start_join',
  leaveOnTerminate: 'leave_on_terminate',
  skipLeaveOnInterrupt: 'skip_leave_on_interrupt',
  reconnectTimeoutMs: 'reconnect_timeout',
  services: taken,
  checks: taken,
  watches: taken,
  enableScriptChecks: taken,
  enableLocalScriptChecks: taken,
  checkUpdateIntervalMs: 'check_update_interval',
  checkOutputBytesMax: taken,
  checkFlapLimit: taken,
  discardCheckOutput: taken,
  checkTls: taken,
  dns: { threads: 'dns_config.threads' },
  recursors: taken,
  http: { headerBytesMax: 'http_config.max_header_bytes' },
  edge: taken,
  tls: taken,
  limits: { httpsHandshakeTimeoutMs: 'limits.https_handshake_timeout' },
  defaultQueryTimeMs: taken,
  maxQueryTimeMs: taken,
  discoveryMaxStaleMs: taken,
  tokens: taken,
  enableTokenPersistence: 'acl.enable_token_persistence',
  logLevel: taken,
  logJson: 'log_json',
  logFile: 'log_file',
  logRotateBytes: 'log_rotate_bytes',
  logRotateMs: 'log_rotate_duration',
  logRotateFilesMax: 'log_rotate_max_files',
  pidFile: 'pid_file',
  ui: 'ui_config',
  enableDebug: taken,
  autoReload: 'auto_reload_config',
  telemetry: {
    prometheusRetentionMs: 'telemetry.prometheus_retention_time',
    statsdAddress: 'telemetry.statsd_address',
    statsiteAddress: 'telemetry.statsite_address',
    dogstatsd: 'telemetry.dogstatsd_addr',
    disableHostname: 'telemetry.disable_hostname',
    metricsPrefix: 'telemetry.metrics_prefix',
  },
};

export interface Reloaded {
  config: AgentConfig;
  /** The keys of what was changed and stays as it was, sorted. */
  kept: string[];
}

/** The configuration that is in force after a reload. */
export function reloadConfig(before: AgentConfig, after: AgentConfig): Reloaded {
  const kept: string[] = [];
  const keep = (key: string, was: unknown, is: unknown) => {
    if (JSON.stringify(was) !== JSON.stringify(is)) kept.push(key);
    return was;
  };
  const entries = Object.entries(rules).map(([field, rule]) => {
    const was = before[field as keyof AgentConfig];
    const is = after[field as keyof AgentConfig];
    if (rule === taken) return [field, is];
    if (typeof rule === 'string') return [field, keep(rule, was, is)];
    const inner = Object.entries(rule).map(([name, key]) => [
      name,
      keep(key, memberOf(was, name), memberOf(is, name)),
    ]);
    return [field, { ...Object(is), ...Object.fromEntries(inner) }];
  });
  return { config: Object.fromEntries(entries) as AgentConfig, kept: kept.sort() };
}

const memberOf = (group: unknown, name: string): unknown => (group as Record<string, unknown>)[name];
