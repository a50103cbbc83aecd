/** Everything that is the edge's business goes there as it came and comes back as it is. */
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { Context } from 'hono';
import { ApiError } from '../../src/shared/api-error.ts';
import { askingNodeHeader, sortedHeader } from '../../src/shared/asking-node.ts';
import { bodyTooLarge } from '../../src/shared/definition/json-body.ts';
import { boundedBody } from '../../src/shared/http/bounded-body.ts';
import { movedPermanently } from '../../src/shared/http/moved-permanently.ts';
import { forwardedBytesMax } from '../../src/shared/limits.ts';
import type { AgentNode } from '../../src/shared/protocol/messages.ts';
import { queryOptionsOf, selectToken } from '../../src/shared/read/query-options.ts';
import { type EdgeClient, type EdgeResponse, EdgeUnreachable } from '../sync/edge-client.ts';
import type { Clock } from '../system/clock.ts';
import type { Random } from '../system/random.ts';
import type { HttpSettings } from './agent-api.ts';
import { nameAgent, waitMsOf } from './agent-defaults.ts';
import { askUntilChanged } from './long-wait.ts';

export interface ForwardOptions {
  edge: EdgeClient;
  datacenter: string;
  defaultToken(): string;
  node(): Pick<AgentNode, 'Node'>;
  readonly settings: Pick<HttpSettings, 'defaultQueryTimeMs' | 'maxQueryTimeMs'>;
  clock: Clock;
  random: Random;
}

/** Longer than any wait the edge holds. */
const answerTimeoutMs = 70_000;
/** The edge is silent for as long as it takes to copy or to restore all it has. */
const silenceMsMax = 120_000;
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
  const { url, ...head } = headOf(c, options);
  const { method } = head;
  const sent = method === 'GET' || method === 'HEAD' ? undefined : (body ?? (await bodyOf(c)));
  const ask = (waitMs?: number) => {
    if (waitMs !== undefined) url.searchParams.set('wait', `${Math.ceil(waitMs)}ms`);
    return options.edge.request({
      ...head,
      path: url.pathname + url.search,
      ...(sent ? { body: sent } : {}),
      timeoutMs: answerTimeoutMs,
      waits: waitMs !== undefined,
    });
  };
  const { body: answer, ...answered } = await orUnreachable(
    isBlocking(c) ? askBlocking(c, options, ask) : ask(),
  );
  const redirect = redirectOf(c, answered);
  if (redirect) return redirect;
  const empty = answer.byteLength === 0 || answered.status === 204 || answered.status === 304;
  return new Response(empty ? null : new Uint8Array(answer), responseHead(answered));
}

/**
 * A body and an answer of any length pass through without being held.
 * @throws {ApiError} 413 for a body that is longer than `bodyBytesMax`, as {@link forward} otherwise.
 */
export async function forwardStream(
  c: Context,
  options: ForwardOptions,
  bodyBytesMax: number,
): Promise<Response> {
  const announced = Number(c.req.header('Content-Length') ?? 0);
  if (announced > bodyBytesMax) throw bodyTooLarge(announced, bodyBytesMax);
  const { url, ...head } = headOf(c, options);
  let fault: ApiError | undefined;
  const bounded = async function* () {
    let bytes = 0;
    for await (const chunk of c.req.raw.body ?? []) {
      bytes += chunk.byteLength;
      if (bytes > bodyBytesMax) {
        fault = bodyTooLarge(bytes, bodyBytesMax);
        throw fault;
      }
      yield chunk;
    }
  };
  const { body, ...answered } = await orUnreachable(
    options.edge.stream({
      ...head,
      path: url.pathname + url.search,
      ...(c.req.raw.body ? { body: bounded() } : {}),
      timeoutMs: silenceMsMax,
    }),
    () => fault,
  );
  return new Response(Readable.toWeb(body) as ReadableStream, responseHead(answered));
}

/** The same request, for the edge: in this datacenter unless it names one, from this node, with a token. */
function headOf(c: Context, options: ForwardOptions) {
  const url = new URL(c.req.url);
  const token = selectToken(url.searchParams, c.req.raw.headers) || options.defaultToken();
  if (!url.searchParams.has('dc')) url.searchParams.set('dc', options.datacenter);
  url.searchParams.delete('token');
  nameAgent(url.searchParams, options.node().Node);
  const headers = {
    ...pick(c),
    'X-Consul-Token': token,
    'X-Forwarded-For': clientAddress(c),
    [askingNodeHeader]: encodeURIComponent(options.node().Node),
  };
  return { url, method: c.req.method, headers, signal: c.req.raw.signal };
}

/** @throws {ApiError} 500 in place of {@link EdgeUnreachable}, unless there is a `fault` of the request itself. */
async function orUnreachable<Answer>(
  asked: Promise<Answer>,
  fault: () => ApiError | undefined = () => undefined,
): Promise<Answer> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof EdgeUnreachable)) throw error;
    throw fault() ?? new ApiError(500, `No cluster leader: the edge cannot be reached (${error.message})`);
  }
}

const isBlocking = (c: Context): boolean => c.req.method === 'GET' && Number(c.req.query('index')) > 0;

/** An answer without an index is no answer to a blocking query: it is passed on at once. */
function askBlocking(
  c: Context,
  { settings, clock, random }: ForwardOptions,
  ask: (waitMs: number) => Promise<EdgeResponse>,
): Promise<EdgeResponse> {
  const options = queryOptionsOf(c);
  const { signal } = c.req.raw;
  const WaitMs = waitMsOf(options, c.req.query('wait') ?? '', settings);
  return askUntilChanged({ ...options, WaitMs, clock, random, signal }, ask, ({ headers }) =>
    Number(headers['x-consul-index'] ?? Number.POSITIVE_INFINITY),
  );
}

/** @throws {ApiError} 413 as soon as it is too long. */
const bodyOf = (c: Context): Promise<Uint8Array> =>
  boundedBody(c.req.raw, forwardedBytesMax, (bytes) => bodyTooLarge(bytes, forwardedBytesMax));

/** To where the edge says, with the query as it came: what was added to it is no business of the client. */
function redirectOf(c: Context, { status, headers }: Pick<EdgeResponse, 'status' | 'headers'>) {
  const { location } = headers;
  if (status !== 301 || location === undefined) return undefined;
  const { pathname } = new URL(location, c.req.url);
  return movedPermanently(c.req.method, pathname + new URL(c.req.url).search);
}

const responseHead = ({ status, headers }: Pick<EdgeResponse, 'status' | 'headers'>) => ({
  status,
  headers: Object.entries(headers).filter(([name]) => !hopHeaders.has(name)),
});

/** Where the client is, as whoever passed it on says, or as the socket does. */
export function clientAddress(c: Context): string {
  const { incoming } = (c.env ?? {}) as { incoming?: IncomingMessage };
  return c.req.header('X-Forwarded-For') ?? incoming?.socket.remoteAddress?.replace(/^::ffff:/, '') ?? '';
}

function pick(c: Context): Record<string, string> {
  const found = passedOn.map((name) => [name, c.req.header(name)] as const);
  return Object.fromEntries(found.filter((pair): pair is [string, string] => pair[1] !== undefined));
}
