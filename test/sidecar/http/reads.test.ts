import { describe, expect, test, vi } from 'vitest';
import { EdgeUnreachable } from '../../../sidecar/sync/edge-client.ts';
import type { Change } from '../../../src/shared/protocol/messages.ts';
import { aService } from '../local/declared.ts';
import { aNode } from '../sync/a-node.ts';
import { eventually } from '../sync/scripted-edge.ts';
import { type AgentSettings, anAgent } from './an-agent.ts';
import type { Asked } from './an-edge.ts';

const raised = (index: number) => ({ CreateIndex: index, ModifyIndex: index });
const { ID, Node, Address, TaggedAddresses, NodeMeta: Meta } = aNode('n1');
const node: Change = {
  Set: 'node',
  Row: { ID, Node, Address, Datacenter: 'dc1', TaggedAddresses, Meta, ...raised(7) },
};
const setWeb = (index: number, Port = 80): Change => ({
  Set: 'service',
  Node: 'n1',
  Row: { ...aService('web', [], { Port }).Service, ...raised(index) },
});
const withCopy: AgentSettings = { copy: [node, setWeb(7)], copyAgeMs: 2500 };

const edgeHeaders = {
  'Content-Type': 'application/json',
  'X-Consul-Index': '42',
  'X-Consul-KnownLeader': 'true',
  'X-Consul-LastContact': '0',
  'X-Consul-Effective-Consistency': 'leader',
};
const fromEdge = (body: unknown, headers = {}) => ({
  headers: { ...edgeHeaders, ...headers },
  body: JSON.stringify(body),
});
const metaOf = ({ headers }: Response) =>
  ['Index', 'KnownLeader', 'LastContact', 'Effective-Consistency'].map((name) =>
    headers.get(`X-Consul-${name}`),
  );
const queryOf = ({ path }: Asked) => Object.fromEntries(new URL(path, 'http://edge').searchParams);

describe('the copy answers', () => {
  test.each([
    ['/v1/catalog/services?stale', null, null],
    ['/v1/catalog/services?cached', 'HIT', '2'],
    ['/v1/catalog/services?max_stale=3s', null, null],
  ])('%s, and says how old it is', async (path, cache, age) => {
    const { get, edge } = await anAgent(withCopy);
    const response = await get(path);
    expect(metaOf(response)).toEqual(['7', 'false', '2500', 'stale']);
    expect([response.headers.get('X-Cache'), response.headers.get('Age')]).toEqual([cache, age]);
    expect([await response.json(), edge.asked]).toEqual([{ web: [] }, []]);
  });

  test.each([
    ['/v1/catalog/services', 'max-age=3'],
    // What Consul keeps fresh in the background takes no such wish.
    ['/v1/catalog/service/web', 'max-age=2'],
    ['/v1/health/service/web', 'must-revalidate'],
  ])('%s?cached with Cache-Control: %s', async (path, control) => {
    const { get, edge } = await anAgent(withCopy);
    const response = await get(`${path}?cached`, { 'Cache-Control': control });
    expect([response.status, response.headers.get('X-Cache'), edge.asked]).toEqual([200, 'HIT', []]);
  });

  test.each(['max-age=2', 'max-age=0', 'must-revalidate', 'max-age=2, stale-if-error=60'])(
    'not what Cache-Control: %s wants newer: that is asked anew, and is a miss',
    async (control) => {
      const { get, edge } = await anAgent(withCopy);
      edge.answer = () => fromEdge({ api: [] });
      const response = await get('/v1/catalog/services?cached', { 'Cache-Control': control });
      expect([await response.json(), response.headers.get('X-Cache')]).toEqual([{ api: [] }, 'MISS']);
    },
  );

  test.each([
    ['max-age=2', 500],
    ['must-revalidate', 500],
    ['max-age=2, stale-if-error=2', 500],
    ['max-age=2, stale-if-error=3', 200],
    ['stale-if-error=2', 200],
  ])('with Cache-Control: %s, when the edge cannot be asked: %d', async (control, status) => {
    const { get, edge } = await anAgent(withCopy);
    await edge.stop();
    expect((await get('/v1/catalog/services?cached', { 'Cache-Control': control })).status).toBe(status);
  });

  test('a blocking query that wakes when the copy moves, and with nothing new at its time', async () => {
    const { get, change, clock } = await anAgent(withCopy);
    const woken = get('/v1/catalog/service/web?stale&index=7&wait=60s');
    await clock.advanceAsync(1000);
    change(8, setWeb(8, 81));
    expect(await (await woken).json()).toMatchObject([{ ServicePort: 81 }]);
    const waited = get('/v1/catalog/service/web?stale&index=8&wait=60s');
    await clock.advanceAsync(59_999);
    expect(clock.pending).toBe(1);
    await clock.advanceAsync(1);
    expect(metaOf(await waited)[0]).toBe('8');
  });

  test.each([
    ['goes', (abort: AbortController) => abort.abort(), 0],
    ['stays', () => undefined, 1],
  ])('a blocking query whose client %s', async (_what, act, waiting) => {
    const { ask, clock } = await anAgent(withCopy);
    const abort = new AbortController();
    const answer = ask('GET', '/v1/catalog/services?stale&index=7', { signal: abort.signal });
    await clock.advanceAsync(10);
    act(abort);
    await clock.advanceAsync(10);
    expect(clock.pending).toBe(waiting);
    await clock.advanceAsync(600_000);
    await answer;
  });
});

