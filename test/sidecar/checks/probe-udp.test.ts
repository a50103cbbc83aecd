import { createSocket } from 'node:dgram';
import { expect, onTestFinished, test } from 'vitest';
import { probeUdp } from '../../../sidecar/checks/probe-udp.ts';
import { aCheck, aRun, outcome } from './probe-context.ts';

async function aUdpServer(answer?: string, host = '127.0.0.1'): Promise<number> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  await new Promise<void>((bound) => socket.bind(0, host, bound));
  onTestFinished(() => void socket.close());
  socket.on('message', (_message, { port, address }) => answer && socket.send(answer, port, address));
  return socket.address().port;
}

const probe = (UDP: string, run = aRun()) => outcome(probeUdp(aCheck({ UDP }), run));

test('any reply is passing', async () => {
  const port = await aUdpServer('x');
  expect(await probe(`localhost:${port}`)).toEqual(['passing', `UDP connect localhost:${port}: Success`]);
});

test('IPv6 is written in brackets', async () => {
  const port = await aUdpServer('x', '::1');
  expect(await probe(`[::1]:${port}`)).toEqual(['passing', `UDP connect [::1]:${port}: Success`]);
});

test('silence until the time is up is passing', async () => {
  const port = await aUdpServer();
  expect(await probe(`127.0.0.1:${port}`, aRun(100))).toEqual([
    'passing',
    `UDP connect 127.0.0.1:${port}: Success`,
  ]);
});

test('a port where nobody listens is critical', async () => {
  const socket = createSocket('udp4');
  await new Promise<void>((bound) => socket.bind(0, '127.0.0.1', bound));
  const { port } = socket.address();
  await new Promise<void>((closed) => void socket.close(closed));
  expect(await probe(`127.0.0.1:${port}`)).toEqual([
    'critical',
    `read udp 127.0.0.1:${port}: read: connection refused`,
  ]);
});

test.each([
  ['255.255.255.255:80', 'permission denied'],
  ['[fe80::1]:53', 'invalid argument'],
])('%s, to which there is no way, is critical', async (target, why) => {
  expect(await probe(target)).toEqual(['critical', `dial udp ${target}: connect: ${why}`]);
});

test.each([
  ['127.0.0.1', 'dial udp: address 127.0.0.1: missing port in address'],
  ['name.invalid:1', expect.stringMatching(/^dial udp: lookup name\.invalid: /)],
])('%s is critical', async (target, output) => {
  expect(await probe(target)).toEqual(['critical', output]);
});
