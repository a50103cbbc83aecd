/** TLS of an edge that runs here: what it shows to hosts, and how its own agent believes it. */
import { X509Certificate } from 'node:crypto';
import type { AgentConfig } from '../config/agent-config.ts';
import type { EdgeTls } from '../edge/edge-process.ts';
import { type OutboundSettings, plainSettings } from '../outbound/outbound.ts';
import { readAuthorities } from '../tls/authorities.ts';
import { readKeyPair } from '../tls/pem-files.ts';
import { wayToEdge } from './edge-way.ts';

type Config = Pick<AgentConfig, 'edge' | 'tls'>;

/** Undefined where it speaks HTTP in the clear. @throws naming the file that cannot be used. */
export function readHostedTls({ tls: { edge } }: Config): EdgeTls | undefined {
  if (!edge.isServed) return undefined;
  const clientAuthorities = edge.verifyIncoming ? readAuthorities(edge, {}).certificates : [];
  return { ...readKeyPair(edge)!, clientAuthorities, minVersion: edge.minVersion };
}

/**
 * From the agent to its own edge, past every proxy. Its certificate is expected to have a name that it has: who else on
 * this host could take its port? What it comes from is verified as anywhere.
 */
export function wayToHosted(config: Config, url: URL, environment: NodeJS.ProcessEnv): OutboundSettings {
  const tls = readHostedTls(config);
  if (!tls) return plainSettings;
  const [, name] =
    /(?:DNS|IP Address):([^,]+)/.exec(new X509Certificate(tls.cert).subjectAltName ?? '') ?? [];
  const { edge } = config.tls;
  const asNamed = { ...config.tls, edge: { ...edge, serverName: name ?? edge.serverName } };
  return wayToEdge({ tls: asNamed, edge: { ...config.edge, proxy: 'direct' } }, [url], environment);
}