describe('the edge says that the copy is all there is', () => {
  const confirmed = { ...withCopy, confirm: async () => true };

  test('and the copy answers in its name', async () => {
    const { get, edge } = await anAgent(confirmed);
    const response = await get('/v1/catalog/services');
    expect([await response.json(), metaOf(response)]).toEqual([{ web: [] }, ['7', 'true', '0', 'leader']]);
    expect(edge.asked).toEqual([]);
  });

  test.each(['?consistent', '?index=1', '?dc=dc2', '?near=n1'])(
    'but is asked itself for %s',
    async (params) => {
      const { get, edge } = await anAgent(confirmed);
      edge.answer = () => fromEdge({ db: [] });
      expect(await (await get(`/v1/catalog/nodes${params}`)).json()).toEqual({ db: [] });
      expect(edge.asked).toHaveLength(1);
    },
  );

  test('a filter that fits nothing is refused in the words of the edge', async () => {
    const { get, said } = await anAgent(confirmed);
    const [status, text] = await said(get('/v1/catalog/nodes?filter=Nonsense==1'));
    expect([status, text]).toEqual([400, expect.stringContaining('Selector "Nonsense" is not valid')]);
  });

  test('an edge that does not say so in time is no leader, and is not asked again', async () => {
    const late = async () => {
      throw new EdgeUnreachable('no acknowledgement');
    };
    const { get, edge } = await anAgent({ ...withCopy, confirm: late });
    const response = await get('/v1/catalog/services');
    expect(metaOf(response)).toEqual(['7', 'false', '2500', 'stale']);
    expect(edge.asked).toEqual([]);
  });
});

