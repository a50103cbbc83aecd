/** What a service manager is told over NOTIFY_SOCKET, received by a datagram socket. */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type Agent, nodePath, rollcallPath } from './agent.ts';
import { hasPython, NotifySocket } from './notify-socket.ts';
import type { System } from './system.ts';
import { test } from './system-test.ts';
import { throughout, until } from './until.ts';

const rows = test.skipIf(!hasPython);

const says = (socket: NotifySocket, text: string | RegExp, times = 1) =>
  until(`${text} is told ${times} times`, () => {
    const found = socket.messages.filter((message) =>
      typeof text === 'string' ? message === text : text.test(message),
    );
    return found.length >= times;
  });

const waits = 'STATUS=waiting for a first copy of the catalog from the edge';
const inSync = (server: Agent) => `READY=1\nSTATUS=in sync with ${server.edgeUrl}`;

const sockets: [string, (system: System) => string][] = [
  ['a path', (system) => join(system.dir, 'notify')],
  ['an abstract name', (system) => `@${join(system.dir, 'notify')}`],
];

rows.for(sockets)('over %s: ready, alive, reloading, stopping', async ([, nameIn], { system }) => {
  const socket = await NotifySocket.open(system, nameIn(system));
  const server = await system.makeServer('edge', {
    env: { NOTIFY_SOCKET: socket.name, WATCHDOG_USEC: '400000' },
  });
  await server.start();
  await says(socket, inSync(server));
  await until('signs of life come', () => socket.signsOfLife >= 3);

  server.program.signal('SIGHUP');
  await says(socket, inSync(server), 2);
  server.declare('broken.json', '{');
  expect((await server.cli('reload')).code).toBe(1);
  await says(socket, inSync(server), 3);

  server.program.signal('SIGTERM');
  expect(await server.program.ended).toEqual({ code: 0, signal: null });
  const reloading = expect.stringMatching(/^RELOADING=1\nMONOTONIC_USEC=\d+\nSTATUS=reloading$/);
  expect(socket.messages).toEqual([
    waits,
    inSync(server),
    ...[reloading, inSync(server), reloading, inSync(server)],
    'STOPPING=1\nSTATUS=stopping',
  ]);
});

rows(
  'a sidecar is ready when it has a catalog: from its edge, or from an earlier run',
  async ({ system }) => {
    const socket = await NotifySocket.open(system, join(system.dir, 'notify'));
    const server = await system.makeServer('edge');
    const host = await system.makeClient('host-a', server, {
      address: '127.0.0.2',
      env: { NOTIFY_SOCKET: socket.name },
    });
    await host.start({ joined: false });
    await host.program.says('no connection to the edge');
    await says(socket, waits);
    expect(socket.messages).toEqual([waits]);
    await server.start();
    await says(socket, inSync(server));

    await server.program.stop();
    await says(socket, /^STATUS=no connection to the edge since \S+Z: answering from the copy$/);
    await host.program.stop('SIGTERM');
    await host.start({ joined: false });
    await says(socket, /^READY=1\nSTATUS=no connection to the edge since \S+Z: answering from the copy$/);
    await server.start();
    await says(socket, `STATUS=in sync with ${server.edgeUrl}`);
  },
);

rows('a sidecar that was copied alone to its host tells it, too', async ({ system }) => {
  const socket = await NotifySocket.open(system, join(system.dir, 'notify'));
  const server = await system.server('edge');
  const host = await system.makeClient('host-a', server, { address: '127.0.0.2' });
  const copy = join(system.dir, 'rollcall.mjs');
  copyFileSync(rollcallPath, copy);
  const program = system.program({
    name: 'copy',
    command: nodePath,
    args: [copy, ...host.argv],
    env: { NOTIFY_SOCKET: socket.name, WATCHDOG_USEC: '400000' },
  });
  await says(socket, inSync(server));
  await until('signs of life come', () => socket.signsOfLife >= 3);
  program.signal('SIGTERM');
  await says(socket, 'STOPPING=1\nSTATUS=stopping');
});

rows('one beside its packages needs no program for it', async ({ system }) => {
  const socket = await NotifySocket.open(system, join(system.dir, 'notify'));
  const server = await system.server('edge');
  const env = { NOTIFY_SOCKET: socket.name, PATH: '/nowhere' };
  const host = await system.client('host-a', server, { address: '127.0.0.2', env });
  await says(socket, inSync(server));
  await host.program.stop('SIGTERM');
  await says(socket, 'STOPPING=1\nSTATUS=stopping');
});

rows('what checks run is told nothing of the service manager', async ({ system }) => {
  const socket = await NotifySocket.open(system, join(system.dir, 'notify'));
  const server = await system.makeServer('edge', {
    env: { NOTIFY_SOCKET: socket.name, WATCHDOG_USEC: '1000000' },
    flags: ['-enable-local-script-checks'],
  });
  const show = 'echo "<$NOTIFY_SOCKET$WATCHDOG_USEC$WATCHDOG_PID>"';
  server.declare('check.json', { check: { name: 'env', args: ['sh', '-c', show], interval: '1s' } });
  await server.start();
  await says(socket, inSync(server));
  const output = await until('the check has run', async () => {
    const checks = await server.get<Record<string, { Output: string }>>('/v1/agent/checks');
    return checks.env?.Output || undefined;
  });
  expect(output).toBe('<>\n');
});

rows('a watchdog that is meant for another process hears nothing', async ({ system }) => {
  const socket = await NotifySocket.open(system, join(system.dir, 'notify'));
  const server = await system.makeServer('edge', {
    env: { NOTIFY_SOCKET: socket.name, WATCHDOG_USEC: '100000', WATCHDOG_PID: '1' },
  });
  await server.start();
  await says(socket, inSync(server));
  await throughout(1_000, () => expect(socket.signsOfLife).toBe(0));
});

test('one that cannot be told is said once, and nothing else comes of it', async ({ system }) => {
  const server = await system.makeServer('edge', {
    env: { NOTIFY_SOCKET: join(system.dir, 'nobody'), WATCHDOG_USEC: '200000' },
  });
  await server.start();
  await server.program.says('the service manager cannot be told');
  await throughout(1_000, () => server.get('/v1/agent/self'));
  expect(server.program.log.split('the service manager cannot be told')).toHaveLength(2);
});
