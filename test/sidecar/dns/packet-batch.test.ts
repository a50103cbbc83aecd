/** Packets that wait for a listener together: they were sent before it was given a turn. */
import { createSocket, type Socket } from 'node:dgram';
import { afterEach, expect, test } from 'vitest';
import { packetBytesMax, packetsMax, replySlotBytes } from '../../../sidecar/dns/packet-batch.ts';
import { UdpListener } from '../../../sidecar/dns/udp-listener.ts';
import { type Libc, loadLibc } from '../../../sidecar/system/libc.ts';
import type { Answerer } from '../../../src/shared/dns/caching-answerer.ts';
import { makeTestLogger } from '../test-logger.ts';

const isLinux = process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch);
const libc = await loadLibc();
const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

test.runIf(isLinux)('the C library is there', () => expect(libc).toBeDefined());

/** Counts calls, to tell that packets did come together. */
function counted(real: Libc) {
  const counts = { received: [] as number[], sent: [] as number[] };
  const spy: Libc = {
    ...real,
    recvmmsg: (...args) => {
      const count = real.recvmmsg(...args);
      counts.received.push(count);
      return count;
    },
    sendmmsg: (...args) => {
      const count = real.sendmmsg(...args);
      counts.sent.push(count);
      return count;
    },
  };
  return { spy, counts };
}

async function listen(answerQuestion: Answerer['answerQuestion'], address = '127.0.0.1', real = libc!) {
  const { spy, counts } = counted(real);
  const listener = new UdpListener({ answerQuestion }, makeTestLogger(), { libc: spy });
  await listener.start({ address, port: 0, ipv6Only: false });
  closers.push(() => listener.stop());
  return { port: listener.port, counts };
}

interface Client {
  socket: Socket;
  heard: Buffer[];
  /** Resolves when so many replies have come. */
  hears(count: number): Promise<Buffer[]>;
}

async function connect(type: 'udp4' | 'udp6' = 'udp4'): Promise<Client> {
  const socket = createSocket(type);
  const heard: Buffer[] = [];
  socket.on('message', (reply) => heard.push(reply));
  await new Promise<void>((resolve) => socket.bind(0, type === 'udp4' ? '127.0.0.1' : '::1', resolve));
  closers.push(() => socket.close());
  const hears = async (count: number) => {
    while (heard.length < count) await new Promise((resolve) => socket.once('message', resolve));
    return heard;
  };
  return { socket, heard, hears };
}

const numbered = (i: number) => Buffer.from([i >> 8, i & 0xff]);
const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);
const read = (reply: Uint8Array) => (reply[0]! << 8) | reply[1]!;

test.runIf(isLinux)('each reply goes to who asked, in order, by few calls', async () => {
  const { port, counts } = await listen((packet) => Buffer.concat([packet, Buffer.from('!')]));
  const clients = await Promise.all([connect(), connect(), connect()]);
  const perClient = packetsMax;
  for (const i of numbers(perClient * clients.length)) {
    clients[i % clients.length]!.socket.send(numbered(i), port, '127.0.0.1');
  }
  for (const [which, { hears }] of clients.entries()) {
    const replies = await hears(perClient);
    expect(replies.map(read)).toEqual(numbers(perClient).map((i) => i * clients.length + which));
    expect(replies.every((reply) => reply.length === 3 && reply[2] === 0x21)).toBe(true);
  }
  const sum = (list: number[]) => list.filter((count) => count > 0).reduce((a, b) => a + b, 0);
  expect(Math.max(...counts.received)).toBe(packetsMax);
  expect(sum(counts.sent)).toBe(perClient * clients.length);
  expect(counts.sent.length).toBeLessThan(10);
});

test.runIf(isLinux)('what gets no reply leaves no gap', async () => {
  const { port } = await listen((packet) => (read(packet) % 3 === 0 ? packet : undefined));
  const { socket, hears } = await connect();
  for (const i of numbers(60)) socket.send(numbered(i), port, '127.0.0.1');
  expect((await hears(20)).map(read)).toEqual(numbers(20).map((i) => 3 * i));
});

