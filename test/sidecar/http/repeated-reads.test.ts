/** Answers that are given again, and everything that must make them anew. Over sockets, as clients meet them. */
import http from 'node:http';
import { describe, expect, onTestFinished, test } from 'vitest';
import { CatalogCache } from '../../../sidecar/cache/catalog-cache.ts';
import { HttpServer } from '../../../sidecar/http/http-server.ts';
import { noteSource, RepeatedReads } from '../../../sidecar/http/repeated-reads.ts';
import { EdgeUnreachable } from '../../../sidecar/sync/edge-client.ts';
import type { Change } from '../../../src/shared/protocol/messages.ts';
import { freePort } from '../../e2e/ports.ts';
import { aService } from '../local/declared.ts';
import { aNode } from '../sync/a-node.ts';
import { type AgentSettings, anAgent } from './an-agent.ts';

const raised = (index: number) => ({ CreateIndex: index, ModifyIndex: index });
const { ID, Node, Address, TaggedAddresses, NodeMeta: Meta } = aNode('n1');
const node: Change = {
  Set: 'node',
  Row: { ID, Node, Address, Datacenter: 'dc1', TaggedAddresses, Meta, ...raised(7) },
};
const setService = (name: string, index: number, Port = 80): Change => ({
  Set: 'service',
  Node: 'n1',
  Row: { ...aService(name, [], { Port, Meta: { long: 'x'.repeat(1_400) } }).Service, ...raised(index) },
});
const copy = [node, setService('web', 7)];
const cached = '/v1/health/service/web?cached';
const plain = '/v1/health/service/web';

interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: Buffer;
}

/** An agent on a socket, the number of requests that its app saw, and what decides about what is kept. */
async function listening(settings: AgentSettings = {}) {
  const agent = await anAgent({ copy, ...settings });
  const state = {
    served: 0,
    liveCopy: agent.copy as CatalogCache | undefined,
    tokensInUse: agent.api.tokensInUse(),
    confirm: settings.confirm ?? (async () => false),
    settings: {},
    /** While the app answers. */
    meanwhile: () => undefined as void,
  };
  const repeated = new RepeatedReads({
    liveCopy: () => state.liveCopy,
    settings: () => state.settings,
    tokensInUse: () => state.tokensInUse,
    confirm: () => state.confirm(),
    isAdmitted: (token) => agent.api.isAdmitted(token),
    clock: agent.clock,
  });
  const counted: typeof agent.app.fetch = async (...request) => {
    state.served += 1;
    const response = await agent.app.fetch(...request);
    state.meanwhile();
    return response;
  };
  const limits = {
    headerBytesMax: 16_384,
    connsPerClientMax: () => 0,
    permissions: { user: '', group: '', mode: '' },
    tls: undefined,
  };
  const server = new HttpServer({ fetch: counted }, limits, repeated);
  const port = await freePort();
  await server.start([{ ip: '127.0.0.1' }], port);
  onTestFinished(() => server.stop());
  const ask = (path: string, headers: Record<string, string> = {}, method = 'GET', body = '') =>
    request({ port, path, headers, method }, body);
  return { ...agent, state, repeated, ask };
}

type Listening = Awaited<ReturnType<typeof listening>>;

function request(options: http.RequestOptions, body: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = http.request({ host: '127.0.0.1', agent: false, ...options }, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks) });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const withoutDate = ({ headers: { date, ...headers }, ...answer }: Answer) => ({ ...answer, headers });

