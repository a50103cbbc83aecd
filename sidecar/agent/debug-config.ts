/**
 * The configuration an agent runs with, as `/v1/agent/self` shows it under `DebugConfig`: the names are Consul's, whose tools
 * look at some of them; what has none keeps ours. Secrets are hidden, and durations are texts.
 */
import { formatDuration } from '../../src/shared/duration.ts';
import { consulVersion } from '../../src/shared/version.ts';
import type { AgentConfig, ListenAddress } from '../config/agent-config.ts';

const hidden = 'hidden';

export function debugConfig(config: AgentConfig, nodeId: string, isTokenNeeded: boolean) {
  return {
    ACLsEnabled: isTokenNeeded,
    ACLEnableTokenPersistence: config.enableTokenPersistence,
    ACLTokens: Object.fromEntries(Object.keys(config.tokens).map((kind) => [kind, hidden])),
    ...identity(config, nodeId),
    ...listeners(config),
    ...cluster(config),
    ...checks(config),
    ...dns(config),
    ...http(config),
    ...operation(config),
  };
}

const identity = (config: AgentConfig, nodeId: string) => ({
  Datacenter: config.datacenter,
  PrimaryDatacenter: config.datacenter,
  NodeID: nodeId,
  NodeName: config.nodeName,
  NodeMeta: config.nodeMeta,
  DataDir: config.dataDir,
  DevMode: config.dev,
  ServerMode: config.server,
  Version: consulVersion,
});

const listeners = ({ addresses, ports, ...config }: AgentConfig) => ({
  AdvertiseAddrLAN: config.advertiseAddr,
  AdvertiseAddrWAN: config.taggedAddresses.wan ?? '',
  BindAddr: config.bindAddr,
  TaggedAddresses: config.taggedAddresses,
  TranslateWANAddrs: config.translateWanAddrs,
  DNSAddrs: ports.dns > 0 ? ['tcp', 'udp'].flatMap((scheme) => urls(scheme, addresses.dns, ports.dns)) : [],
  DNSPort: ports.dns,
  HTTPAddrs: ports.http > 0 ? urls('tcp', addresses.http, ports.http) : [],
  HTTPPort: ports.http,
  HTTPSAddrs: ports.https > 0 ? urls('tcp', addresses.https, ports.https) : [],
  HTTPSPort: ports.https,
  ServerPort: ports.server,
  UnixSocketGroup: config.unixSockets.group,
  UnixSocketMode: config.unixSockets.mode,
  UnixSocketUser: config.unixSockets.user,
});

const urls = (scheme: string, addresses: ListenAddress[], port: number) =>
  addresses.map((address) =>
    'path' in address ? `unix://${address.path}` : `${scheme}://${bracketed(address.ip)}:${port}`,
  );

const cluster = (config: AgentConfig) => ({
  LeaveOnTerm: config.leaveOnTerminate,
  SkipLeaveOnInt: config.skipLeaveOnInterrupt,
  ReconnectTimeoutLAN: formatDuration(config.reconnectTimeoutMs),
  RetryJoinLAN: config.retryJoin,
  RetryJoinIntervalLAN: formatDuration(config.retryIntervalMs),
  RetryJoinMaxAttemptsLAN: config.retryMax,
  StartJoinAddrsLAN: config.startJoin,
});

/** What is declared may hold secrets (headers of checks, tokens): only how many. */
const checks = (config: AgentConfig) => ({
  Services: config.services.length,
  Checks: config.checks.length,
  Watches: config.watches.length,
  CheckOutputMaxSize: config.checkOutputBytesMax,
  CheckUpdateInterval: formatDuration(config.checkUpdateIntervalMs),
  CheckFlapLimit: {
    Changes: config.checkFlapLimit.changesMax,
    Window: formatDuration(config.checkFlapLimit.windowMs),
  },
  DiscardCheckOutput: config.discardCheckOutput,
  EnableLocalScriptChecks: config.enableLocalScriptChecks,
  EnableRemoteScriptChecks: config.enableScriptChecks,
});

