import type { Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { Outbound } from '../../../sidecar/outbound/outbound.ts';
import { Transport } from '../../../sidecar/sync/transport.ts';
import type { DownMessage } from '../../../src/shared/protocol/messages.ts';
import { closedPort } from '../checks/probe-context.ts';
import { FakeClock } from '../fake-clock.ts';
import { aWelcome, eventually, type ScriptedEdge, startScriptedEdge } from './scripted-edge.ts';

/** A transport that writes down what it tells. */
function connect(
  edge: Pick<ScriptedEdge, 'url'>,
  more: { token?: string; follow?: boolean; datacenter?: string } = {},
) {
  const clock = new FakeClock();
  const told: string[] = [];
  const received: DownMessage[] = [];
  const transport = new Transport(
    {
      edge: edge.url,
      datacenter: 'dc1',
      token: '',
      follow: false,
      ...more,
      outbound: new Outbound(clock),
      clock,
    },
    {
      opened: () => told.push('opened'),
      received: (message) => received.push(message),
      heard: () => undefined,
      lost: (reason) => told.push(`lost: ${reason}`),
    },
  );
  onTestFinished(() => transport.close());
  const untilTold = (count: number) => eventually(() => told.length >= count);
  return { transport, clock, told, received, untilTold };
}

/** What was written is at the other end, which is in this process, too. */
async function arrives(line: Socket): Promise<void> {
  await eventually(() => line.writableLength === 0);
  for (let turn = 0; turn < 5; turn += 1) await new Promise((settled) => setImmediate(settled));
}

test.each([
  [{}, '/v1/sync?dc=dc1', undefined],
  [{ follow: true, datacenter: 'dc 2', token: 'secret' }, '/v1/sync?dc=dc%202&follow', 'secret'],
])('%j asks for %s', async (more, path, token) => {
  const edge = await startScriptedEdge();
  connect(edge, more);
  const { request } = await edge.peer();
  expect([request.url, request.headers['x-consul-token']]).toEqual([path, token]);
});

test('messages go both ways, and a heartbeat begins at once', async () => {
  const edge = await startScriptedEdge();
  const { transport, told, received, untilTold } = connect(edge);
  const peer = await edge.peer();
  await untilTold(1);
  transport.send({ Type: 'next', Cursor: 'x' });
  expect(await peer.next()).toEqual({ Type: 'next', Cursor: 'x' });
  peer.send(aWelcome());
  await eventually(() => received.length > 0);
  expect([received, told, peer.heartbeats]).toEqual([[aWelcome()], ['opened'], 1]);
});

test.each([
  ['500 Internal Server Error', 'No path to datacenter\n', '500 No path to datacenter'],
  ['403 Forbidden', '', '403 Forbidden'],
])('a refusal (%s) is told in the words of the edge', async (status, body, reason) => {
  const edge = await startScriptedEdge();
  edge.refusal = { status, body };
  const { told, untilTold } = connect(edge);
  await untilTold(1);
  expect(told).toEqual([`lost: ${reason}`]);
});

test('an edge that is not there is told once', async () => {
  const url = new URL(`http://127.0.0.1:${await closedPort()}`);
  const { told, untilTold } = connect({ url });
  await untilTold(1);
  expect(told).toEqual([expect.stringMatching(/^lost: connect ECONNREFUSED/)]);
});

test.each([
  [4000, 'replaced', 'replaced'],
  [1001, '', 'closed with code 1001'],
])('a closed connection (%d %j) says why', async (code, text, reason) => {
  const edge = await startScriptedEdge();
  const { told, untilTold } = connect(edge);
  (await edge.peer()).close(code, text);
  await untilTold(2);
  expect(told).toEqual(['opened', `lost: ${reason}`]);
});

test('a peer that is silent for three heartbeats is lost, one that says anything is not', async () => {
  const edge = await startScriptedEdge();
  edge.answersHeartbeats = false;
  const { clock, told, received, untilTold } = connect(edge);
  const peer = await edge.peer();
  await untilTold(1);
  clock.advance(6000);
  await eventually(() => peer.heartbeats === 3);
  peer.send(aWelcome());
  await eventually(() => received.length === 1);
  clock.advance(8999);
  await eventually(() => peer.heartbeats === 5);
  expect(told).toEqual(['opened']);
  clock.advance(1);
  await eventually(() => peer.heartbeats === 6);
  clock.advance(3000);
  expect(told).toEqual(['opened', 'lost: the edge does not answer the heartbeat']);
  await eventually(() => peer.closed);
  expect(clock.pending).toBe(0);
});

test('a long message that is still coming is a sign of life, though no heartbeat is answered before its end', async () => {
  const edge = await startScriptedEdge();
  edge.answersHeartbeats = false;
  const { clock, told, received, untilTold } = connect(edge);
  const peer = await edge.peer();
  await untilTold(1);
  const line = peer.request.socket;
  const text = JSON.stringify(aWelcome({ CatalogID: 'x'.repeat(1_000) }));
  // A text frame with 16 bits of length.
  const head = Buffer.from([0x81, 126, text.length >> 8, text.length & 0xff]);
  const frame = Buffer.concat([head, Buffer.from(text)]);
  const partBytes = Math.ceil(frame.length / 8);
  for (let sent = 0; sent < frame.length; sent += partBytes) {
    const { heartbeats } = peer;
    line.write(frame.subarray(sent, sent + partBytes));
    await arrives(line);
    clock.advance(3000);
    await eventually(() => peer.heartbeats > heartbeats || told.length > 1);
  }
  await eventually(() => received.length === 1);
  expect(told).toEqual(['opened']);
});

test('the edge sets how often the heartbeat is sent', async () => {
  const edge = await startScriptedEdge();
  const { transport, clock, untilTold } = connect(edge);
  const peer = await edge.peer();
  await untilTold(1);
  transport.heartbeatIntervalMs = 10_000;
  clock.advance(3000);
  await eventually(() => peer.heartbeats === 2);
  clock.advance(9999);
  clock.advance(1);
  await eventually(() => peer.heartbeats === 3);
});

test('what is not the protocol ends the connection, not the process', async () => {
  const edge = await startScriptedEdge();
  const { told, untilTold } = connect(edge);
  const peer = await edge.peer();
  peer.sendText('<html>');
  await untilTold(2);
  expect(told[1]).toBe('lost: the edge does not speak the sync protocol: is this address right?');
  await eventually(() => peer.closed);
});

test('after it was closed nothing is told and no timer waits', async () => {
  const edge = await startScriptedEdge();
  const { transport, clock, told, untilTold } = connect(edge);
  const peer = await edge.peer();
  await untilTold(1);
  transport.close();
  transport.send({ Type: 'leave', ID: 1 });
  await eventually(() => peer.closed);
  expect([told, clock.pending, peer.heard]).toEqual([['opened'], 0, []]);
});

test('closed while it connects, it tells nothing', async () => {
  const edge = await startScriptedEdge();
  const { transport, told } = connect(edge);
  transport.close();
  await new Promise((settled) => setImmediate(settled));
  expect(told).toEqual([]);
});
