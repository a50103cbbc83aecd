/**
 * From what flags and files say to the configuration the agent runs with: defaults filled in, every rule enforced. Faults
 * that can be told together are told together; what was adjusted or passed over becomes a warning.
 */
import { ipVersion } from '../../src/shared/definition/ip-address.ts';
import { metadataFault } from '../../src/shared/definition/metadata.ts';
import { multiErrorText } from '../../src/shared/definition/multi-error.ts';
import { uuidFault } from '../../src/shared/definition/uuid-fault.ts';
import { kvValueBytesMax, queryWaitMsDefault, queryWaitMsMax, txnBytesMax } from '../../src/shared/limits.ts';
import { type LogLevel, logLevels } from '../system/logger.ts';
import {
  nodeTaggedAddresses,
  resolveAdvertiseAddr,
  resolveAdvertiseAddrWan,
  resolveBindAddr,
  resolveListeners,
  resolvePorts,
  resolveTaggedAddresses,
} from './addresses.ts';
import type { AgentConfig } from './agent-config.ts';
import { ConfigError } from './config-error.ts';
import { resolveDefinitions } from './definitions-config.ts';
import { resolveDns, resolveRecursors } from './dns-config.ts';
import { joinable, resolveEdge, resolveJoinAddress } from './edge-config.ts';
import type { HostFacts } from './host-facts.ts';
import { configShape, type FileConfig } from './schema.ts';
import { resolveTelemetry } from './telemetry-config.ts';
import { resolveTls } from './tls-config.ts';
import { passedOverKeys } from './unused.ts';

/** What dev mode sets before anything else is read. */
export const devConfig: FileConfig = {
  bind_addr: '127.0.0.1',
  log_level: 'debug',
  server: true,
  ui_config: { enabled: true },
};

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

export interface ResolvedConfig {
  config: AgentConfig;
  warnings: string[];
}

/** @throws {ConfigError} */
export function resolveConfig(written: FileConfig, dev: boolean, host: HostFacts): ResolvedConfig {
  const warnings: string[] = [];
  const faults: string[] = [];
  const warn = (message: string) => void warnings.push(message);
  const refuse = (fault: string) => void faults.push(fault);
  const config = {
    dev,
    server: written.server ?? false,
    ...resolveIdentity(written, dev, host, warn),
    ...resolveNetwork(written, host, refuse),
    ...resolveCluster(written, warn, refuse),
    tls: resolveTls(written, refuse),
    ...resolveDefinitions(written, host, warn, refuse),
    ...resolveQueries(written, host, refuse),
    ...resolveOperation(written, refuse),
  };
  if (faults.length > 0) throw new ConfigError(multiErrorText([...new Set(faults)]));
  const passedOver = passedOverKeys(configShape, written);
  if (passedOver.length > 0) warn(`configuration keys without effect here: ${passedOver.join(', ')}`);
  return { config, warnings };
}

function resolveIdentity(
  written: FileConfig,
  dev: boolean,
  host: HostFacts,
  warn: (message: string) => void,
) {
  const { data_dir: dataDir = '', node_id: nodeId = '', node_meta: nodeMeta = {} } = written;
  const nodeName = written.node_name || host.name;
  const datacenter = (written.datacenter ?? 'dc1').toLowerCase();
  if (datacenter === '') throw new ConfigError('datacenter cannot be empty');
  if (!/^[a-z0-9_-]+$/.test(datacenter))
    throw new ConfigError(`datacenter cannot be ${JSON.stringify(datacenter)}. Please use only [a-z0-9-_]`);
  if (dataDir === '' && !dev)
    throw new ConfigError(
      'data_dir cannot be empty: set data_dir (-data-dir), or use -dev to keep nothing on disk',
    );
  if (nodeName === '') throw new ConfigError('node_name cannot be empty');
  const idFault = nodeId && uuidFault(nodeId);
  if (idFault) throw new ConfigError(`specified node_id ${JSON.stringify(nodeId)} is invalid: ${idFault}`);
  const metaFault = metadataFault(nodeMeta);
  if (metaFault) throw new ConfigError(`node_meta invalid: ${metaFault}`);
  if (!/^[A-Za-z0-9-]+$/.test(nodeName)) {
    warn(
      `Node name ${JSON.stringify(nodeName)} will not be discoverable via DNS due to invalid characters. ` +
        'Valid characters include all alpha-numerics and dashes.',
    );
  }
  const { domain = 'consul', alt_domain: altDomain = '' } = written;
  return {
    nodeName,
    nodeId: nodeId.toLowerCase(),
    hostNodeId: !(written.disable_host_node_id ?? true),
    nodeMeta,
    datacenter,
    domain: dotted(domain || 'consul'),
    altDomain: altDomain && dotted(altDomain),
    dataDir,
  };
}

const dotted = (domain: string) => `${domain.toLowerCase().replace(/^\.+|\.+$/g, '')}.`;