const dns = ({ dns: settings, ...config }: AgentConfig) => ({
  DNSARecordLimit: settings.aRecordLimit,
  DNSAllowStale: settings.allowStale,
  DNSAltDomain: config.altDomain,
  DNSDisableCompression: settings.disableCompression,
  DNSDomain: config.domain,
  DNSEnableTruncate: settings.enableTruncate,
  DNSMaxStale: formatDuration(settings.maxStaleMs),
  DNSNodeMetaTXT: settings.enableAdditionalNodeMetaTxt,
  DNSNodeTTL: formatDuration(settings.nodeTtlMs),
  DNSOnlyPassing: settings.onlyPassing,
  DNSRecursorStrategy: settings.recursorStrategy,
  DNSRecursorTimeout: formatDuration(settings.recursorTimeoutMs),
  DNSRecursors: config.recursors,
  DNSSOA: {
    Expire: settings.soa.expireS,
    Minttl: settings.soa.minTtlS,
    Refresh: settings.soa.refreshS,
    Retry: settings.soa.retryS,
  },
  DNSServiceTTL: Object.fromEntries(
    Object.entries(settings.serviceTtlMs).map(([service, ms]) => [service, formatDuration(ms)]),
  ),
  DNSThreads: settings.threads,
  DNSUDPAnswerLimit: settings.udpAnswerLimit,
});

const http = ({ http: settings, limits, tls, edge, ...config }: AgentConfig) => ({
  AllowWriteHTTPFrom: settings.allowWriteHttpFrom,
  DefaultQueryTime: formatDuration(config.defaultQueryTimeMs),
  MaxQueryTime: formatDuration(config.maxQueryTimeMs),
  DiscoveryMaxStale: formatDuration(config.discoveryMaxStaleMs),
  HTTPBlockEndpoints: settings.blockEndpoints,
  KVMaxValueSize: limits.kvValueBytesMax,
  TxnMaxReqLen: limits.txnBytesMax,
  HTTPMaxConnsPerClient: limits.httpConnsPerClientMax,
  HTTPMaxHeaderBytes: settings.headerBytesMax,
  HTTPResponseHeaders: settings.responseHeaders,
  HTTPSHandshakeTimeout: formatDuration(limits.httpsHandshakeTimeoutMs),
  HTTPUseCache: settings.useCache,
  TLS: Object.fromEntries(
    Object.entries(tls).map(([side, { caFile, caPath, certFile, keyFile, minVersion, ciphers }]) => [
      side,
      {
        ...{ CAFile: caFile, CAPath: caPath, CertFile: certFile, KeyFile: keyFile === '' ? '' : hidden },
        ...{ TLSMinVersion: minVersion, TLSCipherSuites: ciphers },
      },
    ]),
  ),
  VerifyIncomingHTTPS: tls.https.verifyIncoming,
  Edge: {
    // Its URL may hold a password.
    Proxy: edge.proxy === '' || edge.proxy === 'direct' ? edge.proxy : hidden,
    TLSServerName: tls.edge.serverName,
    AccessClientID: edge.accessClientId,
    AccessClientSecret: edge.accessClientSecret === '' ? '' : hidden,
  },
});

const operation = ({ telemetry, ...config }: AgentConfig) => ({
  AutoReloadConfig: config.autoReload,
  EnableDebug: config.enableDebug,
  Logging: {
    LogFilePath: config.logFile,
    LogJSON: config.logJson,
    LogLevel: config.logLevel.toUpperCase(),
    LogRotateBytes: config.logRotateBytes,
    LogRotateDuration: formatDuration(config.logRotateMs),
    LogRotateMaxFiles: config.logRotateFilesMax,
  },
  PidFile: config.pidFile,
  Telemetry: {
    DisableHostname: telemetry.disableHostname,
    DogstatsdAddr: place(telemetry.dogstatsd?.address),
    DogstatsdTags: telemetry.dogstatsd?.tags ?? [],
    FilterDefault: telemetry.filterDefault,
    MetricsPrefix: telemetry.metricsPrefix,
    PrefixFilter: telemetry.prefixFilter,
    PrometheusRetentionTime: formatDuration(telemetry.prometheusRetentionMs),
    StatsdAddr: place(telemetry.statsdAddress),
    StatsiteAddr: place(telemetry.statsiteAddress),
  },
  UIConfig: { Enabled: config.ui.enabled, Dir: config.ui.dir, ContentPath: config.ui.contentPath },
});

const place = (at: { host: string; port: number } | undefined) =>
  at ? `${bracketed(at.host)}:${at.port}` : '';

const bracketed = (host: string) => (host.includes(':') ? `[${host}]` : host);
