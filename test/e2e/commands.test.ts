/** Consul's commands and flags, in the spellings people have in their scripts. */
import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect } from 'vitest';
import { type Agent, nodePath, rollcall, rollcallPath } from './agent.ts';
import { run } from './clients.ts';
import type { System } from './system.ts';
import { test } from './system-test.ts';
import { until } from './until.ts';

const nodes = async (agent: Agent) =>
  (await agent.get<{ Node: string }[]>('/v1/catalog/nodes')).map(({ Node }) => Node).sort();

const isServer = async (agent: Agent) =>
  (await agent.get<{ Config: { Server: boolean } }>('/v1/agent/self')).Config.Server;

describe('rollcall agent', () => {
  test('-dev is edge and sidecar, and leaves nothing behind', async ({ system }) => {
    const agent = await system.makeAgent('dev', { flags: ['-dev'] });
    await agent.start();
    expect(await isServer(agent)).toBe(true);
    expect(agent.program.log).toContain('nothing is kept (set -data-dir)');
    await agent.consul().agent.service.register({ name: 'web' });
    const storages = () => readdirSync('/dev/shm').filter((name) => name.includes(`-${agent.program.pid}-`));
    expect(storages()).toHaveLength(1);
    expect((await agent.program.stop('SIGINT')).code).toBe(0);
    await system.nothingRuns();
    expect(storages()).toEqual([]);
    await agent.start();
    expect(await agent.get('/v1/agent/services')).toEqual({});
  });

  test('-dev -data-dir keeps what it was told', async ({ system }) => {
    const agent = await system.makeAgent('dev');
    agent.flags = ['-dev', `-data-dir=${agent.dataDir}`];
    await agent.start();
    await agent.consul().agent.service.register({ name: 'web' });
    await agent.program.stop();
    await agent.start();
    expect(Object.keys(await agent.get<object>('/v1/agent/services'))).toEqual(['web']);
  });

  test('-server says in one line which flags have no meaning here', async ({ system }) => {
    const raft = [
      '-bootstrap',
      '-bootstrap-expect=3',
      '-encrypt=kFhMTkg8pJRVZPbmHOx9cQ==',
      '-raft-protocol',
      '3',
    ];
    const server = await system.server('edge', { flags: [...raft, '-ui'] });
    expect(await isServer(server)).toBe(true);
    const lines = server.program.log.split('\n').filter((line) => line.includes('[WARN]'));
    expect(lines).toEqual([
      expect.stringContaining(
        'flags without effect here: -bootstrap, -bootstrap-expect, -encrypt, -raft-protocol',
      ),
    ]);
  });

  test.for<[string, (server: Agent, host: Agent) => string[]]>([
    ['-join with a URL', ({ edgeUrl }) => [`-join=${edgeUrl}`]],
    ['-join with host:port', ({ ports }) => ['-join', `127.0.0.1:${ports.server}`]],
    ['-retry-join with a URL', ({ edgeUrl }) => [`-retry-join=${edgeUrl}`]],
    ['--retry-join with host:port', ({ ports }) => ['--retry-join', `localhost:${ports.server}`]],
    ['-server=false', ({ edgeUrl }) => ['-server=false', `-retry-join=${edgeUrl}`]],
    [
      '--server=false and a second address',
      ({ edgeUrl }) => ['--server=false', '-retry-join=http://127.0.0.1:1', `-retry-join=${edgeUrl}`],
    ],
    ['a second -server, which follows the first', ({ edgeUrl }) => ['-server', `-retry-join=${edgeUrl}`]],
  ])('joins by %s', async ([, flags], { system }) => {
    const server = await system.server('edge');
    const host = await system.makeAgent('host-a', { address: '127.0.0.2' });
    host.flags = ['--data-dir', host.dataDir, '--bind', '127.0.0.2', ...flags(server, host)];
    await host.start();
    expect(await isServer(host)).toBe(false);
    expect(await nodes(server)).toEqual(['edge', 'host-a']);
  });

  test('-retry-join waits for an edge that is not there yet', async ({ system }) => {
    const server = await system.makeServer('edge');
    const host = await system.makeClient('host-a', server, { address: '127.0.0.2' });
    await host.start({ joined: false });
    await host.program.says('no connection to the edge');
    await server.start();
    await until('it has joined', async () => (await nodes(server)).includes('host-a'));
  });
});

