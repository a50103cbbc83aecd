import type { DnsServer } from '../dns/dns-server.ts';
import { type DnsMeter, measured } from '../dns/measured-answerer.ts';
import { Admission } from '../http/admission.ts';
import type { AgentApi, HttpSettings } from '../http/agent-api.ts';
import type { Feed } from '../sync/feed.ts';
import { debugConfig } from './debug-config.ts';
import type { Host } from './host.ts';
import type { Identity } from './identity.ts';
import { listMembers } from './members.ts';
import type { Registry } from './registry.ts';

type Given = 'clock' | 'random' | 'metrics' | 'logTaps' | 'edges' | 'reload' | 'leave' | 'warn';

export interface AgentParts extends Pick<AgentApi, Given> {
  /** As they are now. */
  config(): Parameters<typeof debugConfig>[0];
  settings(): HttpSettings;
  host: Host;
  registry: Registry;
  /** Undefined where it is turned off. */
  dns: DnsServer | undefined;
  dnsMeter: DnsMeter;
  as: Identity;
}

/** What the routes of port 8500 need, out of the parts of an agent. */
export function makeAgentApi(parts: AgentParts): AgentApi {
  const { config, settings, host, registry, dns, dnsMeter, as, ...given } = parts;
  const { edge, reads, feed } = registry;
  const { local, declarations, checks, changes } = host;
  const { node, tokens, agentToken, defaultToken, isServer } = as;
  const known = () => ({ default: defaultToken(), agent: agentToken() });
  const admission = new Admission({ tokens: known, edge, clock: given.clock });
  return {
    ...given,
    datacenter: config().datacenter,
    server: isServer,
    get scriptsAllowed() {
      return config().enableScriptChecks;
    },
    ...{ node, local, declarations, checks, edge, reads, tokens, defaultToken },
    localChanges: changes,
    dns: dns && measured(dns.responder, dnsMeter, given.clock),
    admit: (token) => admission.admit(token),
    isAdmitted: (token) => admission.isAdmitted(token),
    tokensInUse: () => agentToken() !== '',
    members: () => listMembers(edge, agentToken(), feed.copy),
    debugConfig: () => debugConfig(config(), node().ID, agentToken() !== ''),
    get settings() {
      return settings();
    },
    limits: () => config().limits,
    stats: () => ({ rollcall: syncStats(feed) }),
  };
}

const syncStats = (feed: Feed) => ({
  edge: feed.edge.href,
  sync: feed.state,
  sync_fault: feed.lastReason,
  index: String(feed.copy.lastIndex),
  index_at: feed.movedAtMs === undefined ? '' : new Date(feed.movedAtMs).toISOString(),
});
