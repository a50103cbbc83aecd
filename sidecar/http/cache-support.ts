/**
 * Which endpoints know the agent's cache, as in Consul: of the others `?cached` means nothing. The copy of the catalog is
 * the cache of what it can answer; all else that might come from one is asked anew, and says so.
 *
 * Source: https://developer.hashicorp.com/consul/api-docs/features/caching.
 */
import type { Context } from 'hono';
import type { ReadQuery } from '../../src/shared/read/read-query.ts';

const cachedReads: ReadonlySet<ReadQuery['Kind']> = new Set([
  'catalog.services',
  'catalog.service',
  'catalog.connect',
  'health.service',
  'health.connect',
  'health.ingress',
] as const);

export const isCachedRead = ({ Kind }: ReadQuery): boolean => cachedReads.has(Kind);

/** Whether `Cache-Control` has a say in a cached read; of what is kept fresh in the background, Consul ignores it. */
export const hasMaxAge = ({ Kind }: ReadQuery): boolean => Kind === 'catalog.services';

const cachedPaths =
  /^\/v1\/(catalog\/datacenters|query\/.+\/execute|discovery-chain\/.+|connect\/intentions\/match)$/;

/** The answer of the edge to what could have come from a cache. */
export function tellMiss(c: Context, useCache: boolean, answer: Response): Response {
  const asked = c.req.method === 'GET' && c.req.query('cached') !== undefined;
  if (asked && useCache && answer.status === 200 && cachedPaths.test(c.req.path))
    answer.headers.set('X-Cache', 'MISS');
  return answer;
}
