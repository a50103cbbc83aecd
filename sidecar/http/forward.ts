/** Everything that is the edge's business goes there as it came and comes back as it is. */
import type { Context } from 'hono';
import { ApiError } from '../../src/shared/api-error.ts';
import { selectToken } from '../../src/shared/read/query-options.ts';
import { type EdgeClient, EdgeUnreachable } from '../sync/edge-client.ts';

export interface ForwardOptions {
  edge: EdgeClient;
  datacenter: string;
  defaultToken(): string;
}

/** Longer than any wait the edge holds. */
const answerTimeoutMs = 70_000;
const passedOn = ['accept', 'content-type', 'cache-control'];
/** Headers about the connection to the edge, not about its answer. */
const hopHeaders = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
  'date',
  'server',
]);

/** @throws {ApiError} 500 when the edge cannot be reached: a write may then not be taken for done. */
export async function forward(c: Context, options: ForwardOptions): Promise<Response> {
  const url = new URL(c.req.url);
  const token = selectToken(url.searchParams, c.req.raw.headers) || options.defaultToken();
  if (!url.searchParams.has('dc')) url.searchParams.set('dc', options.datacenter);
  url.searchParams.delete('token');
  const method = c.req.method;
  const hasBody = method !== 'GET' && method !== 'HEAD';
  try {
    const { status, headers, body } = await options.edge.request({
      method,
      path: url.pathname + url.search,
      headers: { ...pick(c), 'X-Consul-Token': token },
      ...(hasBody ? { body: new Uint8Array(await c.req.arrayBuffer()) } : {}),
      timeoutMs: answerTimeoutMs,
      signal: c.req.raw.signal,
    });
    const kept = Object.entries(headers).filter(([name]) => !hopHeaders.has(name));
    const empty = body.byteLength === 0 || status === 204 || status === 304;
    return new Response(empty ? null : new Uint8Array(body), { status, headers: kept });
  } catch (error) {
    if (error instanceof EdgeUnreachable)
      throw new ApiError(500, `No cluster leader: the edge cannot be reached (${error.message})`);
    throw error;
  }
}

function pick(c: Context): Record<string, string> {
  const found = passedOn.map((name) => [name, c.req.header(name)] as const);
  return Object.fromEntries(found.filter((pair): pair is [string, string] => pair[1] !== undefined));
}
