/** Who asks: the sidecar that passed a request on says which node it is of, and where its client is. */
import type { Context } from 'hono';
import { ApiError } from './shared/api-error.ts';
import { askingNodeHeader } from './shared/asking-node.ts';

/** The node of the sidecar; "" for a client of the edge itself. @throws {ApiError} 400 */
export function askingNode(c: Context): string {
  const written = c.req.header(askingNodeHeader) ?? '';
  try {
    return decodeURIComponent(written);
  } catch {
    throw new ApiError(400, `Invalid ${askingNodeHeader} header: ${JSON.stringify(written)}`);
  }
}

/** The client's address, as Consul finds it; "" if nobody says. */
export function clientAddress(c: Context): string {
  const forwardedFor = c.req.header('X-Forwarded-For') ?? c.req.header('CF-Connecting-IP') ?? '';
  return forwardedFor.split(',')[0]!.trim();
}
