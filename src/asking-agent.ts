/** Who asks: the sidecar that passed a request on says which node it is of, and where its client is. */
import type { Context } from 'hono';
import { askingNodeHeader } from './shared/asking-node.ts';

/** The node of the sidecar; "" for a client of the edge itself. */
export function askingNode(c: Context): string {
  return decodeURIComponent(c.req.header(askingNodeHeader) ?? '');
}

/** The client's address, as Consul finds it; "" if nobody says. */
export function clientAddress(c: Context): string {
  const forwardedFor = c.req.header('X-Forwarded-For') ?? c.req.header('CF-Connecting-IP') ?? '';
  return forwardedFor.split(',')[0]!.trim();
}