test.runIf(isLinux)('a packet that waits is not written over, and its reply finds who asked', async () => {
  const waiting: { packet: Uint8Array; resolve: (reply: Uint8Array) => void }[] = [];
  const { port } = await listen((packet) =>
    read(packet) % 2 === 0 ? new Promise((resolve) => waiting.push({ packet, resolve })) : packet,
  );
  const { socket, heard, hears } = await connect();
  for (const i of numbers(40)) socket.send(numbered(i), port, '127.0.0.1');
  await hears(20);
  for (const i of numbers(40)) socket.send(numbered(101 + 2 * i), port, '127.0.0.1');
  await hears(60);
  for (const { packet, resolve } of waiting) resolve(packet);
  await hears(80);
  expect(heard.slice(60).map(read)).toEqual(numbers(20).map((i) => 2 * i));
});

test.runIf(isLinux).each([replySlotBytes, replySlotBytes + 1, 65_507])(
  'a reply of %i bytes arrives whole, and those after it',
  async (length) => {
    const long = Buffer.alloc(length, 7);
    const { port } = await listen((packet) => (read(packet) === 2 ? long : packet));
    const { socket, hears } = await connect();
    for (let round = 0; round < 2; round++) {
      for (const i of numbers(5)) socket.send(numbered(i), port, '127.0.0.1');
      const replies = (await hears(5 * (round + 1))).slice(5 * round);
      expect(replies.map((reply) => reply.length)).toEqual([2, 2, length, 2, 2]);
      expect(replies[2]!.equals(long)).toBe(true);
    }
  },
);

test.runIf(isLinux)('one reply that cannot be sent costs no other', async () => {
  const tooLong = Buffer.alloc(65_508);
  const { port } = await listen((packet) => (read(packet) % 4 === 1 ? tooLong : packet));
  const { socket, hears } = await connect();
  for (const i of numbers(16)) socket.send(numbered(i), port, '127.0.0.1');
  expect((await hears(12)).map(read)).toEqual(numbers(16).filter((i) => i % 4 !== 1));
});

/** The kernel never lacks room for what goes to the own host. */
test.runIf(isLinux)('a network without room for replies is waited for', async () => {
  let full = 2;
  const slow: Libc = {
    ...libc!,
    sendmmsg: (...args) => (full-- > 0 ? -1 : libc!.sendmmsg(...args)),
    failure: (call) => Object.assign(new Error(call), { code: 'EAGAIN' }),
  };
  const { port } = await listen((packet) => packet, '127.0.0.1', slow);
  const { socket, hears } = await connect();
  for (const i of numbers(9)) socket.send(numbered(i), port, '127.0.0.1');
  expect((await hears(9)).map(read)).toEqual(numbers(9));
});

test.runIf(isLinux)('of a packet longer than a question can be, the start is seen', async () => {
  const lengths: number[] = [];
  const { port } = await listen((packet) => {
    lengths.push(packet.length);
    return packet.subarray(0, 2);
  });
  const { socket, hears } = await connect();
  const sizes = [2, 0, packetBytesMax, packetBytesMax + 1, 60_000];
  for (const size of sizes) socket.send(Buffer.alloc(size), port, '127.0.0.1');
  await hears(sizes.length);
  expect(lengths).toEqual([2, 0, packetBytesMax, packetBytesMax, packetBytesMax]);
});

test.runIf(isLinux).each([
  { bound: '127.0.0.1', type: 'udp4', to: '127.0.0.1', client: '127.0.0.1' },
  { bound: '::1', type: 'udp6', to: '::1', client: '::1' },
  { bound: '::', type: 'udp4', to: '127.0.0.1', client: '::ffff:127.0.0.1' },
  { bound: '::', type: 'udp6', to: '::1', client: '::1' },
] as const)('on $bound, who asks from $client is known as such', async ({ bound, type, to, client }) => {
  const clients: (string | undefined)[] = [];
  const { port } = await listen((packet, _transport, from) => {
    clients.push(from);
    return packet;
  }, bound);
  const { socket, hears } = await connect(type);
  for (const i of numbers(4)) socket.send(numbered(i), port, to);
  expect((await hears(4)).map(read)).toEqual(numbers(4));
  expect(clients).toEqual(Array(4).fill(client));
});
