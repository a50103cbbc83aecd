/** What this agent adds to a read before it is answered or passed on: its own name, and its settings. */
import type { QueryOptions } from '../../src/shared/read/query-options.ts';
import type { ReadQuery } from '../../src/shared/read/read-query.ts';
import type { HttpSettings } from './agent-api.ts';
import { hasMaxAge, isCachedRead } from './cache-support.ts';

const agentItself = '_agent';

/** `?near=_agent` is this node. Changes `params`. */
export function nameAgent(params: URLSearchParams, node: string): void {
  if (params.get('near') === agentItself) params.set('near', node);
}

export const withAgentNamed = (query: ReadQuery, node: string): ReadQuery =>
  'Near' in query && query.Near === agentItself ? { ...query, Near: node } : query;

/** A read that does not say how fresh it has to be may be as old as the agent is set to; `?leader` says so. */
export function withDefaults(
  asked: QueryOptions,
  params: URLSearchParams,
  query: ReadQuery,
  settings: HttpSettings,
): QueryOptions {
  const { http, discoveryMaxStaleMs } = settings;
  const WaitMs = waitMsOf(asked, params.get('wait') ?? '', settings);
  const Cached = asked.Cached && http.useCache && isCachedRead(query);
  const options = Cached && hasMaxAge(query) ? asked : withoutMaxAge(asked);
  const isOpen = options.Consistency === 'default' && !Cached && !params.has('leader');
  if (!isOpen || discoveryMaxStaleMs <= 0) return { ...options, WaitMs, Cached };
  return { ...options, WaitMs, Cached, Consistency: 'stale', MaxStaleMs: discoveryMaxStaleMs };
}

const withoutMaxAge = ({
  MaxAgeMs: _maxAge,
  StaleIfErrorMs: _staleIfError,
  MustRevalidate: _mustRevalidate,
  ...options
}: QueryOptions): QueryOptions => options;

/** How long a blocking query may wait: as long as it asks for, or as the agent is set to where it asks for nothing. */
export function waitMsOf(
  { WaitMs }: QueryOptions,
  asked: string,
  { defaultQueryTimeMs, maxQueryTimeMs }: Pick<HttpSettings, 'defaultQueryTimeMs' | 'maxQueryTimeMs'>,
): number {
  const isAsked = Number.parseFloat(asked) > 0;
  return Math.min(isAsked ? WaitMs : defaultQueryTimeMs, maxQueryTimeMs);
}
