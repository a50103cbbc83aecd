import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  TcpListener,
  tcpConnectionsMax,
  tcpIdleMsMax,
  tcpPendingMax,
  tcpQuestionBytesMax,
} from '../../../sidecar/dns/tcp-listener.ts';
import { askTcp } from '../../dns-client.ts';
import { decodeReply, encodeAsked } from '../../dns-message.ts';
import { makeResponder } from '../../src/shared/dns/dns-responder-fixture.ts';
import { FakeClock } from '../fake-clock.ts';

/** What a listener asks: replies are made here, so that a test decides when. */
class ScriptedResponder {
  questions = 0;
  answer: (question: Uint8Array) => Uint8Array | Promise<Uint8Array | undefined> | undefined = (question) =>
    question;

  answerQuestion(question: Uint8Array) {
    this.questions += 1;
    return this.answer(question);
  }
}

const clock = new FakeClock();
let responder: ScriptedResponder;
let listener: TcpListener;
let sockets: Socket[] = [];

beforeEach(async () => {
  responder = new ScriptedResponder();
  listener = new TcpListener(responder, clock);
  await listener.start({ address: '127.0.0.1', port: 0, ipv6Only: false });
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets = [];
  await listener.stop();
});

async function open(): Promise<Socket> {
  const socket = connect(listener.port, '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('connect', resolve));
  return socket;
}
const closed = (socket: Socket) => new Promise<void>((resolve) => socket.once('close', () => resolve()));
const framed = (bytes: number, fill = 1) =>
  Buffer.from([bytes >> 8, bytes & 255, ...new Uint8Array(bytes).fill(fill)]);
const received = (socket: Socket, bytes: number) =>
  new Promise<Buffer>((resolve) => {
    let all = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      all = Buffer.concat([all, chunk]);
      if (all.length >= bytes) resolve(all);
    });
  });
/** Lets the sockets of this process come to rest. */
const eventually = async (isSo: () => boolean) => {
  for (let turn = 0; turn < 2000 && !isSo(); turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(isSo()).toBe(true);
};

test('many questions on a connection are all answered', async () => {
  const real = new TcpListener(makeResponder(), clock);
  await real.start({ address: '127.0.0.1', port: 0, ipv6Only: false });
  const names = ['web.service.consul', 'web.service.dc2.consul', 'n1.node.consul', 'absent.node.consul'];
  const replies = await askTcp(real.port, ...names.map((name, id) => encodeAsked({ name, id })));
  await real.stop();
  const rcodes = Object.fromEntries(replies.map(decodeReply).map(({ id, rcode }) => [id, rcode]));
  expect(rcodes).toEqual({ 0: 'NOERROR', 1: 'NOERROR', 2: 'NOERROR', 3: 'NXDOMAIN' });
});

test('answers do not wait for each other', async () => {
  let release = (_reply: Uint8Array) => {};
  responder.answer = (question) =>
    question[0] === 1 ? new Promise((resolve) => (release = resolve)) : question;
  const socket = await open();
  socket.write(Buffer.concat([framed(3, 1), framed(3, 2)]));
  expect([...(await received(socket, 5))]).toEqual([0, 3, 2, 2, 2]);
  const late = received(socket, 5);
  release(Uint8Array.of(9, 9, 9));
  expect([...(await late)]).toEqual([0, 3, 9, 9, 9]);
});

test('a question may come byte by byte', async () => {
  const socket = await open();
  socket.setNoDelay(true);
  const reply = received(socket, 7);
  for (const byte of framed(5)) {
    socket.write(Buffer.of(byte));
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await reply).toEqual(framed(5));
});

test('a question of the largest size is answered, a larger one ends the connection', async () => {
  const socket = await open();
  const reply = received(socket, tcpQuestionBytesMax + 2);
  socket.write(framed(tcpQuestionBytesMax));
  expect(await reply).toHaveLength(tcpQuestionBytesMax + 2);
  socket.write(framed(tcpQuestionBytesMax + 1).subarray(0, 2));
  await closed(socket);
  expect(responder.questions).toBe(1);
});

test('what deserves no answer gets none, and the connection stays', async () => {
  responder.answer = (question) => (question[0] === 1 ? undefined : question);
  const socket = await open();
  socket.write(Buffer.concat([framed(2, 1), framed(2, 2)]));
  expect(await received(socket, 4)).toEqual(framed(2, 2));
});

test('a connection without a complete question is cut off after its time', async () => {
  const socket = await open();
  const end = closed(socket);
  await eventually(() => clock.pending === 1);
  clock.advance(tcpIdleMsMax - 1);
  const reply = received(socket, 3);
  socket.write(framed(1));
  await reply;
  // Half a question buys no time.
  socket.write(framed(9).subarray(0, 4));
  clock.advance(tcpIdleMsMax - 1);
  expect(socket.destroyed).toBe(false);
  clock.advance(1);
  await end;
  expect(clock.pending).toBe(0);
});

test('a client that sends and does not read is read from no more, and is cut off', async () => {
  const large = new Uint8Array(60_000);
  responder.answer = () => large;
  const socket = await open();
  const end = closed(socket);
  socket.pause();
  const questions = 20_000;
  for (let i = 0; i < questions; i++) socket.write(framed(1));
  let seen = -1;
  while (seen !== responder.questions) {
    seen = responder.questions;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  // Some replies fill the buffers of the kernel; 1.2 GB of them were asked for.
  expect(responder.questions).toBeLessThan(1000);
  clock.advance(tcpIdleMsMax);
  socket.resume();
  await end;
});

test('only so many questions of a connection wait at a time; when one is done the next is read', async () => {
  const waiting: ((reply: Uint8Array) => void)[] = [];
  responder.answer = () => new Promise((resolve) => waiting.push(resolve));
  const socket = await open();
  socket.write(Buffer.concat(Array.from({ length: tcpPendingMax + 1 }, () => framed(1))));
  await eventually(() => waiting.length === tcpPendingMax);
  const reply = received(socket, 3);
  waiting[0]!(Uint8Array.of(7));
  expect([...(await reply)]).toEqual([0, 1, 7]);
  await eventually(() => waiting.length === tcpPendingMax + 1);
});

test('there are so many connections and no more', async () => {
  const open1 = await Promise.all(Array.from({ length: tcpConnectionsMax }, open));
  const last = open1.at(-1)!;
  const reply = received(last, 3);
  last.write(framed(1));
  await reply;
  const refused = connect(listener.port, '127.0.0.1').on('error', () => {});
  await closed(refused);
  open1[0]!.destroy();
  await eventually(() => clock.pending === tcpConnectionsMax - 1);
  const next = await open();
  const answered = received(next, 3);
  next.write(framed(1));
  expect(await answered).toHaveLength(3);
});

test('stopping ends the connections', async () => {
  const socket = await open();
  const end = closed(socket);
  await listener.stop();
  await end;
  expect(clock.pending).toBe(0);
});
