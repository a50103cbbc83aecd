/** Prepared queries for DNS: asked of the edge, used again for a moment, and for longer when it is away. */
import { describe, expect, it } from 'vitest';
import type { EdgeRequest, EdgeResponse } from '../../../sidecar/sync/edge-client.ts';
import { PreparedQueries } from '../../../sidecar/sync/prepared-queries.ts';
import { FakeClock } from '../fake-clock.ts';

const execution = (TTL: string) => ({
  Service: 'web',
  Nodes: [],
  DNS: { TTL },
  Datacenter: 'dc2',
  Failovers: 1,
});

function setUp(answer: () => Partial<EdgeResponse>) {
  const clock = new FakeClock();
  const asked: EdgeRequest[] = [];
  const request = async (sent: EdgeRequest): Promise<EdgeResponse> => {
    asked.push(sent);
    return { status: 200, headers: {}, body: Buffer.from(JSON.stringify(execution(''))), ...answer() };
  };
  const queries = new PreparedQueries({
    edge: { request },
    datacenter: 'dc1',
    node: () => 'hôst',
    token: () => 'secret',
    clock,
  });
  const ask = (name: string, datacenter?: string, source?: string) =>
    queries.execute(name, { datacenter, source });
  return { clock, asked, ask };
}

describe('a prepared query', () => {
  it('is asked of the edge in the name of this node and of the client', async () => {
    const { asked, ask } = setUp(() => ({}));
    await ask('a b', undefined, '10.0.0.9');
    await ask('a b', 'dc9');
    expect(asked).toMatchObject([
      {
        path: '/v1/query/a%20b/execute?dc=dc1',
        headers: {
          'X-Consul-Token': 'secret',
          'X-Rollcall-Node': 'h%C3%B4st',
          'X-Forwarded-For': '10.0.0.9',
        },
      },
      { path: '/v1/query/a%20b/execute?dc=dc9' },
    ]);
  });

  it.each([
    { law: 'has the TTL of the query', ttl: '1m30s', ttlMs: 90_000 },
    { law: 'has none where the query has none', ttl: '', ttlMs: undefined },
    { law: 'has none where the TTL is made by no duration', ttl: 'x', ttlMs: undefined },
  ])('$law', async ({ ttl, ttlMs }) => {
    const { ask } = setUp(() => ({ body: Buffer.from(JSON.stringify(execution(ttl))) }));
    expect(await ask('q')).toEqual({
      datacenter: 'dc2',
      instances: [],
      isSorted: false,
      staleMs: 0,
      service: 'web',
      ttlMs,
    });
  });

  it('keeps the order that means something', async () => {
    const { ask } = setUp(() => ({ headers: { 'x-rollcall-sorted': 'true' } }));
    expect(await ask('q')).toMatchObject({ isSorted: true });
  });

  it('that is not there is undefined', async () => {
    const { ask } = setUp(() => ({ status: 404 }));
    expect(await ask('q')).toBeUndefined();
  });

  it('is asked once a second, in any letter case', async () => {
    const { clock, asked, ask } = setUp(() => ({}));
    await Promise.all([ask('q'), ask('Q')]);
    clock.advance(999);
    await ask('q');
    expect(asked).toHaveLength(1);
    clock.advance(1);
    await ask('q');
    expect(asked).toHaveLength(2);
  });
});

describe('without the edge', () => {
  it('the last answer serves, and says how old it is', async () => {
    let reachable = true;
    const { clock, ask } = setUp(() => {
      if (!reachable) throw new Error('away');
      return {};
    });
    await ask('q');
    reachable = false;
    for (const afterMs of [1_000, 5_000, 3_600_000]) {
      clock.advance(afterMs - clock.monotonicMs());
      expect(await ask('q')).toMatchObject({ service: 'web', staleMs: afterMs });
    }
    await expect(ask('another')).rejects.toThrow('away');
    reachable = true;
    clock.advance(1_000);
    expect(await ask('q')).toMatchObject({ service: 'web', staleMs: 0 });
  });

  it.each([403, 500])('nothing is known, so the question fails (%i)', async (status) => {
    const { ask } = setUp(() => ({ status, body: Buffer.from('no') }));
    await expect(ask('q')).rejects.toThrow(`the edge executes no query q: ${status} no`);
  });
});
