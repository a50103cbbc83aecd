/** The way to the edge, as the configuration and the environment of this process say. */
import { createSecureContext } from 'node:tls';
import type { AgentConfig } from './config/agent-config.ts';
import { type OutboundSettings, plainSettings } from './outbound/outbound.ts';
import { selectProxy } from './outbound/proxy.ts';
import { readAuthorities, readSystemAuthorities } from './tls/authorities.ts';
import { readKeyPair } from './tls/pem-files.ts';

type Environment = Record<string, string | undefined>;

/** With its files as they are now. @throws naming what cannot be read or used. */
export function wayToEdge(
  { edge, tls }: Pick<AgentConfig, 'edge' | 'tls'>,
  edges: readonly URL[],
  environment: Environment,
): OutboundSettings {
  const proxyFor = (url: URL) => selectProxy(url, edge.proxy, environment);
  const proxies = edges.map(proxyFor);
  const isSecure = edges.some(({ protocol }) => protocol === 'https:');
  // Most hosts whose edge is on their own network have no use for the authorities of the world.
  if (!isSecure && !proxies.some((proxy) => proxy?.secure)) return { ...plainSettings, proxyFor };
  const { caFile, caPath, certFile, keyFile, minVersion, ciphers, serverName } = tls.edge;
  const authorities = readAuthorities({ caFile, caPath }, environment);
  const pair = readKeyPair({ certFile, keyFile });
  const versions = { minVersion, ...(ciphers !== '' && { ciphers }) };
  const believed = [...authorities.certificates];
  return {
    proxyFor,
    tls: {
      context: createSecureContext({ ...versions, ...pair, ca: believed }),
      serverName,
      verify: true,
      trustedFrom: authorities.from,
      hasCertificate: pair !== undefined,
    },
    proxyContext: createSecureContext({
      ...versions,
      ca: [...believed, ...readSystemAuthorities(environment).certificates],
    }),
    serviceToken: { id: edge.accessClientId, secret: edge.accessClientSecret },
  };
}
