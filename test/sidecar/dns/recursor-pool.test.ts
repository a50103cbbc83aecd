import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { parseRecursorAddress, RecursorPool, recursionsMax } from '../../../sidecar/dns/recursor-pool.ts';
import { decodeReply, encodeAsked } from '../../dns-message.ts';
import { seededRandom } from '../../seeded-random.ts';
import { FakeClock } from '../fake-clock.ts';
import { makeTestLogger } from '../test-logger.ts';

// A Buffer, as sockets give them.
const question = Buffer.from(
  encodeAsked({ name: 'db.example.org', id: 0x1234, recursionDesired: true, edns: 1232 }),
);

/** A response to `packet` that says no more than this rcode. */
const respond = (packet: Uint8Array, rcode = 0): Uint8Array =>
  Uint8Array.from(packet, (byte, at) => (at === 2 ? byte | 0x80 : at === 3 ? 0x80 | rcode : byte));

type Behaviour = (packet: Buffer, client: RemoteInfo, socket: Socket) => void;
const answering =
  (rcode: number): Behaviour =>
  (packet, { port, address }, socket) =>
    socket.send(respond(packet, rcode), port, address);
const silent: Behaviour = () => {};

const open: (Socket | Server)[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.close();
});

/** A name server on UDP that behaves so; its address, and what it was sent. */
async function nameServer(behave: Behaviour): Promise<{ address: string; asked: Uint8Array[] }> {
  const socket = createSocket('udp4');
  open.push(socket);
  const asked: Uint8Array[] = [];
  socket.on('message', (packet, client) => {
    asked.push(packet);
    behave(packet, client, socket);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return { address: `127.0.0.1:${socket.address().port}`, asked };
}

const clock = new FakeClock();
const makePool = (recursors: string[], recursorStrategy: 'sequential' | 'random' = 'sequential') =>
  new RecursorPool(
    { recursors, recursorStrategy, recursorTimeoutMs: 2000 },
    { clock, random: seededRandom(3), logger: makeTestLogger() },
  );

/** Lets every recursor that is silent run out of time. */
async function exchange(pool: RecursorPool, transport: 'udp' | 'tcp' = 'udp', timeouts = 0) {
  const reply = pool.exchange(question, transport);
  for (let i = 0; i < timeouts; i++) {
    while (clock.pending === 0) await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setTimeout(resolve, 30));
    await clock.advanceAsync(2000);
  }
  return reply;
}

test('a question goes as it is but for its ID, and the answer comes back under the ID asked', async () => {
  const server = await nameServer(answering(0));
  const reply = (await exchange(makePool([server.address])))!;
  expect(decodeReply(reply)).toMatchObject({ id: 0x1234, rcode: 'NOERROR', opt: { udpSize: 1232 } });
  expect(server.asked.map((packet) => [...packet.subarray(2)])).toEqual([[...question.subarray(2)]]);
  expect(clock.pending).toBe(0);
});

test('each question has an ID and a port of its own', async () => {
  const ports = new Set<number>();
  const ids = new Set<number>();
  const server = await nameServer((packet, client, socket) => {
    ports.add(client.port);
    ids.add(packet.readUInt16BE(0));
    answering(0)(packet, client, socket);
  });
  const pool = makePool([server.address]);
  await Promise.all(Array.from({ length: 20 }, () => exchange(pool)));
  expect([ports.size, ids.size]).toEqual([20, 20]);
});

describe('recursors are asked one after the other', () => {
  test.each<[string, Behaviour, number, number, number]>([
    ['an answer ends it', answering(0), 0, 0, 0],
    ['so does the certainty that there is none', answering(3), 0, 0, 3],
    ['after SERVFAIL comes the next', answering(2), 0, 1, 0],
    ['after REFUSED too', answering(5), 0, 1, 0],
    ['after silence, when its time is over', silent, 1, 1, 0],
    [
      'after a reply to another question',
      (packet, { port, address }, socket) => socket.send(respond(packet).fill(65, 13, 15), port, address),
      1,
      1,
      0,
    ],
    [
      'after a reply with another ID',
      (packet, { port, address }, socket) => {
        const reply = respond(packet);
        reply[0] = reply[0]! ^ 1;
        socket.send(reply, port, address);
      },
      1,
      1,
      0,
    ],
  ])('%s', async (_law, first, timeouts, secondAsked, rcode) => {
    const servers = [await nameServer(first), await nameServer(answering(0))];
    const reply = await exchange(makePool(servers.map(({ address }) => address)), 'udp', timeouts);
    expect([reply![3]! & 15, servers[0]!.asked.length, servers[1]!.asked.length]).toEqual([
      rcode,
      1,
      secondAsked,
    ]);
  });

  test('a reply from elsewhere is not taken', async () => {
    const forger = createSocket('udp4');
    open.push(forger);
    const server = await nameServer((packet, { port, address }, socket) => {
      forger.send(respond(packet, 3), port, address, () => socket.send(respond(packet), port, address));
    });
    expect((await exchange(makePool([server.address])))![3]! & 15).toBe(0);
  });

  test('when none answers there is no answer', async () => {
    const servers = [await nameServer(answering(2)), await nameServer(silent)];
    expect(await exchange(makePool(servers.map(({ address }) => address)), 'udp', 1)).toBeUndefined();
  });

  test.each([
    ['sequential', 1],
    ['random', 3],
  ] as const)('in %s order the first of three is one of %d', async (strategy, firsts) => {
    const servers = await Promise.all([0, 0, 0].map(() => nameServer(answering(0))));
    const pool = makePool(
      servers.map(({ address }) => address),
      strategy,
    );
    for (let i = 0; i < 30; i++) await exchange(pool);
    expect(servers.filter(({ asked }) => asked.length > 0)).toHaveLength(firsts);
  });
});

test('so many questions are under way and no more, until one is done', async () => {
  const held: (() => void)[] = [];
  const server = await nameServer((packet, client, socket) => {
    held.push(() => answering(0)(packet, client, socket));
  });
  const pool = makePool([server.address]);
  const first = Array.from({ length: recursionsMax }, () => pool.exchange(question, 'udp'));
  expect(await pool.exchange(question, 'udp')).toBeUndefined();
  while (held.length < recursionsMax) await new Promise((resolve) => setImmediate(resolve));
  for (const release of held) release();
  expect((await Promise.all(first)).filter((reply) => reply === undefined)).toEqual([]);
  const next = pool.exchange(question, 'udp');
  while (held.length === recursionsMax) await new Promise((resolve) => setImmediate(resolve));
  held.at(-1)!();
  expect(await next).toBeInstanceOf(Uint8Array);
});

describe('over TCP', () => {
  async function tcpNameServer(chunks: (packet: Buffer) => Uint8Array[]): Promise<string> {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', (bytes) => {
        const parts = chunks(bytes.subarray(2));
        for (const part of parts) socket.write(part);
        if (parts.length === 0) socket.end();
      });
    });
    open.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
  const framed = (reply: Uint8Array) => Buffer.from([reply.length >> 8, reply.length & 255, ...reply]);

  test('the answer may come in pieces', async () => {
    const address = await tcpNameServer((packet) => {
      const whole = framed(respond(packet));
      return [whole.subarray(0, 1), whole.subarray(1, 9), whole.subarray(9)];
    });
    expect(decodeReply((await exchange(makePool([address]), 'tcp'))!).id).toBe(0x1234);
  });

  test.each<[string, (packet: Buffer) => Uint8Array[], number]>([
    ['that is closed', () => [], 0],
    ['with a reply to another question', (packet) => [framed(respond(packet).fill(65, 13, 15))], 0],
    ['without a reply', () => [Uint8Array.of(0)], 1],
  ])('a connection %s is no answer', async (_law, chunks, timeouts) => {
    expect(await exchange(makePool([await tcpNameServer(chunks)]), 'tcp', timeouts)).toBeUndefined();
  });
});

describe('the address of a recursor', () => {
  test.each([
    ['10.0.0.53', '10.0.0.53', 53],
    ['10.0.0.53:5353', '10.0.0.53', 5353],
    ['fd00::53', 'fd00::53', 53],
    ['[fd00::53]', 'fd00::53', 53],
    ['[fd00::53]:65535', 'fd00::53', 65_535],
    ['ns.example.org:1', 'ns.example.org', 1],
  ])('%s', (text, host, port) => {
    expect(parseRecursorAddress(text)).toEqual({ host, port });
  });

  test.each(['', ':53', '10.0.0.53:', '10.0.0.53:0', '10.0.0.53:65536', '10.0.0.53:a', '[fd00::53', '1:2:3'])(
    '%j is none',
    (text) => {
      expect(() => parseRecursorAddress(text)).toThrow(`Invalid recursor address: ${JSON.stringify(text)}`);
    },
  );
});
