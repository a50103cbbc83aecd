import type { AgentConfig } from '../config/agent-config.ts';
import type { OutboundSettings } from '../outbound/outbound.ts';
import { readWay } from '../outbound/way.ts';

/** The way to the edge, as configuration and environment say, with its files as they are now. @throws naming what cannot be read. */
export const wayToEdge = (
  { edge, tls }: Pick<AgentConfig, 'edge' | 'tls'>,
  edges: readonly URL[],
  environment: Record<string, string | undefined>,
): OutboundSettings =>
  readWay(
    {
      ...tls.edge,
      proxy: edge.proxy,
      verify: true,
      serviceToken: { id: edge.accessClientId, secret: edge.accessClientSecret },
    },
    edges,
    environment,
  );
