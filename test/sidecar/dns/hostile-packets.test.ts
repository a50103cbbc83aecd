/**
 * Whatever is sent: nothing is thrown, nothing is kept for ever, and no reply is more than its asker can take or could use
 * against somebody else. Packets are made from a seed, which a failure names.
 */
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../sidecar/system/clock.ts';
import { askUdp } from '../../dns-client.ts';
import { decodeReply, encodeAsked } from '../../dns-message.ts';
import {
  crowdedCatalogs,
  deservesReply,
  expectLawful,
  hostilePackets,
  packetCount,
} from '../../hostile-packets.ts';
import { randomBytes } from '../../seeded-bytes.ts';
import { makeResponder } from '../../src/shared/dns/dns-responder-fixture.ts';
import { makeServer } from './dns-fixture.ts';

const timeout = 60_000 + packetCount;
const web = encodeAsked({ name: 'web.service.consul' });
/** Two generations of 16 MiB by weight; the rest is what the garbage collector leaves lying. */
const growthBytesMax = 96 * 1024 * 1024;

function usedBytes(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

test('the packets bring out every kind of reply', async () => {
  const responder = makeResponder({ catalogs: crowdedCatalogs() });
  const kinds = new Map<string, number>();
  for (const packet of hostilePackets(10_000)) {
    const reply = await responder.answerQuestion(packet, 'udp');
    const kind = reply ? decodeReply(reply).rcode : 'silence';
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  for (const kind of ['NOERROR', 'NXDOMAIN', 'FORMERR', 'NOTIMP', 'REFUSED', 'silence'])
    expect(kinds.get(kind), kind).toBeGreaterThan(200);
});

describe('the responder', () => {
  test.each(['udp', 'tcp'] as const)(
    '%s: each packet gets what it deserves',
    { timeout },
    async (transport) => {
      const responder = makeResponder({ catalogs: crowdedCatalogs() });
      for (const packet of hostilePackets(packetCount))
        expectLawful(packet, await responder.answerQuestion(packet, transport), transport);
      expect(decodeReply((await responder.answerQuestion(web, 'udp'))!).rcode).toBe('NOERROR');
    },
  );

  test('keeps a bounded amount, whatever is asked', { timeout }, async () => {
    const responder = makeResponder({ catalogs: crowdedCatalogs() });
    await responder.answerQuestion(web, 'udp');
    const before = usedBytes();
    for (const packet of hostilePackets(packetCount, 2)) await responder.answerQuestion(packet, 'udp');
    expect(usedBytes() - before).toBeLessThan(growthBytesMax);
    expect(decodeReply((await responder.answerQuestion(web, 'udp'))!).rcode).toBe('NOERROR');
  });
});

/** As many as fit into a socket's buffer at both ends, so that none is lost. */
const batchSize = 50;

/** Packets with IDs by which their replies are told apart. */
function* batches(): Generator<Map<number, Uint8Array>> {
  let batch = new Map<number, Uint8Array>();
  let id = 0;
  for (const packet of hostilePackets(packetCount)) {
    id = (id + 1) & 0xffff;
    if (packet.length >= 2) packet.set([id >> 8, id & 255]);
    batch.set(id, packet);
    if (batch.size < batchSize) continue;
    yield batch;
    batch = new Map();
  }
  yield batch;
}

const idOf = (reply: Uint8Array) => reply[0]! * 256 + reply[1]!;

/** Resolves when each packet that deserves a reply has one; what comes besides breaks the law. */
class Replies {
  #batch = new Map<number, Uint8Array>();
  #missing = 0;
  #done: () => void = () => undefined;
  #failed: (error: unknown) => void = () => undefined;
  readonly #transport: 'udp' | 'tcp';

  constructor(transport: 'udp' | 'tcp') {
    this.#transport = transport;
  }

  expect(batch: Map<number, Uint8Array>): Promise<void> {
    this.#batch = batch;
    this.#missing = [...batch.values()].filter(deservesReply).length;
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`${this.#missing} replies are missing`)), 5_000);
      this.#failed = reject;
      this.#done = () => {
        clearTimeout(late);
        resolve();
      };
      if (this.#missing === 0) this.#done();
    });
  }

  take(reply: Uint8Array): void {
    try {
      const packet = this.#batch.get(idOf(reply));
      if (!packet) throw new Error(`a reply to nothing: ${Buffer.from(reply).toString('hex')}`);
      this.#batch.delete(idOf(reply));
      expectLawful(packet, reply, this.#transport);
      this.#missing -= 1;
      if (this.#missing === 0) this.#done();
    } catch (error) {
      this.#failed(error);
    }
  }
}

async function startServer(threads = 0) {
  const server = makeServer({ threads }, systemClock, crowdedCatalogs());
  await server.start();
  onTestFinished(() => server.stop());
  return server;
}

const expectAlive = async (port: number) =>
  expect(decodeReply(await askUdp(port, web)).answer.length).toBeGreaterThan(0);

describe('the sockets', () => {
  test.each([0, 2])('UDP, with %i threads', { timeout }, async (threads) => {
    const { port } = await startServer(threads);
    const replies = new Replies('udp');
    const socket = createSocket('udp4', (reply) => replies.take(reply));
    onTestFinished(() => void socket.close());
    for (const batch of batches()) {
      const done = replies.expect(batch);
      for (const packet of batch.values()) socket.send(packet, port, '127.0.0.1');
      await done;
    }
    await expectAlive(port);
  });

  test('TCP', { timeout }, async () => {
    const { port } = await startServer();
    const replies = new Replies('tcp');
    const socket = connect(port, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    let received = Buffer.alloc(0);
    socket.on('data', (bytes) => {
      received = Buffer.concat([received, bytes]);
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const end = 2 + received.readUInt16BE(0);
        replies.take(received.subarray(2, end));
        received = received.subarray(end);
      }
    });
    for (const batch of batches()) {
      const done = replies.expect(batch);
      for (const packet of batch.values())
        socket.write(Buffer.from([packet.length >> 8, packet.length & 255, ...packet]));
      await done;
    }
    await expectAlive(port);
  });

  test('TCP connections that bring anything at all', { timeout }, async () => {
    const { port } = await startServer();
    for (let seed = 1; seed <= Math.max(50, packetCount / 1_000); seed++) {
      const socket = connect(port, '127.0.0.1');
      const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
      // It may be closed while we are still talking.
      socket.on('error', () => undefined).on('data', () => undefined);
      socket.end(randomBytes(2_000, seed));
      await closed;
    }
    await expectAlive(port);
  });
});