describe('a read that is repeated', () => {
  test.each<[string, AgentSettings, string, Record<string, string>]>([
    ['from the copy', {}, cached, {}],
    ['that is stale', {}, `${plain}?stale&passing`, {}],
    ['of all services', {}, '/v1/catalog/services?cached', {}],
    ['whose filter is escaped', {}, `${cached}&filter=Node.Node%20==%20n1`, {}],
    ['packed', {}, cached, { 'Accept-Encoding': 'gzip' }],
    ['that is pretty', {}, `${cached}&pretty`, {}],
    ['that the edge has confirmed', { confirm: async () => true }, plain, {}],
    [
      'with the agent’s token',
      { tokens: { default: '', agent: 'ours' } },
      cached,
      { 'X-Consul-Token': 'ours' },
    ],
    ['with the default token', { tokens: { default: 'theirs', agent: 'ours' } }, cached, {}],
  ])('%s is answered as it was, and not made again', async (_what, settings, path, headers) => {
    const { ask, state } = await listening(settings);
    const first = await ask(path, headers);
    expect([first.status, first.body.length > 0]).toEqual([200, true]);
    expect(withoutDate(await ask(path, headers))).toEqual(withoutDate(first));
    expect(state.served).toBe(1);
  });

  test('is measured as any other', async () => {
    const { ask, api } = await listening();
    for (let i = 0; i < 3; i += 1) await ask(cached);
    const samples = api.metrics.sinceStart(60_000).samples.filter(({ Name }) => Name === 'consul.api.http');
    expect(samples).toMatchObject([
      { Labels: { method: 'GET', path: 'v1_health_service_' }, Value: { count: 3 } },
    ]);
  });

  test('with a token that the edge knows is answered without asking it for half a minute', async () => {
    const { ask, edge, clock, state } = await listening({ tokens: { default: '', agent: 'ours' } });
    for (const waitMs of [0, 29_999, 1, 0]) {
      clock.advance(waitMs);
      // The copy of an agent that is not started grows old with the time.
      await ask(cached, { 'X-Consul-Token': 'good' });
    }
    expect([edge.asked.length, state.served]).toEqual([2, 2]);
  });
});

describe('an answer is made anew', () => {
  test.each<[string, (agent: Listening) => void]>([
    ['when what was read has changed', ({ change }) => change(8, setService('web', 8, 81))],
    [
      'when the copy is another',
      ({ state }) => {
        state.liveCopy = new CatalogCache('dc1');
      },
    ],
    [
      'when the connection is lost',
      ({ state }) => {
        state.liveCopy = undefined;
      },
    ],
    [
      'when tokens come into use',
      ({ state }) => {
        state.tokensInUse = true;
      },
    ],
    [
      'after a reload',
      ({ state }) => {
        state.settings = {};
      },
    ],
  ])('%s', async (_what, act) => {
    const agent = await listening();
    await agent.ask(cached);
    act(agent);
    expect((await agent.ask(cached)).status).toBe(200);
    expect(agent.state.served).toBe(2);
  });

  test.each<[string, (agent: Listening) => void]>([
    ['a change', ({ change }) => change(8, setService('web', 8, 81))],
    [
      'a reload',
      ({ state }) => {
        state.settings = {};
      },
    ],
    [
      'another copy',
      ({ state }) => {
        state.liveCopy = new CatalogCache('dc1');
      },
    ],
  ])('when %s came while it was made', async (_what, act) => {
    const agent = await listening();
    agent.state.meanwhile = () => act(agent);
    await agent.ask(cached);
    agent.state.meanwhile = () => undefined;
    await agent.ask(cached);
    expect(agent.state.served).toBe(2);
  });

  test('and shows what has changed, but not when that is something else', async () => {
    const { ask, change, state } = await listening();
    const port = async () => JSON.parse((await ask(cached)).body.toString())[0].Service.Port;
    expect(await port()).toBe(80);
    change(8, setService('db', 8));
    expect([await port(), state.served]).toEqual([80, 1]);
    change(9, setService('web', 9, 81));
    expect([await port(), state.served]).toEqual([81, 2]);
  });

  test.each<[string, number, string, Record<string, string>, string?, string?]>([
    ['for another method', 405, cached, {}, 'PUT'],
    ['for a head alone', 405, cached, {}, 'HEAD'],
    ['with a body', 200, cached, { 'Content-Length': '2' }, 'GET', '{}'],
    ['with Cache-Control', 200, cached, { 'Cache-Control': 'max-age=1' }],
    ['in a namespace', 400, cached, { 'X-Consul-Namespace': 'team' }],
    ['in a partition', 400, cached, { 'X-Consul-Partition': 'team' }],
    ['with Authorization', 200, cached, { Authorization: 'Bearer x' }],
    ['with a Host that is none', 400, cached, { Host: 'a b' }],
    ['packed', 200, cached, { 'Accept-Encoding': 'br, gzip;q=0.5' }],
    ['for parameters in another order', 200, '/v1/health/service/web?cached&passing', {}],
  ])('%s (%d)', async (_what, status, path, headers, method, body) => {
    const { ask, state } = await listening();
    await ask(cached);
    expect((await ask(path, headers, method, body)).status).toBe(status);
    // What is no request of HTTP is refused before the app sees it.
    expect(state.served).toBe('Host' in headers ? 1 : 2);
  });

  test('packed is given to those alone who take it', async () => {
    const { ask } = await listening();
    const encodings = [undefined, 'gzip', 'gzip;q=0', '*', 'identity'];
    for (const _again of [1, 2])
      for (const text of encodings) {
        const { headers } = await ask(cached, text === undefined ? {} : { 'Accept-Encoding': text });
        expect(headers['content-encoding']).toBe(text === 'gzip' || text === '*' ? 'gzip' : undefined);
      }
  });

  test.each([
    ['waits', `${cached}&index=1`, 200],
    ['has its token in its URL', `${cached}&token=x`, 200],
    ['is wrong', `${cached}&filter=Nonsense==1`, 400],
    ['is of nothing here', '/v1/health/service/web?dc=dc2&cached', 500],
    ['is sorted', `${plain}?near=n1`, 200],
    ['is to be consistent', `${plain}?consistent`, 200],
  ])('each time for one that %s', async (_what, path, status) => {
    const { ask, state, edge } = await listening();
    const headers = { 'X-Consul-Index': '1', 'X-Consul-KnownLeader': 'true', 'X-Consul-LastContact': '0' };
    edge.answer = ({ path: asked }) =>
      asked.includes('dc2') ? { status: 500, body: 'No path to datacenter' } : { headers, body: '[]' };
    for (const _again of [1, 2]) expect((await ask(path)).status).toBe(status);
    expect(state.served).toBe(2);
  });
});

