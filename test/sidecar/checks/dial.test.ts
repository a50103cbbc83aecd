import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { expect, test, vi } from 'vitest';
import { dial, dialAny } from '../../../sidecar/checks/dial.ts';
import { FakeClock } from '../fake-clock.ts';
import { fullListener } from './full-listener.ts';
import { aRun, closedPort, listen } from './probe-context.ts';

const at = (port: number, host = '127.0.0.1') => ({ host, port });

/** A server on which `connections` counts. */
async function aServer(): Promise<{ server: Server; port: number; connections: () => number }> {
  let count = 0;
  const server = createServer((socket) => {
    count++;
    socket.on('error', () => {});
  });
  return { server, port: await listen(server), connections: () => count };
}

test('an address that refuses gives way to the next at once', async () => {
  const { port } = await aServer();
  const socket = await dialAny([at(await closedPort()), at(port)], {
    clock: new FakeClock(),
    signal: aRun().signal,
  });
  expect(socket.remotePort).toBe(port);
  socket.destroy();
});

test('the next address is not tried if the first one answers', async () => {
  const [first, second] = [await aServer(), await aServer()];
  const clock = new FakeClock();
  const socket = await dialAny([at(first.port), at(second.port)], { clock, signal: aRun().signal });
  expect([socket.remotePort, clock.pending]).toEqual([first.port, 0]);
  clock.advance(10_000);
  expect(second.connections()).toBe(0);
  socket.destroy();
});

test('an address that is silent is joined by the next after 300 ms', async () => {
  const silent = await fullListener();
  const { server, port, connections } = await aServer();
  const clock = new FakeClock();
  const dialled = dialAny([at(silent), at(port)], { clock, signal: aRun().signal });
  await clock.advanceAsync(299);
  expect(connections()).toBe(0);
  const connected = once(server, 'connection');
  clock.advance(1);
  await connected;
  const socket = await dialled;
  expect(socket.remotePort).toBe(port);
  socket.destroy();
});

test('when all fail, the first address says why', async () => {
  const [first, second] = [await closedPort(), await closedPort()];
  const context = { clock: new FakeClock(), signal: aRun().signal };
  await expect(dialAny([at(first), at(second, '::1')], context)).rejects.toThrow(
    new Error(`dial tcp 127.0.0.1:${first}: connect: connection refused`),
  );
});

test('an address that is silent until the run is aborted is a timeout', async () => {
  const port = await fullListener();
  const clock = new FakeClock();
  await expect(dial(`127.0.0.1:${port}`, { clock, signal: aRun(200).signal })).rejects.toThrow(
    new Error(`dial tcp 127.0.0.1:${port}: i/o timeout`),
  );
  await expect(dial(`127.0.0.1:${port}`, { clock, signal: AbortSignal.abort() })).rejects.toThrow(
    new Error(`dial tcp 127.0.0.1:${port}: i/o timeout`),
  );
  expect(clock.pending).toBe(0);
});

const openSockets = () => process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;
const untilSocketsAre = (count: number) =>
  vi.waitFor(() => expect(openSockets()).toBe(count), { timeout: 3000 });

test('no attempt goes on once another has won', async () => {
  await untilSocketsAre(0);
  const silent = await fullListener();
  const { port } = await aServer();
  const before = openSockets();
  const clock = new FakeClock();
  const dialled = dialAny([at(silent), at(port)], { clock, signal: aRun().signal });
  await untilSocketsAre(before + 1);
  clock.advance(300);
  (await dialled).destroy();
  await untilSocketsAre(before);
});

test('no attempt goes on once the run is aborted', async () => {
  await untilSocketsAre(0);
  const silent = await fullListener();
  const before = openSockets();
  const abort = new AbortController();
  const dialled = dialAny([at(silent)], { clock: new FakeClock(), signal: abort.signal });
  await untilSocketsAre(before + 1);
  abort.abort();
  await expect(dialled).rejects.toThrow('i/o timeout');
  await untilSocketsAre(before);
});

test('a name that resolves to nothing says so', async () => {
  await expect(dial('name.invalid:80', aRun())).rejects.toThrow(/^dial tcp: lookup name\.invalid: /);
  await expect(
    dial('name.invalid:80', { clock: new FakeClock(), signal: AbortSignal.abort() }),
  ).rejects.toThrow(new Error('dial tcp: lookup name.invalid: i/o timeout'));
});

test('a name is asked for once at a time, however many checks want it', async () => {
  const ask = (times: number) => {
    const lookUps = () =>
      process.getActiveResourcesInfo().filter((name) => name === 'GetAddrInfoReqWrap').length;
    const before = lookUps();
    const dials = Array.from({ length: times }, () => dial('shared.invalid:1', aRun()).catch(String));
    return { dials, asked: lookUps() - before };
  };
  const { dials, asked } = ask(5);
  expect(asked).toBe(1);
  for (const failure of await Promise.all(dials)) expect(failure).toContain('lookup shared.invalid: ');
  const again = ask(1);
  expect(again.asked).toBe(1);
  await Promise.all(again.dials);
});
