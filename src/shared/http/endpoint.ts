/**
 * What every endpoint under /v1 has in common: its methods, `OPTIONS`, the refusal of other methods, and the form of
 * answers and errors.
 *
 * Source: answers of Consul 1.8.7.
 */
import type { Context, Env, Hono } from 'hono';
import { isApiError } from '../api-error.ts';
import { isComplete } from './complete-response.ts';
import { movedPermanently } from './moved-permanently.ts';
import { urlOf } from './request-url.ts';

export type EndpointHandler<E extends Env> = (c: Context<E>) => Response | Promise<Response>;
export type Methods<E extends Env> = Partial<Record<'GET' | 'PUT' | 'POST' | 'DELETE', EndpointHandler<E>>>;

/**
 * Registers an endpoint. A path that ends in `/*` takes any rest, also an empty one (see {@link pathRest}); without
 * its last slash it is redirected, so a path that such a wildcard covers is registered before it. The order of the
 * methods is that of the `Allow` header. An {@link ApiError} that a handler throws becomes its answer.
 */
export function endpoint<E extends Env>(app: Hono<E>, path: string, methods: Methods<E>): void {
  const allow = ['OPTIONS', ...Object.keys(methods)].join(',');
  const redirected = path.endsWith('/*') ? path.slice(0, -2) : undefined;
  app.all(path, async (c) => {
    const { pathname, search } = urlOf(c);
    if (pathname === redirected) return movedPermanently(c.req.method, `${redirected}/${search}`);
    return withVary(await respond(c, methods, allow));
  });
}

async function respond<E extends Env>(c: Context<E>, methods: Methods<E>, allow: string): Promise<Response> {
  const { method } = c.req;
  if (method === 'OPTIONS') return new Response(null, { headers: { Allow: allow } });
  const handler = Object.hasOwn(methods, method) ? methods[method as keyof Methods<E>] : undefined;
  if (!handler) return textResponse(405, `method ${method} not allowed`, { Allow: allow });
  try {
    return await handler(c);
  } catch (error) {
    if (isApiError(error)) return errorResponse(error);
    throw error;
  }
}

/** What came from `fetch` has headers that cannot be changed, so a copy is given them. */
function withVary(response: Response): Response {
  if (isComplete(response)) return response;
  try {
    response.headers.set('Vary', 'Accept-Encoding');
    return response;
  } catch {
    const own = new Response(response.body, response);
    own.headers.set('Vary', 'Accept-Encoding');
    return own;
  }
}

/** The path after `prefix`, with percent escapes decoded once: `web%2Fx` is the name "web/x". May be "". */
export function pathRest(c: Context, prefix: string): string {
  return decodeURIComponent(urlOf(c).pathname).slice(prefix.length);
}

/** Plain text without a line break at its end. What is no {@link ApiError} is 500 and keeps its text to itself. */
export function errorResponse(error: unknown): Response {
  return isApiError(error) ? textResponse(error.status, error.message) : textResponse(500, 'Internal error');
}

export function textResponse(status: number, text: string, headers: Record<string, string> = {}): Response {
  return new Response(text, { status, headers: { ...headers, 'Content-Type': 'text/plain; charset=utf-8' } });
}

/** JSON text; `?pretty` is four spaces and a line break at the end. */
export function jsonBody(value: unknown, pretty: boolean): string {
  return pretty ? `${JSON.stringify(value, null, 4)}\n` : JSON.stringify(value);
}

export const jsonResponse = (value: unknown, pretty: boolean): Response =>
  new Response(jsonBody(value, pretty), { headers: { 'Content-Type': 'application/json' } });

/** What a path that is no endpoint gets: a hint where the fault may be. */
export function notFound(path: string): Response {
  const hint = path.includes('/v1/')
    ? 'not a recognized HTTP API endpoint'
    : "if attempting to use the HTTP API, ensure the path starts with '/v1/'";
  return textResponse(404, `Invalid URL path: ${hint}\n`);
}