function resolveNetwork(written: FileConfig, host: HostFacts, refuse: (fault: string) => void) {
  const bindAddr = resolveBindAddr(written.bind_addr ?? '0.0.0.0', host, refuse);
  const advertiseAddr = resolveAdvertiseAddr(written.advertise_addr, bindAddr, host, refuse);
  const advertiseAddrWan = resolveAdvertiseAddrWan(written.advertise_addr_wan, advertiseAddr, host, refuse);
  const taggedAddresses = {
    ...nodeTaggedAddresses(advertiseAddr, advertiseAddrWan),
    ...resolveTaggedAddresses(written, host, refuse),
  };
  const ports = resolvePorts(written.ports, refuse);
  const { user = '', group = '', mode = '' } = written.unix_sockets ?? {};
  return {
    bindAddr,
    advertiseAddr,
    taggedAddresses,
    addresses: resolveListeners(written, ports, host, refuse),
    ports,
    unixSockets: { user, group, mode },
    translateWanAddrs: written.translate_wan_addrs ?? false,
  };
}

function resolveCluster(
  written: FileConfig,
  warn: (message: string) => void,
  refuse: (fault: string) => void,
) {
  const isServer = written.server ?? false;
  const join = (key: 'retry_join' | 'start_join') =>
    joinable(key, written[key] ?? [], isServer, warn, refuse).map((address) =>
      resolveJoinAddress(address, written, refuse),
    );
  return {
    retryJoin: join('retry_join'),
    retryIntervalMs: written.retry_interval ?? 30_000,
    retryMax: written.retry_max ?? 0,
    startJoin: join('start_join'),
    edge: resolveEdge(written.edge, refuse),
    leaveOnTerminate: written.leave_on_terminate ?? !isServer,
    skipLeaveOnInterrupt: written.skip_leave_on_interrupt ?? isServer,
    reconnectTimeoutMs: written.reconnect_timeout ?? 72 * hourMs,
  };
}

function resolveQueries(written: FileConfig, host: HostFacts, refuse: (fault: string) => void) {
  const { http_config: http = {}, limits = {} } = written;
  return {
    dns: resolveDns(written.dns_config),
    recursors: resolveRecursors(written.recursors ?? [], host, refuse),
    http: {
      responseHeaders: http.response_headers ?? {},
      blockEndpoints: http.block_endpoints ?? [],
      allowWriteHttpFrom: resolveNetworks(http.allow_write_http_from ?? [], refuse),
      useCache: http.use_cache ?? true,
      headerBytesMax: http.max_header_bytes || 1_048_576,
    },
    limits: {
      httpConnsPerClientMax: limits.http_max_conns_per_client ?? 200,
      httpsHandshakeTimeoutMs: limits.https_handshake_timeout ?? 5_000,
      kvValueBytesMax: Number(limits.kv_max_value_size ?? kvValueBytesMax),
      txnBytesMax: Number(limits.txn_max_req_len ?? txnBytesMax),
    },
    defaultQueryTimeMs: written.default_query_time ?? queryWaitMsDefault,
    maxQueryTimeMs: written.max_query_time ?? queryWaitMsMax,
    discoveryMaxStaleMs: written.discovery_max_stale ?? 0,
  };
}

/** Networks like "10.0.0.0/8". */
function resolveNetworks(written: string[], refuse: (fault: string) => void): string[] {
  const bitsMax = { 4: 32, 6: 128 };
  for (const network of written) {
    const [, address = '', bits = ''] = /^([^/]*)\/(\d{1,3})$/.exec(network) ?? [];
    const version = ipVersion(address);
    if (!version || Number(bits) > bitsMax[version])
      refuse(`allow_write_http_from: invalid cidr: ${network}`);
  }
  return written;
}

function resolveOperation(written: FileConfig, refuse: (fault: string) => void) {
  const { tokens = {} } = written.acl ?? {};
  const { telemetry, ui_config: ui = {} } = written;
  const fallback = tokens.default ?? '';
  return {
    tokens: {
      default: fallback,
      agent: tokens.agent ?? fallback,
      agentRecovery: tokens.agent_recovery ?? '',
      configFileServiceRegistration: tokens.config_file_service_registration ?? fallback,
      dns: tokens.dns ?? fallback,
    },
    enableTokenPersistence: written.acl?.enable_token_persistence ?? false,
    logLevel: resolveLogLevel(written.log_level || 'info', refuse),
    logJson: written.log_json ?? false,
    logFile: written.log_file ?? '',
    logRotateBytes: written.log_rotate_bytes ?? 0,
    logRotateMs: written.log_rotate_duration || 24 * hourMs,
    logRotateFilesMax: written.log_rotate_max_files ?? 0,
    pidFile: written.pid_file ?? '',
    ui: resolveUi(ui, refuse),
    enableDebug: written.enable_debug ?? false,
    autoReload: written.auto_reload_config ?? false,
    telemetry: resolveTelemetry(telemetry, refuse),
  };
}

function resolveUi(
  { enabled = false, dir = '', content_path: path = '/ui/' }: NonNullable<FileConfig['ui_config']>,
  refuse: (fault: string) => void,
) {
  if (!/^[A-Za-z0-9_/-]*$/.test(path))
    refuse(`ui_config.content_path can only contain alphanumeric, -, _, or /. received: ${path}`);
  return { enabled, dir, contentPath: slashed(path) };
}

const slashed = (path: string) => `/${path}/`.replace(/\/+/g, '/');

/** Consul also takes "err". */
function resolveLogLevel(text: string, refuse: (fault: string) => void): LogLevel {
  const name = text.toLowerCase() === 'err' ? 'error' : text.toLowerCase();
  const level = logLevels.find((candidate) => candidate === name);
  if (!level) refuse(`Invalid log level: ${text}. Valid log levels are: ${logLevels.join(', ')}`);
  return level ?? 'info';
}
