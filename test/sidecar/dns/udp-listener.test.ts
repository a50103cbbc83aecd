import { createSocket } from 'node:dgram';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UdpListener, udpPendingMax } from '../../../sidecar/dns/udp-listener.ts';
import { loadLibc } from '../../../sidecar/system/libc.ts';
import { askUdp } from '../../dns-client.ts';
import { makeTestLogger } from '../test-logger.ts';

type Answer = (question: Uint8Array) => Uint8Array | Promise<Uint8Array | undefined> | undefined;

let answer: Answer;
let listener: UdpListener;
const libc = await loadLibc();

describe.each([
  { how: 'packet by packet', options: {} },
  { how: 'many packets at a time', options: { libc } },
])('$how', ({ options }) => {
  beforeEach(async () => {
    answer = (question) => question;
    listener = new UdpListener({ answerQuestion: (question) => answer(question) }, makeTestLogger(), options);
    await listener.start({ address: '127.0.0.1', port: 0, ipv6Only: false });
  });
  afterEach(() => listener.stop());

  test('a reply goes to who asked', async () => {
    const replies = [1, 2, 3].map((byte) => askUdp(listener.port, Uint8Array.of(byte)));
    expect((await Promise.all(replies)).map(([byte]) => byte)).toEqual([1, 2, 3]);
  });

  test('a question that waits holds up no other', async () => {
    let release = (_reply: Uint8Array) => {};
    answer = (question) => (question[0] === 1 ? new Promise((resolve) => (release = resolve)) : question);
    const late = askUdp(listener.port, Uint8Array.of(1));
    expect(await askUdp(listener.port, Uint8Array.of(2))).toEqual(Buffer.of(2));
    release(Uint8Array.of(9));
    expect(await late).toEqual(Buffer.of(9));
  });

  test('so many questions wait and no more; the next is heard when one is done', async () => {
    const waiting: ((reply: undefined) => void)[] = [];
    const heard: number[] = [];
    answer = (question) => {
      heard.push(question[0]!);
      return question[0] === 1 ? new Promise((resolve) => waiting.push(resolve)) : question;
    };
    const client = createSocket('udp4');
    for (let sent = 0; sent < udpPendingMax; sent++) {
      client.send(Uint8Array.of(1), listener.port, '127.0.0.1');
      while (heard.length < sent - 32) await new Promise((resolve) => setImmediate(resolve));
    }
    while (heard.length < udpPendingMax) await new Promise((resolve) => setImmediate(resolve));
    // Questions of one socket come in order: the second is in the kernel's buffer before the third is sent.
    await new Promise((resolve) => client.send(Uint8Array.of(2), listener.port, '127.0.0.1', resolve));
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    client.close();
    waiting[0]!(undefined);
    await Promise.resolve();
    expect(await askUdp(listener.port, Uint8Array.of(3))).toEqual(Buffer.of(3));
    expect(heard.slice(udpPendingMax)).toEqual([3]);
  });

  test('a reply that is late for a listener that stopped is dropped', async () => {
    let release = (_reply: Uint8Array) => {};
    let hear = () => {};
    const heard = new Promise<void>((resolve) => (hear = resolve));
    answer = () => {
      hear();
      return new Promise((resolve) => (release = resolve));
    };
    const client = createSocket('udp4');
    const first = new Promise<Buffer>((resolve) => client.on('message', resolve));
    client.send(Uint8Array.of(1), listener.port, '127.0.0.1');
    await heard;
    await listener.stop();
    release(Uint8Array.of(9));
    await Promise.resolve();
    client.send(Uint8Array.of(7), client.address().port, '127.0.0.1');
    expect(await first).toEqual(Buffer.of(7));
    client.close();
  });

  test('an address that is taken is named, and who has it keeps it', async () => {
    const { port } = listener;
    const other = new UdpListener({ answerQuestion: () => undefined }, makeTestLogger(), options);
    await expect(other.start({ address: '127.0.0.1', port, ipv6Only: false })).rejects.toThrow(
      `cannot listen for DNS over UDP on 127.0.0.1:${port}: another process has it: stop that process, or set another port (ports.dns, -dns-port)`,
    );
    const thief = createSocket({ type: 'udp4', reuseAddr: true });
    const refused = new Promise((resolve) => thief.once('error', resolve));
    thief.bind(port, '127.0.0.1');
    expect(await refused).toMatchObject({ code: 'EADDRINUSE' });
    thief.close();
  });
});
