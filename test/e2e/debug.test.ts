/** `rollcall debug` and what it asks for: the archive as tar unpacks it, profiles as V8 makes them. */
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { nodePath, rollcallPath } from './agent.ts';
import { curl, run } from './clients.ts';
import { unpacked } from './debian-packages.ts';
import { shareSystem, test } from './system-test.ts';
import { until } from './until.ts';

const { dir: consulDir, missing } = await unpacked('consul');
const debugging = ['-hcl', 'enable_debug = true'];

const json = <Value>(path: string): Value => JSON.parse(readFileSync(path, 'utf8')) as Value;

test('an archive has all that an agent tells of itself', async ({ system }) => {
  const server = await system.server('edge', { flags: debugging });
  await system.client('host-a', server, { address: '127.0.0.2' });
  const output = join(system.dir, 'bundle');
  const { code, stdout, stderr } = await server.cli(
    ...['debug', '-duration=10s', '-interval=5s', `-output=${output}`],
  );
  expect([code, stderr]).toEqual([0, '']);
  const time = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ \+0000 UTC`;
  expect(stdout).toMatch(
    new RegExp(
      [
        '^==> Starting debugger and capturing static information...',
        String.raw`     Agent Version: '\d+\.\d+\.\d+'`,
        "          Interval: '5s'",
        "          Duration: '10s'",
        `            Output: '${output}.tar.gz'`,
        "           Capture: 'metrics, logs, pprof, host, agent, members'",
        String.raw`==> Beginning capture interval ${time} \(0\)`,
        String.raw`==> Capture successful ${time} \(0\)`,
        String.raw`==> Capture successful ${time} \(1\)`,
        `    Saved debug archive: ${output}.tar.gz\n$`,
      ].join('\n'),
    ),
  );
  expect(existsSync(output)).toBe(false);
  const unpackedTo = join(system.dir, 'unpacked');
  mkdirSync(unpackedTo);
  expect(await run('tar', ['xzf', `${output}.tar.gz`, '-C', unpackedTo])).toMatchObject({
    code: 0,
    stderr: '',
  });
  const bundle = join(unpackedTo, 'bundle');
  const heaps = readdirSync(bundle).filter((name) => /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ$/.test(name));
  expect(heaps).toHaveLength(2);
  expect(readdirSync(bundle).filter((name) => !heaps.includes(name))).toEqual([
    ...['agent.json', 'consul.log', 'host.json', 'index.json', 'members.json', 'metrics.json'],
    'profile.cpuprofile',
  ]);
  expect(json(join(bundle, 'index.json'))).toEqual({
    Version: 1,
    AgentVersion: expect.any(String),
    Interval: '5s',
    Duration: '12s',
    Targets: ['metrics', 'logs', 'pprof', 'host', 'agent', 'members'],
  });
  expect(
    json<{ Name: string }[]>(join(bundle, 'members.json'))
      .map(({ Name }) => Name)
      .sort(),
  ).toEqual(['edge', 'host-a']);
  expect(json(join(bundle, 'agent.json'))).toMatchObject({ DebugConfig: { EnableDebug: true } });
  expect(json(join(bundle, 'host.json'))).toMatchObject({ Host: { os: 'linux' } });
  expect(json<{ nodes: unknown[] }>(join(bundle, 'profile.cpuprofile')).nodes.length).toBeGreaterThan(1);
  for (const heap of heaps) expect(json(join(bundle, heap, 'heap.heapprofile'))).toHaveProperty('head');
  expect(readFileSync(join(bundle, 'metrics.json'), 'utf8')).toContain('"Name": "consul.sync.live"');
});

describe('what cannot be captured', () => {
  const agents = shareSystem(async (system) => ({ server: await system.server('edge'), dir: system.dir }));
  test.for([
    [['-duration=9s'], 'duration must be longer than 10s'],
    [['-interval=4s'], 'interval must be longer than 5s'],
    [['-duration=10s', '-interval=11s'], 'duration (10s) must be longer than interval (11s)'],
    [['-capture=agent', '-capture=nope'], 'target not found: nope'],
    [['-output=/'], 'output directory already exists: /'],
  ] as const)('%j is refused', async ([flags, reason]) => {
    const { server, dir } = agents();
    const { code, stdout, stderr } = await server.cli('debug', `-output=${dir}/refused`, ...flags);
    expect([code, stdout, stderr]).toEqual([1, '', `==> Capture validation failed: ${reason}\n`]);
    expect(existsSync(join(dir, 'refused'))).toBe(false);
  });

  test('an agent that is not there is said', async () => {
    const { code, stderr } = await agents().server.cli('debug', '-http-addr=127.0.0.1:1');
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^==> Capture validation failed: error querying target agent: .*verify connectivity/,
    );
  });

  test('profiles of an agent that gives none are left out; a directory may stay one', async () => {
    const { server, dir } = agents();
    const output = join(dir, 'no-profiles');
    const captures = ['agent', 'cluster', 'pprof'].map((capture) => `-capture=${capture}`);
    const { code, stdout, stderr } = await server.cli(
      'debug',
      '-archive=false',
      `-output=${output}`,
      ...captures,
    );
    expect([code, stderr]).toEqual([
      0,
      '==> [WARN] Unable to capture pprof. Set enable_debug to true on target agent to enable profiling.\n',
    ]);
    expect(stdout).toContain("           Capture: 'agent, members'\n");
    expect(readdirSync(output)).toEqual(['agent.json', 'index.json', 'members.json']);
  });

  test.skipIf(missing)("Consul's own program captures what is here", async () => {
    const { server, dir } = agents();
    const output = join(dir, 'by-consul');
    const captures = ['agent', 'host', 'cluster'].map((capture) => `-capture=${capture}`);
    const { code, stdout } = await run(join(consulDir, 'usr/bin/consul'), [
      ...['debug', `-http-addr=${server.url}`, '-archive=false', `-output=${output}`, ...captures],
    ]);
    expect([code, stdout]).toEqual([0, expect.stringContaining('Saved debug archive')]);
    expect(readdirSync(output)).toEqual(['agent.json', 'cluster.json', 'host.json', 'index.json']);
  });

  test('one that is interrupted leaves an archive of what there is', async ({ system }) => {
    const { server } = agents();
    const output = join(system.dir, 'interrupted');
    const program = system.program({
      name: 'debug',
      command: nodePath,
      args: [
        rollcallPath,
        'debug',
        `-http-addr=${server.url}`,
        `-output=${output}`,
        '-capture=logs',
        '-capture=agent',
      ],
    });
    await program.says('Beginning capture interval');
    await until('the log is followed', () => existsSync(join(output, 'consul.log')));
    program.signal('SIGINT');
    expect(await program.ended).toEqual({ code: 0, signal: null });
    expect(program.log).toContain('stopping collection due to shutdown signal');
    const { stdout } = await run('tar', ['tzf', `${output}.tar.gz`]);
    expect(stdout.trim().split('\n')).toEqual(
      ['agent.json', 'consul.log', 'index.json'].map((file) => `interrupted/${file}`),
    );
  });
});

describe('/debug/pprof', () => {
  const agents = shareSystem(async (system) => ({
    closed: await system.server('closed'),
    open: await system.server('open', { address: '127.0.0.2', flags: debugging }),
  }));

  test('is closed without enable_debug', async () => {
    for (const path of ['', 'profile', 'heap', 'allocs']) {
      const { status, body } = await curl(`${agents().closed.url}/debug/pprof/${path}`);
      expect([status, body]).toEqual([401, 'profiles are off: set enable_debug']);
    }
  });

  test.for([
    ['profile?seconds=0', 400, 'seconds must be above 0 and at most 3600, got "0"'],
    ['profile?seconds=3600.1', 400, 'seconds must be above 0 and at most 3600, got "3600.1"'],
    ['allocs?seconds=x', 400, 'seconds must be above 0 and at most 3600, got "x"'],
  ] as const)('%s is %s', async ([path, status, body]) => {
    const answer = await curl(`${agents().open.url}/debug/pprof/${path}`);
    expect([answer.status, answer.body]).toEqual([status, body]);
  });

  test('has nothing of what Go alone has', async () => {
    for (const name of ['goroutine', 'trace'])
      expect((await curl(`${agents().open.url}/debug/pprof/${name}`)).status).toBe(404);
  });

  test('gives what V8 makes', async () => {
    const at = `${agents().open.url}/debug/pprof/`;
    expect((await curl(`${at}profile?seconds=0.2`)).json()).toMatchObject({ samples: expect.any(Array) });
    expect((await curl(`${at}allocs?seconds=0.2`)).json()).toMatchObject({ head: expect.any(Object) });
    const { stdout } = await run('curl', ['-sS', `${at}heap`]);
    expect(JSON.parse(stdout)).toMatchObject({ snapshot: { meta: expect.any(Object) } });
  });

  test('that fails costs the archive nothing else', async ({ system }) => {
    const { open } = agents();
    const controller = new AbortController();
    const other = fetch(`${open.url}/debug/pprof/profile?seconds=3600`, { signal: controller.signal });
    other.catch(() => undefined);
    await until('another profile is made', async () => {
      const { status } = await curl(`${open.url}/debug/pprof/profile?seconds=0.01`);
      return status === 500;
    });
    const output = join(system.dir, 'busy');
    const { code, stderr } = await open.cli(
      ...['debug', '-duration=10s', '-interval=10s', `-output=${output}`, '-archive=false'],
      ...['-capture=pprof', '-capture=logs', '-capture=metrics'],
    );
    controller.abort();
    expect([code, stderr]).toEqual([
      0,
      '==> Error encountered during collection: profile.cpuprofile: Unexpected response code: 500 (Could not start: cpu ' +
        'profiling already in use)\n',
    ]);
    expect(readdirSync(output)).toEqual([
      expect.stringMatching(/^\d{4}-/),
      ...['consul.log', 'index.json', 'metrics.json'],
    ]);
    expect(readFileSync(join(output, 'metrics.json'), 'utf8')).toContain('"Name": "consul.sync.live"');
  });

  test('makes one profile of a kind at a time, and ends one that nobody waits for', async () => {
    const at = `${agents().open.url}/debug/pprof/`;
    const controller = new AbortController();
    const first = fetch(`${at}profile?seconds=3600`, { signal: controller.signal });
    first.catch(() => undefined);
    await until('the second is refused', async () => {
      const { status, body } = await curl(`${at}profile?seconds=0.01`);
      return status === 500 && body === 'Could not start: cpu profiling already in use';
    });
    controller.abort();
    await until('the next is made', async () => (await curl(`${at}profile?seconds=0.01`)).status === 200);
  });
});
