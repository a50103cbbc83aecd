/** What is wrong is said once and clearly, with what to do; nothing is started by halves and nothing is lost. */
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { type Agent, nodePath, rollcallPath } from './agent.ts';
import { curl, put, run } from './clients.ts';
import type { Program } from './program.ts';
import type { System } from './system.ts';
import { test } from './system-test.ts';
import { until } from './until.ts';

const isRoot = process.getuid?.() === 0;

/** It ends by itself with code 1, and its last words are the reason, in one line. */
async function refuses(program: Program, reason: RegExp): Promise<void> {
  expect(await program.ended).toEqual({ code: 1, signal: null });
  const said = program.log.trimEnd().split('\n');
  expect(said.filter((line) => line.startsWith('Error: '))).toHaveLength(1);
  expect(said.at(-1)).toMatch(reason);
}

describe('a body that is wrong is a 400 that names the fault, and changes nothing', () => {
  const rows: [string, string, string][] = [
    ['/v1/agent/service/register', '', 'Request decode failed: EOF'],
    ['/v1/agent/service/register', '{"Name": "web"', 'Request decode failed: unexpected EOF'],
    [
      '/v1/agent/service/register',
      '{"Name": "web", "Nope": 1}',
      'Request decode failed: json: unknown field "Nope"',
    ],
    ['/v1/agent/service/register', '{"Port": 80}', 'Missing service name'],
    ['/v1/agent/check/register', '{"Nope": 1}', 'Request decode failed: json: unknown field "Nope"'],
    ['/v1/agent/check/register', '{"TTL": "10s"}', 'Missing check name'],
    ['/v1/catalog/register', '{"Node": ', 'Request decode failed: unexpected EOF'],
    ['/v1/catalog/register', '{"Node": "n", "Nope": 1}', 'Request decode failed: json: unknown field "Nope"'],
    ['/v1/catalog/deregister', '[', 'Request decode failed: unexpected EOF'],
  ];

  test('at the sidecar and at the edge', async ({ system }) => {
    const server = await system.server('edge');
    await server.consul().agent.service.register({ name: 'before' });
    const before = await server.get('/v1/agent/services');
    for (const [path, body, fault] of rows) {
      const doors = path.startsWith('/v1/catalog') ? [server.url, server.edgeUrl] : [server.url];
      for (const door of doors) {
        const answer = await put(`${door}${path}`, body);
        expect([path, body, answer.status, answer.body]).toEqual([path, body, 400, fault]);
      }
    }
    expect(await server.get('/v1/agent/services')).toEqual(before);
    expect(await server.get('/v1/catalog/nodes')).toHaveLength(1);
  });
});

