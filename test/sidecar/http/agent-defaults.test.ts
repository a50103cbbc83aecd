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
    const { options } = await readOf(`/v1/catalog/nodes${query}`, { discoveryMaxStaleMs });
    expect(options).toMatchObject(expected);
  });

  it('of 0 leaves reads to the edge', async () =>
    expect((await readOf('/v1/catalog/nodes')).options.Consistency).toBe('default'));
});

it('without use_cache, ?cached is passed over', async () =>
  expect((await readOf('/v1/catalog/nodes?cached', { http: { useCache: false } })).options.Cached).toBe(
    false,
  ));
