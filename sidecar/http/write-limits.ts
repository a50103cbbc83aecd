/**
 * How long a write to the key-value store may be: the edge's business, and that of the configuration of this agent, which can
 * only ask for less than the edge takes.
 */
import type { Context } from 'hono';
import { boundedBody } from '../../src/shared/http/bounded-body.ts';
import { kvValueTooLarge, txnTooLarge } from '../../src/shared/http/write-size.ts';
import { forwardedBytesMax } from '../../src/shared/limits.ts';
import type { AgentConfig } from '../config/agent-config.ts';

type Limits = Pick<AgentConfig['limits'], 'kvValueBytesMax' | 'txnBytesMax'>;

/** The body of a write that has such a limit; undefined for any other request. @throws {ApiError} 413 */
export async function limitedBody(c: Context, limits: Limits): Promise<Uint8Array | undefined> {
  const [setting, tooLarge] = limitOf(c.req.path, limits) ?? [];
  if (c.req.method !== 'PUT' || setting === undefined) return undefined;
  const bytesMax = Math.min(setting, forwardedBytesMax);
  return boundedBody(c.req.raw, bytesMax, (bytes) => tooLarge!(bytes, bytesMax));
}

function limitOf(
  path: string,
  { kvValueBytesMax, txnBytesMax }: Limits,
): [number, typeof kvValueTooLarge] | undefined {
  if (path.startsWith('/v1/kv/')) return [kvValueBytesMax, kvValueTooLarge];
  return path === '/v1/txn' ? [txnBytesMax, txnTooLarge] : undefined;
}
