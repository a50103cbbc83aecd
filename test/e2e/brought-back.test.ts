/** What an agent that starts again brings back of the one that was killed, and what it does not. */
import { chmodSync, existsSync, mkdirSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fillDisk } from '../sidecar/scratch.ts';
import type { Agent } from './agent.ts';
import { put } from './clients.ts';
import { shareSystem } from './system-test.ts';
import { until } from './until.ts';

const hosts = shareSystem(async (system) => {
  const server = await system.server('edge');
  return { system, server };
});

const makeHost = (name: string) => hosts().system.makeClient(name, hosts().server, { address: '127.0.0.2' });

async function say(host: Agent, path: string, body?: unknown): Promise<void> {
  const { status, body: text } = await put(`${host.url}/v1/agent/${path}`, body);
  expect([path, status, text]).toEqual([path, 200, '']);
}

const ttlService = { Name: 'web', Check: { TTL: '10m' } };

const ports = async (host: Agent) =>
  Object.values(await host.get<Record<string, { ID: string; Port: number }>>('/v1/agent/services')).map(
    ({ ID, Port }) => `${ID} ${Port}`,
  );

const statuses = async (host: Agent) =>
  Object.values(
    await host.get<Record<string, { CheckID: string; Status: string; Output: string }>>('/v1/agent/checks'),
  ).map(({ CheckID, Status, Output }) => `${CheckID} ${Status} ${Output}`.trim());

async function again(host: Agent): Promise<void> {
  await host.kill();
  await host.start();
}

describe.each([
  ['a reload', (host: Agent) => say(host, 'reload')],
  ['a restart', again],
])('what a file takes over with %s', (what, readFiles) => {
  test('goes with the file, and does not come back as what the API had said', async () => {
    const host = await makeHost(`taken-${what.split(' ')[1]}`);
    await host.start();
    await say(host, 'service/register', { ...ttlService, Port: 1 });
    await say(host, 'service/register', { Name: 'db', Port: 3 });
    await say(host, 'check/register', { Name: 'disk', TTL: '10m' });
    host.declare('web.json', { service: { name: 'web', port: 2 }, check: { name: 'disk', ttl: '10m' } });
    await readFiles(host);
    expect((await ports(host)).sort()).toEqual(['db 3', 'web 2']);
    await host.program.stop();
    host.undeclare('web.json');
    await host.start();
    expect(await ports(host)).toEqual(['db 3']);
    expect(await statuses(host)).toEqual([]);
  });
});

describe('a check that was taken back and is declared anew knows nothing of the one before', () => {
  test.each<[string, (host: Agent, declare: () => Promise<void>) => Promise<void>]>([
    [
      'after the agent was killed',
      async (host, declare) => {
        await again(host);
        await declare();
      },
    ],
    [
      'before it is killed',
      async (host, declare) => {
        await declare();
        await again(host);
      },
    ],
  ])('%s', async (when, killed) => {
    const host = await makeHost(`anew-${when.split(' ')[0]}`);
    await host.start();
    await say(host, 'service/register', ttlService);
    await say(host, 'check/pass/service:web?note=fine');
    await again(host);
    expect(await statuses(host)).toEqual(['service:web passing fine']);
    await say(host, 'check/pass/service:web?note=better');
    await say(host, 'service/deregister/web');
    await killed(host, () => say(host, 'service/register', ttlService));
    expect(await statuses(host)).toEqual(['service:web critical']);
  });
});

describe('what this user may not read, as an agent leaves it that was once started as root, is not damaged', () => {
  /** Root may read all else. */
  const runner = process.getuid!() === 0 ? ['setpriv', '--bounding-set=-dac_override,-dac_read_search'] : [];

  test.each([
    'node-id',
    'tokens.json',
    'local/definitions.json',
    'local/definitions.journal',
    'local/results.json',
    'local/ttl.journal',
  ])('%s', async (file) => {
    const host = await makeHost(file.replaceAll('/', '-'));
    host.runner.push(...runner);
    host.declare('tokens.json', {
      acl: { tokens: { default: 'an open edge' }, enable_token_persistence: true },
    });
    await host.start();
    for (const Name of ['web', 'db']) await say(host, 'service/register', { ...ttlService, Name });
    await say(host, 'check/pass/service:web?note=fine');
    await say(host, 'token/agent_recovery', { Token: 't' });
    const path = join(host.dataDir, file);
    await until(`${file} is there`, () => existsSync(path));
    await host.kill();

    chmodSync(path, 0);
    await expect(host.start()).rejects.toThrow(
      `${path} cannot be read (EACCES: permission denied, open '${path}'): give it to this user, or move it away`,
    );
    chmodSync(path, 0o600);
    await host.start();
    expect((await ports(host)).sort()).toEqual(['db 0', 'web 0']);
    expect(await statuses(host)).toContain('service:web passing fine');
  });
});

test('what a disk that was full refused of checks is kept once there is room; what it refused of tokens is told', async () => {
  const host = await makeHost('full');
  const [results, told, tokens] = ['local/results.json', 'local/ttl.journal', 'tokens.json'].map((file) =>
    join(host.dataDir, file),
  ) as [string, string, string];
  host.declare('tokens.json', {
    acl: { tokens: { default: 'an open edge' }, enable_token_persistence: true },
  });
  await host.start();
  await say(host, 'service/register', ttlService);
  await host.program.stop();
  rmSync(told);
  const rooms = [results, tokens].map(fillDisk);
  await host.start();
  // A folder, for the agent would go on with a file that it could open; it has opened none before results are saved.
  mkdirSync(told);
  rooms.push(() => rmdirSync(told));
  await say(host, 'check/pass/service:web?note=fine');
  await host.program.says('the results of checks cannot be saved: reason="EISDIR');
  expect(await put(`${host.url}/v1/agent/token/agent_recovery`, { Token: 't' })).toMatchObject({
    status: 500,
    body: 'the data directory cannot be written, so nothing was changed: ENOSPC: no space left on device, write',
  });
  for (const makeRoom of rooms) makeRoom();
  await host.program.says('the results of checks are saved again');
  await again(host);
  expect(await statuses(host)).toEqual(['service:web passing fine']);
});