describe('an agent does not start', () => {
  test('on a port that somebody else has', async ({ system }) => {
    const server = await system.makeServer('edge');
    const names = [
      ['http', /^Error: cannot listen for HTTP on 127\.0\.0\.1:\d+: another process has it: .*-http-port/],
      [
        'dns',
        /^Error: cannot listen for DNS over TCP on 127\.0\.0\.1:\d+: another process has it: .*-dns-port/,
      ],
      [
        'server',
        /^Error: cannot listen for the edge on 127\.0\.0\.1:\d+: another process has it: .*-server-port/,
      ],
    ] as const;
    for (const [name, reason] of names) {
      const taken = createServer().listen(server.ports[name], '127.0.0.1');
      await refuses(server.spawn(), reason);
      await system.nothingRuns();
      await new Promise((resolve) => taken.close(resolve));
    }
    await server.start();
  });

  test('with a file that is missing, broken or of another kind', async ({ system }) => {
    const agent = await system.makeServer('edge');
    agent.flags.push('-config-file=/nowhere/agent.json');
    await refuses(agent.spawn(), /^Error: .*\/nowhere\/agent\.json.*no such file or directory$/);
    agent.flags.pop();
    agent.declare('a.json', '{ "service": { "name": "web" ');
    await refuses(
      agent.spawn(),
      /^Error: failed to parse .*\/a\.json: At 1:\d+: unexpected end of JSON input$/,
    );
    agent.declare('a.json', { service: { name: 'web', prot: 80 } });
    const program = agent.spawn();
    expect((await program.ended).code).toBe(1);
    const [fault, key] = program.log.split('\n');
    expect(fault).toMatch(/^Error: failed to parse .*\/a\.json: 1 error occurred:$/);
    expect(key).toBe('\t* invalid config key service.prot');
    agent.declare('a.json', { service: { name: 'web', port: 80 } });
    await agent.start();
  });

  test('with a data directory that is a file, that nobody can write, or that is in use', async ({
    system,
  }) => {
    const server = await system.server('edge');
    const agent = await system.makeAgent('other');
    const withData = (dir: string) => {
      agent.flags = ['-server', `-data-dir=${dir}`];
      return agent.spawn();
    };
    const file = join(system.dir, 'file');
    writeFileSync(file, '');
    await refuses(
      withData(file),
      /^Error: the data directory \S+ cannot be used \(EEXIST.*name another \(-data-dir\)$/,
    );
    await refuses(
      withData('/proc/rollcall'),
      /^Error: the data directory \/proc\/rollcall cannot be used \(ENOENT/,
    );
    await refuses(
      withData(server.dataDir),
      /^Error: the data directory \S+ is in use by process \d+: stop that agent, or name another directory/,
    );
    expect(await server.get('/v1/status/leader')).toBeTypeOf('string');
  });

  test('with a pid_file that cannot be written; one that another agent wrote stays', async ({ system }) => {
    const server = await system.makeServer('edge');
    const pidFile = join(system.dir, 'pid');
    server.flags.push(`-pid-file=${pidFile}`);
    await server.start();
    const pid = readFileSync(pidFile, 'utf8');
    expect(pid).toBe(`${server.program.pid}\n`);

    const agent = await system.makeAgent('other');
    agent.flags = ['-server', `-data-dir=${server.dataDir}`, `-pid-file=${pidFile}`];
    await refuses(agent.spawn(), /^Error: the data directory \S+ is in use/);
    expect(readFileSync(pidFile, 'utf8')).toBe(pid);
    agent.flags = ['-server', `-data-dir=${agent.dataDir}`, `-pid-file=${system.dir}`];
    await refuses(agent.spawn(), /^Error: pid_file \S+ cannot be written: EISDIR/);

    await server.program.stop();
    expect(existsSync(pidFile)).toBe(false);
    await system.nothingRuns();
  });

  test('without an edge, and with -join to one that does not answer', async ({ system }) => {
    const agent = await system.makeAgent('lonely');
    agent.flags = [`-data-dir=${agent.dataDir}`];
    await refuses(agent.spawn(), /^Error: there is no edge to join: name one \(-retry-join=/);
    agent.flags.push('-join=127.0.0.1:1');
    await refuses(
      agent.spawn(),
      /^Error: the edge at http:\/\/127\.0\.0\.1:1\/ cannot be joined \(.*ECONNREFUSED.*-retry-join/,
    );
    await system.nothingRuns();
  });

  test('without an edge for as long as -retry-max says', async ({ system }) => {
    const agent = await system.makeAgent('lonely');
    const flags = [`-data-dir=${agent.dataDir}`, '-retry-max=2', '-retry-interval=200ms'];
    agent.flags = [...flags, '-retry-join=127.0.0.1:1'];
    const lonely = agent.spawn();
    expect(await lonely.ended).toEqual({ code: 1, signal: null });
    expect(lonely.log).toMatch(/no edge was joined within retry_max times retry_interval: .*ECONNREFUSED/);
    await system.nothingRuns();
    // A copy from an earlier run makes do.
    const edge = await system.server('edge');
    agent.flags = [...flags, `-retry-join=${edge.edgeUrl}`];
    await agent.start();
    await agent.program.stop();
    agent.flags = [...flags, '-retry-join=127.0.0.1:1'];
    const withCopy = agent.spawn();
    await withCopy.says('no connection to the edge');
    await new Promise((resolve) => setTimeout(resolve, 1_000)); // more than twice as long as it would wait
    expect((await agent.dig('edge.node.consul')).answer).toHaveLength(1);
    await withCopy.stop();
  });
});

/** Puts a program into the hands of `nobody`, where we are root and nothing is forbidden. */
const asNobody = isRoot ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : [];

describe('a user without rights', () => {
  function startWithoutRights(system: System, agent: Agent): Program {
    chmodSync(system.dir, 0o755);
    const [command = '', ...args] = [...asNobody, nodePath, rollcallPath, ...agent.argv];
    return system.program({ name: `nobody-${agent.node}`, command, args });
  }

  test('is told which file cannot be read', async ({ system }) => {
    const agent = await system.makeAgent('edge', { flags: ['-dev'] });
    agent.declare('secret.json', {});
    chmodSync(join(agent.configDir, 'secret.json'), 0o000);
    await refuses(startWithoutRights(system, agent), /^Error: .*\/secret\.json.*permission denied/i);
  });

  test('is told which directory cannot be written', async ({ system }) => {
    const agent = await system.makeServer('edge');
    mkdirSync(agent.dataDir, { mode: 0o555 });
    await refuses(
      startWithoutRights(system, agent),
      /^Error: the data directory \S+ cannot be used \(EACCES.*make it writable for this user, or name another \(-data-dir\)$/,
    );
  });
});

const mountable = (await run('unshare', ['-m', 'true']).catch(() => ({ code: 1 }))).code === 0;

/** Of the edge, whoever passes it on. */
const noSpace =
  'the edge has no space left to store this, so nothing was changed: database or disk is full: SQLITE_FULL';

describe.skipIf(!isRoot || !mountable)('a full disk', () => {
  /** A data directory of `size` that `fill` leaves without a byte, and `free` gives back. */
  async function smallDisk(agent: Agent, size: string) {
    mkdirSync(agent.dataDir);
    const { code } = await run('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', agent.dataDir]);
    expect(code).toBe(0);
    const ballast = join(agent.dataDir, 'ballast');
    return {
      fill: () => expect(() => writeFileSync(ballast, Buffer.alloc(64 * 1024 * 1024))).toThrow('ENOSPC'),
      free: () => rmSync(ballast),
      [Symbol.asyncDispose]: async () => {
        if (agent.program.running) await agent.program.kill();
        await until('it is not in use', async () => (await run('umount', [agent.dataDir])).code === 0);
      },
    };
  }

  test('on a host refuses a registration and keeps the ones before it', async ({ system }) => {
    const server = await system.server('edge');
    const host = await system.makeClient('host-a', server, { address: '127.0.0.2' });
    await using disk = await smallDisk(host, '256k');
    await host.start();
    const register = (Name: string) => put(`${host.url}/v1/agent/service/register`, { Name, Port: 80 });
    expect((await register('before')).status).toBe(200);
    disk.fill();
    const refused = await register('after');
    expect(refused.status).toBe(500);
    expect(refused.body).toMatch(/^the data directory cannot be written, so nothing was changed: ENOSPC/);
    expect(Object.keys(await host.get<object>('/v1/agent/services'))).toEqual(['before']);
    await host.kill();
    disk.free();
    await host.start();
    expect(Object.keys(await host.get<object>('/v1/agent/services'))).toEqual(['before']);
    expect((await register('after')).status).toBe(200);
  });

  test('that can only be read refuses a registration, and an agent that starts', async ({ system }) => {
    const server = await system.server('edge');
    const host = await system.makeClient('host-a', server, { address: '127.0.0.2' });
    await using _disk = await smallDisk(host, '256k');
    const remount = async (how: string) =>
      expect(await run('mount', ['-o', `remount,${how}`, host.dataDir])).toMatchObject({ code: 0 });
    await host.start();
    const register = (Name: string) => put(`${host.url}/v1/agent/service/register`, { Name, Port: 80 });
    expect((await register('before')).status).toBe(200);
    await remount('ro');
    const refused = await register('after');
    expect(refused.status).toBe(500);
    expect(refused.body).toMatch(/^the data directory cannot be written, so nothing was changed: EROFS/);
    await host.kill();
    await refuses(host.spawn(), /^Error: the data directory \S+ cannot be used \(EROFS/);
    await remount('rw');
    await host.start();
    expect(Object.keys(await host.get<object>('/v1/agent/services'))).toEqual(['before']);
  });

  test('of which nothing can be saved is told of once, and TTL checks go on', async ({ system }) => {
    const server = await system.server('edge');
    const host = await system.makeClient('host-a', server, { address: '127.0.0.2' });
    await using disk = await smallDisk(host, '256k');
    await host.start();
    const say = (path: string, body: unknown) => put(`${host.url}/v1/agent/${path}`, body);
    expect((await say('check/register', { Name: 'alive', TTL: '10m' })).status).toBe(200);
    disk.fill();
    const fault = 'the results of checks cannot be saved';
    for (let i = 0; i < 20; i += 1)
      expect(
        (await say(`check/update/alive`, { Status: 'passing', Output: 'x'.repeat(1000 + i) })).status,
      ).toBe(200);
    await host.program.says(fault);
    expect(await host.get('/v1/agent/checks')).toMatchObject({ alive: { Status: 'passing' } });
    disk.free();
    await say('check/warn/alive', '');
    await host.program.says('the results of checks are saved again');
    expect(host.program.log.split(fault)).toHaveLength(2);
  });

  test('at the edge refuses a write and keeps the ones before it', async ({ system }) => {
    const server = await system.makeServer('edge');
    await using disk = await smallDisk(server, '8m');
    await server.start();
    const register = (Node: string, note = '') =>
      put(`${server.edgeUrl}/v1/catalog/register`, { Node, Address: '10.0.0.1', NodeMeta: { note } });
    const nodes = async () => {
      const rows = (await curl(`${server.edgeUrl}/v1/catalog/nodes`)).json<{ Node: string }[]>();
      return rows.map(({ Node }) => Node).sort();
    };
    expect((await register('before')).status).toBe(200);
    disk.fill();
    const acknowledged: string[] = ['before', 'edge'];
    let status = 200;
    for (let i = 0; status === 200 && i < 500; i += 1) {
      status = (await register(`more-${i}`, 'x'.repeat(500))).status;
      if (status === 200) acknowledged.push(`more-${i}`);
    }
    expect(status).toBe(500);
    const refused = await register('refused', 'x'.repeat(500));
    expect([refused.status, refused.body]).toEqual([500, noSpace]);
    const key = await put(`${server.url}/v1/kv/key`, 'x'.repeat(100_000));
    expect([key.status, key.body]).toEqual([500, noSpace]);
    expect(await nodes()).toEqual([...acknowledged].sort());
    expect((await curl(`${server.url}/v1/kv/key`)).status).toBe(404);
    disk.free();
    await until('it takes writes again', async () => (await register('after')).status === 200);
    expect(await nodes()).toEqual([...acknowledged, 'after'].sort());
    await server.kill();
    await server.start();
    expect(await nodes()).toEqual([...acknowledged, 'after'].sort());
  });
});