describe('where tokens are in use, an answer is given again', () => {
  test.each([
    ['to nobody without a token', {}, 403],
    ['to nobody with a bad one', { 'X-Consul-Token': 'bad' }, 403],
    ['to who has another good one, once the edge has said so', { 'X-Consul-Token': 'good' }, 200],
  ])('%s', async (_what, headers, status) => {
    const { ask, edge, state } = await listening({ tokens: { default: '', agent: 'ours' } });
    edge.answer = ({ token }) => (token === 'good' ? {} : { status: 403, body: 'ACL not found' });
    await ask(cached, { 'X-Consul-Token': 'ours' });
    expect((await ask(cached, headers)).status).toBe(status);
    expect(state.served).toBe(2);
  });
});

describe('an answer that the edge has to confirm', () => {
  test('is given again each time it does', async () => {
    let asked = 0;
    const confirm = async () => {
      asked += 1;
      return true;
    };
    const { ask, state } = await listening({ confirm });
    for (let i = 0; i < 3; i += 1) await ask(plain);
    expect([asked, state.served]).toEqual([3, 1]);
  });

  test('is made anew when the change that it lacks has come with the word of the edge', async () => {
    const agent = await listening({ confirm: async () => true });
    await agent.ask(plain);
    agent.state.confirm = async () => {
      agent.change(8, setService('web', 8, 81));
      return true;
    };
    expect(JSON.parse((await agent.ask(plain)).body.toString())).toMatchObject([{ Service: { Port: 81 } }]);
    expect(agent.state.served).toBe(2);
  });

  test.each([
    ['cannot say', async () => false],
    [
      'says nothing',
      async () => {
        throw new EdgeUnreachable('no acknowledgement');
      },
    ],
  ])('is made anew when the edge %s', async (_what, confirm) => {
    const { ask, state } = await listening({ confirm: async () => true });
    await ask(plain);
    state.confirm = confirm;
    expect((await ask(plain)).status).toBe(200);
    expect(state.served).toBe(2);
  });
});

describe('what is kept', () => {
  const source = { topics: [], index: 0, isConfirmed: false, meter: () => undefined };

  async function keep(repeated: RepeatedReads, path: string, bytes: number): Promise<void> {
    const asked = new Request(`http://localhost${path}`);
    await repeated.serve(asked, () => {
      noteSource(asked, source);
      return new Response('x'.repeat(bytes));
    });
  }

  test.each([
    ['half a megabyte', '/v1/x', 512 * 1024, 0],
    ['one byte more', '/v1/x', 512 * 1024 + 1, 1],
    ['a URL of 1,000 characters', `/${'x'.repeat(999)}`, 1, 0],
    ['one character more', `/${'x'.repeat(1_000)}`, 1, 1],
  ])('%s', async (_what, path, bytes, served) => {
    const { ask, repeated, state } = await listening();
    await keep(repeated, path, bytes);
    await ask(path);
    expect(state.served).toBe(served);
  });

  test('is 4 MB, of which the oldest goes', async () => {
    const { ask, repeated, state } = await listening();
    for (let i = 0; i < 9; i += 1) await keep(repeated, `/v1/${i}`, 500 * 1024);
    await ask('/v1/8');
    expect(state.served).toBe(0);
    await ask('/v1/0');
    expect(state.served).toBe(1);
  });
});
