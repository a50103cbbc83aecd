import type { Answerer } from '../../src/shared/dns/caching-answerer.ts';
import type { MemberJson } from '../../src/shared/member.ts';
import type { AgentNode } from '../../src/shared/protocol/messages.ts';
import type { AgentTokens } from '../agent/tokens.ts';
import type { Checks } from '../checks/checks.ts';
import type { AgentConfig } from '../config/agent-config.ts';
import type { ChangeSignal } from '../local/change-signal.ts';
import type { Declarations } from '../local/declarations.ts';
import type { LocalState } from '../local/local-state.ts';
import type { EdgeClient } from '../sync/edge-client.ts';
import type { Clock } from '../system/clock.ts';
import type { LogSink } from '../system/logger.ts';
import type { Random } from '../system/random.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Reads } from './reads.ts';

/** What the configuration says about port 8500. A reload may change all but the last three. */
export interface HttpSettings {
  http: AgentConfig['http'];
  defaultQueryTimeMs: number;
  maxQueryTimeMs: number;
  discoveryMaxStaleMs: number;
  translateWanAddrs: boolean;
  prometheusRetentionMs: number;
  enableDebug: boolean;
  /** Whose file system is reported. */
  diskPath: string;
}

/** What the routes of port 8500 need of the agent. */
export interface AgentApi {
  datacenter: string;
  server: boolean;
  /** Scripts may be registered over the API. */
  readonly scriptsAllowed: boolean;
  node(): AgentNode;
  local: LocalState;
  declarations: Declarations;
  checks: Pick<Checks, 'setTtl'>;
  edge: EdgeClient;
  clock: Clock;
  random: Random;
  reads: Reads;
  /** Undefined where DNS is off. */
  dns: Answerer | undefined;
  /** The token of a request that brings none. */
  defaultToken(): string;
  /** Whether this token may use the agent itself. @throws {ApiError} 403 if not. */
  admit(token: string): Promise<void>;
  /** Whether {@link AgentApi.admit} would let it in without asking the edge. */
  isAdmitted(token: string): boolean;
  members(): Promise<MemberJson[]>;
  /** What this agent runs with, without its secrets. */
  debugConfig(): Record<string, unknown>;
  stats(): Record<string, Record<string, string>>;
  metrics: Metrics;
  /** Wakes who waits for something about this host's services and checks to change. */
  localChanges: ChangeSignal;
  /** Who listens to the log. */
  logTaps: Set<LogSink>;
  /** Where the edge may be found. */
  edges(): URL[];
  tokens: AgentTokens;
  /** False: this agent joined an open edge, as with ACLs off. */
  tokensInUse(): boolean;
  /** As they are now. */
  readonly settings: HttpSettings;
  /** As they are now. */
  limits(): AgentConfig['limits'];
  /** Reads the config files again. @throws with what is wrong in them; then nothing has changed. */
  reload(): Promise<void>;
  /** Takes this host out of the catalog and ends the process. */
  leave(): Promise<void>;
  warn(message: string): void;
}
