import type { AddressInfo, Server } from 'node:net';
import { createSecureContext } from 'node:tls';
import { onTestFinished } from 'vitest';
import type { ProbeContext } from '../../../sidecar/checks/probe.ts';
import type { CheckTls } from '../../../sidecar/checks/tls.ts';
import { systemClock } from '../../../sidecar/system/clock.ts';
import type { CheckDefinition } from '../../../src/shared/model.ts';

/** A definition with an ID and what the test is about. */
export const aCheck = (kind: Partial<CheckDefinition>): CheckDefinition => ({
  CheckID: 'c1',
  Name: 'check one',
  Notes: '',
  Status: '',
  ServiceID: '',
  Token: '',
  ...kind,
});

/** Believes whom Node does, and shows no certificate. */
export const someTls = (): CheckTls => ({ context: createSecureContext(), serverName: '' });

/** A run of a probe that times out after `timeoutMs` of the real clock, for there are real sockets in it. */
export function aRun(timeoutMs = 5000, outputBytesMax = 4096): ProbeContext {
  const abort = new AbortController();
  const cancel = systemClock.after(timeoutMs, () => abort.abort());
  onTestFinished(cancel);
  return { clock: systemClock, signal: abort.signal, timeoutMs, outputBytesMax, tls: someTls };
}

/** Listens on a free port of the loopback until the test ends. */
export async function listen(server: Server, host = '127.0.0.1'): Promise<number> {
  await new Promise<void>((listening) => server.listen(0, host, listening));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** A port of the loopback where nobody listens. */
export async function closedPort(): Promise<number> {
  const { createServer } = await import('node:net');
  const server = createServer();
  const port = await new Promise<number>((found) => {
    server.listen(0, '127.0.0.1', () => found((server.address() as AddressInfo).port));
  });
  await new Promise((closed) => server.close(closed));
  return port;
}

/** What a probe found; an error it throws is critical, as the schedule has it. */
export const outcome = (run: Promise<{ Status: string; Output: string }>) =>
  run.then(
    ({ Status, Output }) => [Status, Output],
    (error: Error) => ['critical', error.message],
  );
