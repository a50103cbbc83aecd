/** Everything that is the edge's business goes there as it came and comes back as it is. */
import type { IncomingMessage } from 'node:http';
import type { Context } from 'hono';
import { ApiError } from '../../src/shared/api-error.ts';
import { askingNodeHeader, sortedHeader } from '../../src/shared/asking-node.ts';
import { bodyTooLarge } from '../../src/shared/definition/json-body.ts';
import { boundedBody } from '../../src/shared/http/bounded-body.ts';
import { forwardedBytesMax } from '../../src/shared/limits.ts';
import type { AgentNode } from '../../src/shared/protocol/messages.ts';
import { queryOptionsOf, selectToken } from '../../src/shared/read/query-options.ts';
import type { Clock } from '../clock.ts';
import type { Random } from '../random.ts';
import { type EdgeClient, type EdgeResponse, EdgeUnreachable } from '../sync/edge-client.ts';
import { nameAgent } from './agent-defaults.ts';
import { askUntilChanged } from './long-wait.ts';

export interface ForwardOptions {
  edge: EdgeClient;
  datacenter: string;
  defaultToken(): string;
  node(): Pick<AgentNode, 'Node'>;
  clock: Clock;
  random: Random;
}

/** Longer than any wait the edge holds. */
const answerTimeoutMs = 70_000;
const passedOn = ['accept', 'content-type', 'cache-control'];
/** Headers about the connection to the edge or for this agent, not about the answer. */
const hopHeaders = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
  'date',
  'server',
  sortedHeader.toLowerCase(),
]);

/**
 * @param body in place of the request's own.
 * @throws {ApiError} 500 when the edge cannot be reached: a write may then not be taken for done.
 */
export async function forward(c: Context, options: ForwardOptions, body?: Uint8Array): Promise<Response> {
  const url = new URL(c.req.url);
  const token = selectToken(url.searchParams, c.req.raw.headers) || options.defaultToken();
  if (!url.searchParams.has('dc')) url.searchParams.set('dc', options.datacenter);
  url.searchParams.delete('token');
  nameAgent(url.searchParams, options.node().Node);
  const { method } = c.req;
  const sent = method === 'GET' || method === 'HEAD' ? undefined : (body ?? (await bodyOf(c)));
  const ask = (waitMs?: number) => {
    if (waitMs !== undefined) url.searchParams.set('wait', `${Math.ceil(waitMs)}ms`);
    return options.edge.request({
      method,
      path: url.pathname + url.search,
      headers: {
        ...pick(c),
        'X-Consul-Token': token,
        'X-Forwarded-For': clientAddress(c),
        [askingNodeHeader]: encodeURIComponent(options.node().Node),
      },
      ...(sent ? { body: sent } : {}),
      timeoutMs: answerTimeoutMs,
      waits: waitMs !== undefined,
      signal: c.req.raw.signal,
    });
  };
  try {
    return responseOf(await (isBlocking(c) ? askBlocking(c, options, ask) : ask()));
  } catch (error) {
    if (error instanceof EdgeUnreachable)
      throw new ApiError(500, `No cluster leader: the edge cannot be reached (${error.message})`);
    throw error;
  }
}

const isBlocking = (c: Context): boolean => c.req.method === 'GET' && Number(c.req.query('index')) > 0;

/** An answer without an index is no answer to a blocking query: it is passed on at once. */
function askBlocking(
  c: Context,
  { clock, random }: ForwardOptions,
  ask: (waitMs: number) => Promise<EdgeResponse>,
): Promise<EdgeResponse> {
  const options = queryOptionsOf(c);
  const { signal } = c.req.raw;
  return askUntilChanged({ ...options, clock, random, signal }, ask, ({ headers }) =>
    Number(headers['x-consul-index'] ?? Number.POSITIVE_INFINITY),
  );
}

/** @throws {ApiError} 413 as soon as it is too long. */
const bodyOf = (c: Context): Promise<Uint8Array> =>
  boundedBody(c.req.raw, forwardedBytesMax, (bytes) => bodyTooLarge(bytes, forwardedBytesMax));

function responseOf({ status, headers, body }: EdgeResponse): Response {
  const kept = Object.entries(headers).filter(([name]) => !hopHeaders.has(name));
  const empty = body.byteLength === 0 || status === 204 || status === 304;
  return new Response(empty ? null : new Uint8Array(body), { status, headers: kept });
}

/** Where the client is, as whoever passed it on says, or as the socket does. */
function clientAddress(c: Context): string {
  const { incoming } = (c.env ?? {}) as { incoming?: IncomingMessage };
  return c.req.header('X-Forwarded-For') ?? incoming?.socket.remoteAddress?.replace(/^::ffff:/, '') ?? '';
}

function pick(c: Context): Record<string, string> {
  const found = passedOn.map((name) => [name, c.req.header(name)] as const);
  return Object.fromEntries(found.filter((pair): pair is [string, string] => pair[1] !== undefined));
}
