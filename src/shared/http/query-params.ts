/**
 * The parameters of a query string, read once. `URLSearchParams` leaves the language at every question, and a read asks
 * some twenty: together they cost more than the answer.
 */
import type { Context } from 'hono';
import { urlOf } from './request-url.ts';

/** What `URLSearchParams` offers, as far as reads need it. */
export type QueryParams = Pick<URLSearchParams, 'has' | 'get' | 'getAll' | 'toString'>;

export const paramsOf = (c: Context): QueryParams => parseQueryParams(urlOf(c).search);

/** `search` with its question mark, or empty. */
export function parseQueryParams(search: string): QueryParams {
  const pairs = escaped.test(search) ? [...new URLSearchParams(search)] : plainPairs(search);
  return {
    has: (name) => pairs.some(([key]) => key === name),
    get: (name) => pairs.find(([key]) => key === name)?.[1] ?? null,
    getAll: (name) => pairs.filter(([key]) => key === name).map(([, value]) => value),
    toString: () => new URLSearchParams(pairs).toString(),
  };
}

const escaped = /[%+]/;

const plainPairs = (search: string): [string, string][] =>
  search
    .slice(1)
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const at = pair.indexOf('=');
      return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
    });