describe('the edge is asked', () => {
  test.each([
    ['without a flag', '/v1/catalog/services', withCopy],
    ['for ?consistent', '/v1/catalog/services?consistent', withCopy],
    ['when the copy is too old', '/v1/catalog/services?max_stale=2s', withCopy],
    ['when there is no copy', '/v1/catalog/services?stale', {}],
  ])('%s', async (_what, path, settings) => {
    const { get, edge } = await anAgent(settings);
    edge.answer = () => fromEdge({ db: [] });
    const response = await get(path);
    expect([await response.json(), metaOf(response)]).toEqual([{ db: [] }, ['42', 'true', '0', 'leader']]);
    expect(edge.asked.map(queryOf)).toMatchObject([{ dc: 'dc1' }]);
  });

  test.each(['near=n9&stale', 'near=_agent&cached', 'near=n9&max_stale=1h'])(
    'for ?%s, which sorts by coordinates, and the copy when there is no edge',
    async (params) => {
      const { get, edge } = await anAgent(withCopy);
      edge.answer = () => fromEdge({ db: [] });
      const path = `/v1/catalog/service/web?${params}`;
      const answer = await get(path);
      expect(await answer.json()).toEqual({ db: [] });
      expect(answer.headers.get('X-Cache')).toBe(params.includes('cached') ? 'MISS' : null);
      await edge.stop();
      const fallback = await get(path);
      expect(await fallback.json()).toMatchObject([{ ServiceID: 'web' }]);
      expect(metaOf(fallback)).toEqual(['7', 'false', '2500', 'stale']);
    },
  );

  test('but not for ?stale&near while it is not connected', async () => {
    const { get, edge } = await anAgent({ ...withCopy, connected: false });
    const response = await get('/v1/catalog/service/web?near=n9&stale');
    expect([await response.json(), edge.asked]).toMatchObject([[{ ServiceID: 'web' }], []]);
  });

  test('in the datacenter that is named, pretty here, without the token in its URL', async () => {
    const { get, edge } = await anAgent();
    edge.answer = () => fromEdge(['x']);
    const response = await get('/v1/catalog/nodes?dc=dc2&pretty&token=secret&filter=Node==a');
    expect(await response.text()).toBe('[\n    "x"\n]\n');
    expect(edge.asked).toMatchObject([{ token: 'secret' }]);
    expect(queryOf(edge.asked[0]!)).toEqual({ dc: 'dc2', filter: 'Node==a' });
  });

  test.each([
    [500, 'No path to datacenter'],
    [403, 'ACL not found'],
    [400, 'Failed to create boolean expression evaluator: ...'],
  ])('and its refusal (%d) is passed on', async (status, body) => {
    const { get, edge, said } = await anAgent(withCopy);
    edge.answer = () => ({ status, body });
    expect(await said(get('/v1/catalog/nodes?dc=dc9'))).toEqual([status, body]);
  });

  test('again and again while nothing is new, until the wait of the client is over', async () => {
    const { get, edge, clock } = await anAgent();
    edge.answer = (asked) => {
      clock.advance(Number.parseInt(queryOf(asked).wait!, 10));
      return fromEdge({ asked: edge.asked.length });
    };
    const response = await get('/v1/catalog/services?index=42&wait=150s');
    expect(await response.json()).toEqual({ asked: 3 });
    expect(edge.asked.map((asked) => queryOf(asked).wait)).toEqual(['55000ms', '55000ms', '40000ms']);
  });

  test('until there is something new', async () => {
    const { get, edge, clock } = await anAgent();
    edge.answer = () => {
      clock.advance(55_000);
      return fromEdge({}, { 'X-Consul-Index': String(41 + edge.asked.length) });
    };
    expect(metaOf(await get('/v1/catalog/services?index=42&wait=10m'))[0]).toBe('43');
    expect(edge.asked).toHaveLength(2);
  });

  test('no longer when the client has gone', async () => {
    const { ask, edge, clock } = await anAgent(withCopy);
    edge.answer = () => new Promise(() => undefined);
    const abort = new AbortController();
    const answer = ask('GET', '/v1/catalog/services?index=42', { signal: abort.signal });
    await eventually(() => edge.asked.length === 1);
    abort.abort();
    await eventually(() => edge.aborted === 1);
    await answer;
    expect([edge.asked.length, clock.pending]).toEqual([1, 0]);
  });
});

