import { describe, expect, it } from 'vitest';
import { makeTestAgent, nodeName } from './agent-fixture.ts';

const readOf = async (path: string, settings = {}) => {
  const { app, reads } = makeTestAgent(settings);
  expect((await app.request(path)).status).toBe(200);
  return reads[0]!;
};

describe('near=_agent', () => {
  it('is this node, for the copy and for the edge', async () => {
    const { path, query } = await readOf('/v1/health/service/web?near=_agent&passing');
    expect(query).toMatchObject({ Near: nodeName });
    expect(path).toBe(`/v1/health/service/web?near=${nodeName}&passing=`);
  });

  it('is another node if it says so', async () =>
    expect(await readOf('/v1/catalog/nodes?near=n2')).toMatchObject({ query: { Near: 'n2' } }));

  it('is this node in what is passed on', async () => {
    const { app, asked } = makeTestAgent();
    await app.request('/v1/query/q/execute?near=_agent');
    expect(asked[0]!.path).toBe(`/v1/query/q/execute?near=${nodeName}&dc=dc1`);
  });
});

describe('discovery_max_stale', () => {
  const discoveryMaxStaleMs = 5_000;
  it.each([
    ['', { Consistency: 'stale', MaxStaleMs: 5_000 }],
    ['?leader', { Consistency: 'default' }],
    ['?consistent', { Consistency: 'consistent' }],
    ['?stale', { Consistency: 'stale' }],
    ['?max_stale=1s', { Consistency: 'stale', MaxStaleMs: 1_000 }],
    ['?cached', { Consistency: 'default', Cached: true }],
  ])('%j is %j', async (query, expected) => {
    const { options } = await readOf(`/v1/catalog/services${query}`, { discoveryMaxStaleMs });
    expect(options).toMatchObject(expected);
  });

  it('of 0 leaves reads to the edge', async () =>
    expect((await readOf('/v1/catalog/nodes')).options.Consistency).toBe('default'));
});

describe('?cached', () => {
  const isCached = async (path: string, useCache = true) =>
    (await readOf(`/v1/${path}?cached`, { http: { useCache } })).options.Cached;

  it.each([
    'catalog/services',
    'catalog/service/web',
    'catalog/connect/web',
    'health/service/web',
    'health/connect/web',
    'health/ingress/web',
  ])('means the copy, of %s', async (path) =>
    expect([await isCached(path), await isCached(path, false)]).toEqual([true, false]),
  );

  it.each([
    'catalog/nodes',
    'catalog/node/n1',
    'catalog/node-services/n1',
    'health/node/n1',
    'health/checks/web',
    'health/state/any',
  ])('means nothing, of %s', async (path) => expect(await isCached(path)).toBe(false));

  it.each([
    ['GET', 'catalog/datacenters', true, 'MISS'],
    ['GET', 'catalog/datacenters', false, null],
    ['GET', 'query/q/execute', true, 'MISS'],
    ['GET', 'discovery-chain/web', true, 'MISS'],
    ['GET', 'connect/intentions/match', true, 'MISS'],
    ['GET', 'kv/a', true, null],
    ['GET', 'session/list', true, null],
    ['PUT', 'query/q/execute', true, null],
  ])('at %s %s, with use_cache %s, is a %s', async (method, path, useCache, told) => {
    const { app } = makeTestAgent({ http: { useCache } });
    const answer = await app.request(`/v1/${path}?cached`, { method });
    expect(answer.headers.get('X-Cache')).toBe(told);
    expect((await app.request(`/v1/${path}`, { method })).headers.get('X-Cache')).toBeNull();
  });
});
