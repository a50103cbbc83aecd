/**
 * Whatever is sent, there is an answer that says why not, or it is done: no process dies, nothing is done by halves, and at
 * the end the state can be read and saved.
 *
 * ROLLCALL_SEED repeats a run, ROLLCALL_HOSTILE_REQUESTS makes it longer.
 */
import { connect } from 'node:net';
import fc from 'fast-check';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { type HostileRequest, hostileRequests } from './hostile-request.ts';
import { HttpClient, type RawAnswer } from './http-client.ts';
import { shareSystem } from './system-test.ts';

const seed = Number(process.env.ROLLCALL_SEED ?? 20_261_122);
const numRuns = Number(process.env.ROLLCALL_HOSTILE_REQUESTS ?? 250);
const timeout = 60_000 + numRuns * 100;

const parts = shareSystem(async (system) => ({ system, server: await system.server('edge') }));
let processes: string[];
beforeAll(() => {
  processes = parts().system.processes();
});

const clientOf = (url: string): HttpClient => {
  const client = new HttpClient(url);
  onTestFinished(() => client.stop());
  return client;
};

/** The refusals of Consul; 500 is one, as long as it says why. */
const done = [200, 301];
const refusals = [400, 401, 403, 404, 405, 409, 413, 414, 415, 429, 431, 500, 503];
const unsaid = ['Internal error', 'Internal Server Error', ''];

/** Empty with Consul, too: a path that cannot be printed, and what is not there. */
const maySayNothing = ({ status }: RawAnswer) => status === 400 || status === 404;

function expectLawful(request: HostileRequest, answer: RawAnswer): void {
  const { status, body } = answer;
  expect(status < 400 ? done : refusals, `${request.endpoint}: ${status} ${body}`).toContain(status);
  if (status >= 400 && !maySayNothing(answer))
    expect(unsaid, `${request.endpoint}: ${status} ${body}`).not.toContain(body.trim());
}

/** Asks `door` for so many hostile things; what is refused leaves `stateOf` as it was. */
async function attack(
  door: string,
  requests: fc.Arbitrary<HostileRequest>,
  stateOf: () => Promise<unknown>,
): Promise<void> {
  const client = clientOf(door);
  let before = await stateOf();
  const property = fc.asyncProperty(requests, async (request) => {
    const answer = await client.ask(request);
    expectLawful(request, answer);
    const after = await stateOf();
    if (answer.status >= 300 || request.method === 'GET')
      expect(after, `${answer.status} ${answer.body}`).toEqual(before);
    before = after;
  });
  await fc.assert(property, { seed, numRuns, endOnFailure: true });
  expect(parts().system.processes()).toEqual(processes);
}

async function jsonOf<Value>(client: HttpClient, path: string): Promise<Value> {
  const { status, body } = await client.ask({ method: 'GET', path });
  expect(status, `${path}: ${body}`).toBe(200);
  return JSON.parse(body);
}

/** The index of all writes. */
const indexAt = (client: HttpClient) => async () =>
  (await jsonOf<{ Stats: { rollcall: { applied_index: string } } }>(client, '/v1/agent/self')).Stats.rollcall
    .applied_index;

test.each([
  ['itself', 'edgeUrl'],
  ['through a sidecar', 'url'],
] as const)('the edge, asked %s', { timeout }, async (_, door) => {
  const { server } = parts();
  const edge = clientOf(server.edgeUrl);
  await attack(
    server[door],
    hostileRequests((by) => by === 'edge' || (by === 'both' && door === 'edgeUrl')),
    indexAt(edge),
  );
  for (const path of [
    '/v1/catalog/nodes',
    '/v1/catalog/services',
    '/v1/health/state/any',
    '/v1/session/list',
    '/v1/query',
  ])
    await jsonOf(edge, path);
  const kept = await fetch(`${server.edgeUrl}/v1/snapshot`);
  const restored = await fetch(`${server.edgeUrl}/v1/snapshot`, {
    method: 'PUT',
    body: await kept.arrayBuffer(),
  });
  expect([kept.status, restored.status, await restored.text()]).toEqual([200, 200, '']);
});

interface Declared {
  Status?: string;
  Output?: string;
}

test('an agent, asked about its own host', { timeout }, async () => {
  const { server } = parts();
  const agent = clientOf(server.url);
  /** Without what the runs of its checks change by themselves. */
  const declared = async () => {
    const checks = Object.entries(await jsonOf<Record<string, Declared>>(agent, '/v1/agent/checks'));
    const said = checks.map(([id, { Status, Output, ...check }]) => [id, check]);
    return [await jsonOf(agent, '/v1/agent/services'), said];
  };
  await attack(
    server.url,
    hostileRequests((by) => by !== 'edge'),
    declared,
  );
  expect(server.program.log).not.toContain('request failed');
});

/** What is answered to these bytes until the connection ends, which it does on our side after they are sent. */
function answerTo(door: string, text: string): Promise<string> {
  const { hostname, port } = new URL(door);
  const socket = connect({ host: hostname, port: Number(port) });
  onTestFinished(() => void socket.destroy());
  return new Promise((resolve) => {
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('error', () => resolve(answer));
    socket.on('close', () => resolve(answer));
    socket.end(text);
  });
}

const framings = [
  ['is shorter than it says', 'Content-Length: 100\r\n\r\nvalue'],
  ['ends within a chunk', 'Transfer-Encoding: chunked\r\n\r\n64\r\nvalue'],
  ['ends without its last chunk', 'Transfer-Encoding: chunked\r\n\r\n5\r\nvalue\r\n'],
  ['has a chunk of no size', 'Transfer-Encoding: chunked\r\n\r\nxyz\r\nvalue\r\n0\r\n\r\n'],
  ['has a length that is none', 'Content-Length: abc\r\n\r\nvalue'],
  ['has a negative length', 'Content-Length: -5\r\n\r\nvalue'],
  ['has two lengths', 'Content-Length: 5\r\nContent-Length: 6\r\n\r\nvalue!'],
] as const;

test.each(framings)('a body that %s is not written', async (_, rest) => {
  const { server } = parts();
  const edge = clientOf(server.edgeUrl);
  const before = await indexAt(edge)();
  for (const door of [server.edgeUrl, server.url])
    expect(await answerTo(door, `PUT /v1/kv/framed HTTP/1.1\r\nHost: 127.0.0.1\r\n${rest}`)).not.toMatch(
      /^HTTP\/1.1 2/,
    );
  expect(await indexAt(edge)()).toBe(before);
  expect((await edge.ask({ method: 'GET', path: '/v1/kv/framed' })).status).toBe(404);
  expect(parts().system.processes()).toEqual(processes);
});
