/** What a watch asks for, and what of the answer is handed on: the values that Consul's watches hand on. */
import type { WatchQuery } from '../config/watch-definition.ts';

export interface WatchPlan {
  /** Path and query of the read. */
  path: string;
  /**
   * What of an answer is handed on; undefined if there is nothing new in it. To be called once for each answer, in order.
   *
   * @param found undefined for what does not exist
   */
  select(found: unknown): unknown;
}

export function makeWatchPlan(query: WatchQuery): WatchPlan {
  switch (query.type) {
    case 'key':
      return { path: `/v1/kv/${escapePath(query.key)}`, select: (found) => asPairs(found)?.[0] ?? null };
    case 'keyprefix':
      return {
        path: `/v1/kv/${escapePath(query.prefix)}?recurse`,
        select: (found) => asPairs(found) ?? null,
      };
    case 'services':
      return { path: withParams('/v1/catalog/services', query), select: asSortedMap };
    case 'nodes':
      return { path: withParams('/v1/catalog/nodes', query), select: asIs };
    case 'service':
      return { path: servicePath(query), select: asIs };
    case 'checks':
      return { path: withParams(checksPath(query), query), select: asIs };
    case 'event':
      return { path: eventPath(query.name), select: newEvents() };
  }
}

const asIs = (found: unknown): unknown => found ?? null;

const servicePath = ({ service, tags, passingOnly, filter }: WatchQuery & { type: 'service' }) => {
  const params: [string, string][] = tags.map((tag) => ['tag', tag]);
  if (passingOnly) params.push(['passing', '1']);
  return withParams(`/v1/health/service/${encodeURIComponent(service)}`, { filter }, params);
};

const checksPath = ({ service, state = 'any' }: WatchQuery & { type: 'checks' }) =>
  service
    ? `/v1/health/checks/${encodeURIComponent(service)}`
    : `/v1/health/state/${encodeURIComponent(state)}`;

const eventPath = (name = '') => withParams('/v1/event/list', {}, name ? [['name', name]] : []);

function withParams(
  path: string,
  { filter }: { filter?: string | undefined },
  params: [string, string][] = [],
) {
  const all = new URLSearchParams(params);
  if (filter) all.append('filter', filter);
  return all.size === 0 ? path : `${path}?${all}`;
}

/** No key begins with a slash: as with Consul's client, one that is written so is meant without. */
const escapePath = (key: string) => key.replace(/^\//, '').split('/').map(encodeURIComponent).join('/');

const pairFields = ['Key', 'CreateIndex', 'ModifyIndex', 'LockIndex', 'Flags', 'Value', 'Session'];

/** In the order of Consul's watches, and with a session where there is none, as they have it. */
function asPairs(found: unknown): object[] | undefined {
  return (found as Record<string, unknown>[] | undefined)?.map((pair) => ({
    ...Object.fromEntries(pairFields.map((field) => [field, ''])),
    ...pair,
  }));
}

function asSortedMap(found: unknown): unknown {
  return Object.fromEntries(Object.entries(found ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The list holds what was fired in the past too: after the first answer, only what was not in the one before is news. */
function newEvents(): WatchPlan['select'] {
  let known: Set<string> | undefined;
  return (found) => {
    const events = (found ?? []) as { ID: string }[];
    const before = known;
    known = new Set(events.map(({ ID }) => ID));
    if (!before) return events;
    const news = events.filter(({ ID }) => !before.has(ID));
    return news.length > 0 ? news : undefined;
  };
}
