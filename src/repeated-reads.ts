/**
 * Reads that were asked before, word for word. How the request was understood is remembered by its URL, so that the next
 * one goes to the object without being routed and parsed again; and the answer is remembered with its index, so that
 * the object, which is always asked, has to send it only when it changed. Whether a request may come in is asked each time.
 */
import type { Context } from 'hono';
import { authorityResult } from './authority-result.ts';
import { wantsGzip } from './compress.ts';
import { datacenterOf } from './datacenters.ts';
import { respondWith } from './edge-response.ts';
import type { Env } from './env.ts';
import { admit } from './middleware/admit.ts';
import { paramsOf, type QueryParams } from './shared/http/query-params.ts';
import { urlOf } from './shared/http/request-url.ts';
import type { Answer } from './shared/read/answers.ts';
import { hasOptions, type QueryOptions, selectToken } from './shared/read/query-options.ts';
import { queryKey, type ReadQuery } from './shared/read/read-query.ts';
import { resultResponse } from './shared/read/read-routes.ts';

interface Understood {
  /** Of the query. */
  key: string;
  options: Pick<QueryOptions, 'Datacenter' | 'Consistency'>;
  hostname: string;
  params: QueryParams;
  answer: Answer;
  /** With the headers of the answer, for who takes it as it is. */
  template: Response | undefined;
}

const rememberedUrlCharsMax = 1_000;
/** URLs and answers together; a Worker has 128 MB for everything. */
const charsMax = 8_000_000;

const understood = new Map<string, Understood>();
let chars = 0;

/** For a read and its answer. One that waits, or is sorted by what has no index, is not remembered. */
export function rememberRead(
  c: Context<{ Bindings: Env }>,
  query: ReadQuery,
  options: QueryOptions,
  answer: Answer,
): void {
  const { url, method, headers } = c.req.raw;
  if (method !== 'GET' || url.length > rememberedUrlCharsMax || hasOptions(headers)) return;
  if (options.Index > 0 || options.Pretty || ('Near' in query && query.Near)) return;
  const hostname = urlOf(c).hostname;
  remember(url, {
    key: queryKey(query),
    options,
    hostname,
    params: paramsOf(c),
    answer,
    template: undefined,
  });
}

/** Undefined for a request that has to be looked at; so has one that fails, for the words in which to say it. */
export function answerRepeated(request: Request, env: Env): Promise<Response | undefined> | undefined {
  const read = request.method === 'GET' ? understood.get(request.url) : undefined;
  return read && !hasOptions(request.headers) ? answerAgain(read, request, env) : undefined;
}

async function answerAgain(read: Understood, request: Request, env: Env): Promise<Response | undefined> {
  try {
    admit(env, () => selectToken(read.params, request.headers), read.hostname);
    const datacenter = await datacenterOf(env, read.options.Datacenter);
    const changed = await datacenter.readIfChanged(read.key, read.answer.Index);
    const answer = changed ?? read.answer;
    const isPlain = !wantsGzip(request, answer.Body.length);
    if (!changed && isPlain && read.template) return new Response(answer.Body, read.template);
    const response = resultResponse(authorityResult(answer, read.options), false, respondWith(env, request));
    if (changed || isPlain)
      remember(request.url, {
        ...read,
        answer,
        template: isPlain ? new Response(null, response) : undefined,
      });
    return response;
  } catch {
    return undefined;
  }
}

function remember(url: string, read: Understood): void {
  forget(url);
  if (sizeOf(url, read) > charsMax / 8) return;
  understood.set(url, read);
  chars += sizeOf(url, read);
  for (const oldest of understood.keys()) {
    if (chars <= charsMax) break;
    forget(oldest);
  }
}

function forget(url: string): void {
  const read = understood.get(url);
  if (!read) return;
  understood.delete(url);
  chars -= sizeOf(url, read);
}

/** What else is remembered of a read is about as long as its URL. */
const sizeOf = (url: string, { answer }: Understood) => 500 + 2 * url.length + answer.Body.length;
