/**
 * Paths as Go's HTTP server treats them before any endpoint sees them: what cannot be printed is refused, doubled
 * slashes and dot segments are redirected away. Clients rely on both, and on the redirect losing no query.
 *
 * Source: https://pkg.go.dev/net/http#ServeMux and answers of Consul 1.8.7.
 */
import type { MiddlewareHandler } from 'hono';
import { urlCharsMax } from '../limits.ts';
import { textResponse } from './endpoint.ts';
import { movedPermanently } from './moved-permanently.ts';
import { type RequestUrl, urlOf } from './request-url.ts';

/**
 * 414 for a URL above the limit, 400 for one that is escaped badly or whose path cannot be printed, 301 for a path that is
 * not clean.
 */
export const cleanPath: MiddlewareHandler = async (c, next) => {
  const { pathname, search } = urlOf(c);
  const chars = pathname.length + search.length;
  if (chars > urlCharsMax)
    return textResponse(414, `the URL has ${chars} characters, the limit is ${urlCharsMax}`);
  const found = badEscape.exec(search);
  if (found) return textResponse(400, `the query has a bad escape: ${found[0]}`, { Vary: 'Accept-Encoding' });
  const refusal = plain.test(pathname) ? undefined : refuseUnclean(c.req.method, urlOf(c));
  if (refusal) return refusal;
  return await next();
};

/** A percent sign that no two hex digits follow. */
const badEscape = /%(?![\da-f]{2}).{0,2}/i;

/** Most paths are seen to be clean at once. */
const plain = /^(?:\/[\w-][\w.-]*)+\/?$/;

function refuseUnclean(method: string, { pathname, search }: RequestUrl): Response | undefined {
  const path = decode(pathname);
  if (badEscape.test(pathname)) return textResponse(400, '400 Bad Request');
  if (path === undefined || unprintable.test(path)) return new Response(null, { status: 400 });
  const cleaned = clean(path);
  return cleaned === path ? undefined : movedPermanently(method, encodePath(cleaned) + search);
}

/** All but letters, marks, numbers, punctuation, symbols and the space: Go's `unicode.IsPrint`. */
const unprintable = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u;

function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

function clean(path: string): string {
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') kept.pop();
    else if (segment !== '' && segment !== '.') kept.push(segment);
  }
  return kept.length > 0 && path.endsWith('/') ? `/${kept.join('/')}/` : `/${kept.join('/')}`;
}

const encodePath = (path: string) =>
  encodeURI(path).replace(
    /[?#!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
