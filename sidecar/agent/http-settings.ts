import type { AgentConfig } from '../config/agent-config.ts';
import type { HttpSettings } from '../http/agent-api.ts';

/** The settings of port 8500 within the agent's. */
export const httpSettings = (config: AgentConfig): HttpSettings => ({
  http: config.http,
  defaultQueryTimeMs: config.defaultQueryTimeMs,
  maxQueryTimeMs: config.maxQueryTimeMs,
  discoveryMaxStaleMs: config.discoveryMaxStaleMs,
  translateWanAddrs: config.translateWanAddrs,
  prometheusRetentionMs: config.telemetry.prometheusRetentionMs,
  enableDebug: config.enableDebug,
  diskPath: config.dataDir || '/',
});