describe('without the edge', () => {
  const gone = async (settings: AgentSettings) => {
    const agent = await anAgent(settings);
    await agent.edge.stop();
    return agent;
  };

  test('a read is answered from the copy, which says that nobody vouches for it', async () => {
    const { get } = await gone(withCopy);
    const response = await get('/v1/catalog/services');
    expect([await response.json(), metaOf(response)]).toEqual([{ web: [] }, ['7', 'false', '2500', 'stale']]);
  });

  test.each([
    ['?consistent', '/v1/catalog/services?consistent', withCopy],
    ['without a copy', '/v1/catalog/services', {}],
    ['?stale without a copy', '/v1/catalog/services?stale', {}],
    ['with a copy that is too old', '/v1/catalog/services?max_stale=1s', withCopy],
    ['of another datacenter', '/v1/catalog/services?dc=dc2', withCopy],
  ])('a read %s has no leader', async (_what, path, settings) => {
    const { said, get } = await gone(settings);
    expect(await said(get(path))).toEqual([500, 'No cluster leader']);
  });

  test('a blocking query waits on the copy for what is left of its wait', async () => {
    const { get, edge, clock } = await anAgent(withCopy);
    edge.answer = async () => {
      clock.advance(40_000);
      await edge.stop();
      return {};
    };
    const waits = vi.spyOn(clock, 'after');
    const answer = get('/v1/catalog/services?index=7&wait=60s');
    await eventually(() => waits.mock.calls.some(([ms]) => ms === 20_000));
    await clock.advanceAsync(20_000);
    expect(metaOf(await answer)).toEqual(['7', 'false', '62500', 'stale']);
  });

  test('a write is a 500 that says so: it may not be taken for done', async () => {
    const { said, put } = await gone(withCopy);
    const [status, text] = await said(put('/v1/catalog/register', { Node: 'a', Address: '10.0.0.9' }));
    expect([status, text]).toEqual([
      500,
      expect.stringMatching(/^No cluster leader: the edge cannot be reached \(.*ECONNREFUSED/),
    ]);
  });
});

describe('what is the edge’s business', () => {
  test('goes there as it came and comes back as it is', async () => {
    const { put, edge } = await anAgent();
    edge.answer = () => ({
      status: 409,
      headers: { 'X-Custom': 'x', 'Content-Type': 'text/plain' },
      body: 'no',
    });
    const response = await put(
      '/v1/catalog/register?pretty',
      { Node: 'a' },
      { 'Content-Type': 'application/json' },
    );
    expect([response.status, response.headers.get('X-Custom'), await response.text()]).toEqual([
      409,
      'x',
      'no',
    ]);
    expect(edge.asked).toEqual([
      { method: 'PUT', path: '/v1/catalog/register?pretty=&dc=dc1', token: undefined, body: '{"Node":"a"}' },
    ]);
  });

  test.each([
    ['DELETE', '/v1/kv/a%20b?recurse', '/v1/kv/a%20b?recurse=&dc=dc1'],
    ['GET', '/v1/status/leader?dc=dc2', '/v1/status/leader?dc=dc2'],
    ['GET', '/ui/', '/ui/?dc=dc1'],
  ])('%s %s', async (method, path, asked) => {
    const { ask, edge } = await anAgent();
    await ask(method, path);
    expect(edge.asked).toMatchObject([{ method, path: asked }]);
  });

  test.each([
    [{}, '', undefined],
    [{ 'X-Consul-Token': 'mine' }, '', 'mine'],
    [{ Authorization: 'Bearer mine' }, '', 'mine'],
    [{}, '?token=mine', 'mine'],
  ])('with the token of the request (%j%s), else the default one', async (headers, query, token) => {
    const { put, edge } = await anAgent({ tokens: { default: '', agent: '' } });
    await put(`/v1/kv/x${query}`, 'v', headers);
    expect(edge.asked[0]?.token).toBe(token);
    const other = await anAgent({ tokens: { default: 'ours', agent: 'ours' } });
    await other.put(`/v1/kv/x${query}`, 'v', headers);
    expect(other.edge.asked.at(-1)?.token).toBe(token ?? 'ours');
  });
});

describe('who may use the agent', () => {
  const tokens = { default: '', agent: 'agent-secret' };
  const good = ({ token }: Asked) => (token === 'good' ? {} : { status: 403, body: 'ACL not found' });
  const noToken =
    'Permission denied: no token was sent and this agent has no default token. Send one as X-Consul-Token, or set ' +
    'acl.tokens.default.';

  test.each([
    ['no token', '', [403, noToken]],
    ['a bad one', '?token=bad', [403, 'ACL not found']],
    ['one that the edge knows', '?token=good', [200, '{}']],
    ['the agent’s own', '?token=agent-secret', [200, '{}']],
  ])('with %s', async (_what, query, answer) => {
    const { get, said, edge } = await anAgent({ tokens });
    edge.answer = good;
    expect(await said(get(`/v1/agent/services${query}`))).toEqual(answer);
  });

  test('a read from the copy asks for the token too', async () => {
    const { get, said, edge } = await anAgent({ ...withCopy, tokens });
    edge.answer = good;
    expect(await said(get('/v1/catalog/services?stale&token=bad'))).toEqual([403, 'ACL not found']);
    expect(await said(get('/v1/catalog/services?stale&token=good'))).toEqual([200, '{"web":[]}']);
  });

  test('the edge is asked about a token every half minute at most', async () => {
    const { get, edge, clock } = await anAgent({ tokens });
    edge.answer = good;
    for (const waitMs of [0, 29_999, 1]) {
      clock.advance(waitMs);
      await get('/v1/agent/services?token=good');
    }
    expect(edge.asked).toHaveLength(2);
  });

  test('without the edge, a token that is not the agent’s cannot be judged', async () => {
    const { get, said, edge } = await anAgent({ tokens });
    await edge.stop();
    const text = 'No cluster leader: the edge cannot be asked about this token';
    expect(await said(get('/v1/agent/services?token=good'))).toEqual([500, text]);
    expect(await said(get('/v1/agent/services?token=agent-secret'))).toEqual([200, '{}']);
  });
});
