import { describe, expect, test } from 'vitest';
import type { WatchQuery } from '../../../sidecar/config/watch-definition.ts';
import { makeWatchPlan } from '../../../sidecar/watches/watch-plan.ts';

const service = { type: 'service', service: 'web', tags: [] as string[], passingOnly: false } as const;

test.each<[WatchQuery, string]>([
  [{ type: 'key', key: 'a/b c?' }, '/v1/kv/a/b%20c%3F'],
  [{ type: 'keyprefix', prefix: 'a/' }, '/v1/kv/a/?recurse'],
  [{ type: 'key', key: '/a/b' }, '/v1/kv/a/b'],
  [{ type: 'keyprefix', prefix: '/a/' }, '/v1/kv/a/?recurse'],
  [{ type: 'services' }, '/v1/catalog/services'],
  [{ type: 'nodes', filter: 'Node == n' }, '/v1/catalog/nodes?filter=Node+%3D%3D+n'],
  [service, '/v1/health/service/web'],
  [{ ...service, tags: ['a', 'b'], passingOnly: true }, '/v1/health/service/web?tag=a&tag=b&passing=1'],
  [{ type: 'checks' }, '/v1/health/state/any'],
  [{ type: 'checks', state: 'critical' }, '/v1/health/state/critical'],
  [{ type: 'checks', service: 'a/b' }, '/v1/health/checks/a%2Fb'],
  [{ type: 'event' }, '/v1/event/list'],
  [{ type: 'event', name: 'deploy' }, '/v1/event/list?name=deploy'],
])('%j asks %s', (query, path) => expect(makeWatchPlan(query).path).toBe(path));

describe('what is handed on', () => {
  const select = (query: WatchQuery, found: unknown) => makeWatchPlan(query).select(found);
  const pair = { LockIndex: 0, Key: 'a', Flags: 0, Value: 'eA==', CreateIndex: 3, ModifyIndex: 4 };
  const handedOn =
    '{"Key":"a","CreateIndex":3,"ModifyIndex":4,"LockIndex":0,"Flags":0,"Value":"eA==","Session":""}';

  test('of a key is the pair, in the order of Consul', () => {
    expect(JSON.stringify(select({ type: 'key', key: 'a' }, [pair]))).toBe(handedOn);
    expect(JSON.stringify(select({ type: 'keyprefix', prefix: 'a' }, [pair]))).toBe(`[${handedOn}]`);
  });

  test.each<[WatchQuery]>([[{ type: 'key', key: 'a' }], [{ type: 'keyprefix', prefix: 'a' }]])(
    'of %j where there is nothing is null',
    (query) => expect(select(query, undefined)).toBe(null),
  );

  test('of services is sorted by name', () => {
    expect(JSON.stringify(select({ type: 'services' }, { web: [], db: ['a'] }))).toBe(
      '{"db":["a"],"web":[]}',
    );
  });

  test('of events is all at first, then what is new', () => {
    const { select } = makeWatchPlan({ type: 'event' });
    expect(select([{ ID: '1' }, { ID: '2' }])).toEqual([{ ID: '1' }, { ID: '2' }]);
    expect(select([{ ID: '2' }, { ID: '3' }, { ID: '4' }])).toEqual([{ ID: '3' }, { ID: '4' }]);
    expect(select([{ ID: '3' }, { ID: '4' }])).toBeUndefined();
  });
});