describe('the end of an agent', () => {
  const startTwo = async (system: System) => {
    const server = await system.server('edge');
    return { server, host: await system.client('host-a', server, { address: '127.0.0.2' }) };
  };

  test.for<['SIGINT' | 'SIGTERM']>([['SIGINT'], ['SIGTERM']])(
    'by %s beside the edge is a pause',
    async ([signal], { system }) => {
      const { server, host } = await startTwo(system);
      expect((await server.program.stop(signal)).code).toBe(0);
      await server.start();
      await host.program.says('in sync', 2);
      expect(await nodes(server)).toEqual(['edge', 'host-a']);
    },
  );
});

test('rollcall members shows the columns of Consul', async ({ system }) => {
  const server = await system.server('edge');
  const host = await system.client('host-a', server, { address: '127.0.0.2' });
  const { stdout } = await host.cli('members');
  expect(stdout.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
    ['Node', 'Address', 'Status', 'Type', 'Build', 'Protocol', 'DC', 'Partition', 'Segment'],
    ['edge', '127.0.0.1:8301', 'alive', 'server', '0.1.0', '2', 'dc1', 'default', '<all>'],
    ['host-a', '127.0.0.2:8301', 'alive', 'client', '0.1.0', '2', 'dc1', 'default', '<default>'],
    [''],
  ]);
  const json = JSON.parse((await host.cli('members', '-format=json')).stdout) as { Name: string }[];
  expect(json.map(({ Name }) => Name)).toEqual(['edge', 'host-a']);
  expect((await host.cli('members', '-detailed')).stdout).toMatch(
    /^host-a +127\.0\.0\.2:8301 +alive +.*dc=dc1,/m,
  );
  expect((await host.cli('members', '-status=failed')).code).toBe(2);
});

describe('rollcall', () => {
  test.for<[string[], number, RegExp]>([
    [['version'], 0, /^Rollcall v\d+\.\d+\.\d+\nSpeaks the interfaces of Consul \d/],
    [['--version'], 0, /^Rollcall v/],
    [['version', '-format=json'], 0, /^\{"Version":"/],
    [['-help'], 0, /^Usage: rollcall/],
    [['agent', '--help'], 0, /^Usage: rollcall agent \[flags\]/],
  ])('%j', async ([args, code, output]) => {
    const finished = await rollcall(args);
    expect(finished.code).toBe(code);
    expect(finished.stdout).toMatch(output);
    expect(finished.stderr).toBe('');
  });

  test.for<[string[], number, RegExp]>([
    [[], 127, /^Usage: rollcall/],
    [['conquer'], 127, /^rollcall has no command "conquer"/],
    [['agent', '-nonsense'], 1, /nonsense/],
    [['agent', 'nonsense'], 1, /^Error: unexpected argument "nonsense"/],
    [['agent', '-data-dir=/tmp', '-http-port=many'], 1, /http-port/],
    [
      ['members', '-http-addr=127.0.0.1:1'],
      1,
      /^Error retrieving members: the agent at http:\/\/127\.0\.0\.1:1 cannot be reached/,
    ],
    [['reload', '-http-addr=127.0.0.1:1'], 1, /^Error reloading: the agent at .* cannot be reached/],
    [['leave', '-http-addr=127.0.0.1:1'], 1, /^Error leaving: the agent at .* cannot be reached/],
  ])('%j fails with a reason', async ([args, code, output]) => {
    const finished = await rollcall(args);
    expect(finished.code).toBe(code);
    expect(finished.stderr).toMatch(output);
    expect(finished.stdout).toBe('');
  });
});

test('a shell runs the file itself to complete a line', async () => {
  const env = { COMP_LINE: 'rollcall kv p', PATH: `${dirname(nodePath)}:${process.env.PATH}` };
  expect(await run(rollcallPath, [], env)).toEqual({ code: 0, stdout: 'put\n', stderr: '' });
});
