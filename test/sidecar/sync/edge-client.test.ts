import { createServer } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { Outbound } from '../../../sidecar/outbound/outbound.ts';
import { EdgeClient, EdgeUnreachable } from '../../../sidecar/sync/edge-client.ts';
import { closedPort, listen } from '../checks/probe-context.ts';
import { FakeClock } from '../fake-clock.ts';
import { startEdge } from '../http/an-edge.ts';
import { eventually } from './scripted-edge.ts';

function aClient(edge: () => URL) {
  const clock = new FakeClock();
  const client = new EdgeClient(edge, new Outbound(clock), clock);
  onTestFinished(() => client.stop());
  return { client, clock };
}

test('a request goes to where the edge is now, and the answer comes back whole', async () => {
  const [first, second] = [await startEdge(), await startEdge()];
  let edge = first;
  second.answer = () => ({ status: 418, headers: { 'X-A': 'b' }, body: 'x'.repeat(1_000_000) });
  const { client, clock } = aClient(() => edge.url);
  const body = Buffer.from('héllo');
  await client.request({
    method: 'PUT',
    path: '/v1/a?b=c',
    headers: { 'X-Consul-Token': 't' },
    body,
    timeoutMs: 9,
  });
  expect(first.asked).toEqual([{ method: 'PUT', path: '/v1/a?b=c', token: 't', body: 'héllo' }]);
  edge = second;
  const answer = await client.request({ method: 'GET', path: '/', timeoutMs: 9 });
  expect([answer.status, answer.headers['x-a'], answer.body.byteLength]).toEqual([418, 'b', 1_000_000]);
  expect(clock.pending).toBe(0);
});

test('nobody there', async () => {
  const port = await closedPort();
  const { client, clock } = aClient(() => new URL(`http://127.0.0.1:${port}`));
  const asked = client.request({ method: 'GET', path: '/', timeoutMs: 1000 });
  await expect(asked).rejects.toThrow(EdgeUnreachable);
  await expect(asked).rejects.toThrow('ECONNREFUSED');
  expect(clock.pending).toBe(0);
});

test('no answer in time', async () => {
  const edge = await startEdge();
  edge.answer = () => new Promise(() => undefined);
  const { client, clock } = aClient(() => edge.url);
  const asked = client.request({ method: 'GET', path: '/', timeoutMs: 1000 });
  const refused = expect(asked).rejects.toThrow(`no answer from ${edge.url.host} within 1000 ms`);
  await eventually(() => edge.asked.length === 1);
  clock.advance(999);
  expect(edge.aborted).toBe(0);
  clock.advance(1);
  await refused;
  await eventually(() => edge.aborted === 1);
});

test('an answer that stops in its middle', async () => {
  let begun = false;
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'Content-Length': '10' }).write('half');
    begun = true;
  });
  const url = new URL(`http://127.0.0.1:${await listen(server)}`);
  onTestFinished(() => server.closeAllConnections());
  const { client, clock } = aClient(() => url);
  const asked = client.request({ method: 'GET', path: '/', timeoutMs: 1000 });
  const refused = expect(asked).rejects.toThrow(/stops in its middle|no answer/);
  await eventually(() => begun);
  clock.advance(1000 + 30_000);
  await refused;
});

test('an answer that is cut off', async () => {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'Content-Length': '10' }).write('half', () => response.destroy());
  });
  const url = new URL(`http://127.0.0.1:${await listen(server)}`);
  const { client, clock } = aClient(() => url);
  await expect(client.request({ method: 'GET', path: '/', timeoutMs: 1000 })).rejects.toThrow(
    EdgeUnreachable,
  );
  expect(clock.pending).toBe(0);
});

test('who asked has gone', async () => {
  const edge = await startEdge();
  edge.answer = () => new Promise(() => undefined);
  const { client, clock } = aClient(() => edge.url);
  const abort = new AbortController();
  const asked = client.request({ method: 'GET', path: '/', timeoutMs: 1000, signal: abort.signal });
  const refused = expect(asked).rejects.toThrow(EdgeUnreachable);
  await eventually(() => edge.asked.length === 1);
  abort.abort();
  await refused;
  await eventually(() => edge.aborted === 1);
  expect(clock.pending).toBe(0);
});

test('who goes after the answer takes no connection from another', async () => {
  const edge = await startEdge();
  let answerNext: () => void = () => undefined;
  edge.answer = ({ path }) =>
    path === '/next' ? new Promise((resolve) => (answerNext = () => resolve({ body: 'done' }))) : {};
  const { client } = aClient(() => edge.url);
  const abort = new AbortController();
  await client.request({ method: 'GET', path: '/first', timeoutMs: 1000, signal: abort.signal });
  // On the same connection, which is kept.
  const next = client.request({ method: 'PUT', path: '/next', timeoutMs: 1000 });
  await eventually(() => edge.asked.length === 2);
  abort.abort();
  answerNext();
  expect((await next).body.toString()).toBe('done');
});

test('however many wait, the others have a connection', async () => {
  const edge = await startEdge();
  edge.answer = ({ path }) => (path === '/waits' ? new Promise(() => undefined) : {});
  const { client } = aClient(() => edge.url);
  const over = new AbortController();
  const waits = Array.from({ length: 300 }, () =>
    client.request({ method: 'GET', path: '/waits', timeoutMs: 70_000, waits: true, signal: over.signal }),
  );
  const gone = Promise.allSettled(waits);
  await eventually(() => edge.asked.length === 300);
  expect((await client.request({ method: 'GET', path: '/', timeoutMs: 1_000 })).status).toBe(200);
  over.abort();
  await gone;
  await eventually(() => edge.aborted === 300);
});
