import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { probeTcp } from '../../../sidecar/checks/probe-tcp.ts';
import { aCheck, aRun, closedPort, listen, outcome } from './probe-context.ts';

const probe = (TCP: string, timeoutMs?: number) => outcome(probeTcp(aCheck({ TCP }), aRun(timeoutMs)));

test('an open port is passing', async () => {
  const port = await listen(createServer());
  expect(await probe(`127.0.0.1:${port}`)).toEqual(['passing', `TCP connect 127.0.0.1:${port}: Success`]);
});

test('a name is tried by every address it has', async () => {
  const port = await listen(createServer());
  expect(await probe(`localhost:${port}`)).toEqual(['passing', `TCP connect localhost:${port}: Success`]);
  expect(await probe(`:${port}`)).toEqual(['passing', `TCP connect :${port}: Success`]);
});

test('IPv6 is written in brackets', async () => {
  const port = await listen(createServer(), '::1');
  expect(await probe(`[::1]:${port}`)).toEqual(['passing', `TCP connect [::1]:${port}: Success`]);
});

test('a closed port is critical in the words of Go', async () => {
  const port = await closedPort();
  expect(await probe(`127.0.0.1:${port}`)).toEqual([
    'critical',
    `dial tcp 127.0.0.1:${port}: connect: connection refused`,
  ]);
  expect(await probe(`[::1]:${port}`)).toEqual([
    'critical',
    `dial tcp [::1]:${port}: connect: connection refused`,
  ]);
});

test.each([
  ['127.0.0.1', 'dial tcp: address 127.0.0.1: missing port in address'],
  ['::1:80', 'dial tcp: address ::1:80: too many colons in address'],
  ['[::1:80', "dial tcp: address [::1:80: missing ']' in address"],
  ['127.0.0.1:65536', 'dial tcp: address 65536: invalid port'],
  ['127.0.0.1:nope', 'dial tcp: lookup tcp/nope: unknown port'],
  [
    'name.invalid:80',
    expect.stringMatching(/^dial tcp: lookup name\.invalid: (no such host|server misbehaving)$/),
  ],
])('%s is critical: %s', async (target, output) => {
  expect(await probe(target)).toEqual(['critical', output]);
});
