/** As whom an agent speaks: the node it is, and the tokens it shows. */
import { join } from 'node:path';
import type { AgentNode } from '../../src/shared/protocol/messages.ts';
import { version } from '../../src/shared/version.ts';
import type { AgentConfig } from '../config/agent-config.ts';
import { KeptFile } from '../system/kept-file.ts';
import type { Logger } from '../system/logger.ts';
import { AgentTokens } from './tokens.ts';

export interface Identity {
  node(): AgentNode;
  /** It runs the edge. */
  isServer: boolean;
  tokens: AgentTokens;
  /** The token of the agent's own work, that of a request that brings none, and that of what DNS asks the edge. */
  agentToken(): string;
  defaultToken(): string;
  dnsToken(): string;
}

export interface IdentityOptions {
  /** As it is now. */
  config(): AgentConfig;
  nodeId: string;
  /** The edge that runs here, if one does. */
  hosted: { token: string } | undefined;
  logger: Logger;
}

const tokensFormat = 1;

/** @throws what the disk says. */
export function makeIdentity({ config, nodeId, hosted, logger }: IdentityOptions): Identity {
  const tokens = openTokens(config, logger);
  const agentToken = () => tokens.get('agent') || hosted?.token || '';
  const isServer = hosted !== undefined;
  return {
    node: () => agentNode(config(), nodeId, isServer),
    isServer,
    tokens,
    agentToken,
    defaultToken: () => tokens.get('default'),
    dnsToken: () => config().tokens.dns || agentToken(),
  };
}

/** The configured tokens, and those set over the API, which are kept if the configuration says so. */
function openTokens(config: () => AgentConfig, logger: Logger): AgentTokens {
  const { enableTokenPersistence, dataDir } = config();
  const file =
    enableTokenPersistence && dataDir !== ''
      ? new KeptFile<Partial<AgentConfig['tokens']>>(join(dataDir, 'tokens.json'), tokensFormat, logger)
      : undefined;
  return new AgentTokens(() => config().tokens, file);
}

function agentNode(
  { nodeName, advertiseAddr, taggedAddresses, nodeMeta, ports }: AgentConfig,
  nodeId: string,
  isServer: boolean,
): AgentNode {
  return {
    Node: nodeName,
    ID: nodeId,
    Address: advertiseAddr,
    TaggedAddresses: taggedAddresses,
    // Consul shows the network segment of each node, and clients written for it look.
    NodeMeta: { 'consul-network-segment': '', ...nodeMeta },
    Role: isServer ? 'server' : 'client',
    ServerPort: isServer ? ports.server : 0,
    Version: version,
  };
}
