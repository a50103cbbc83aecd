/** The commands of those who run hosts, in order, on one host; where the `consul` program is at hand it must say the same. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { consulVersion } from '../../src/shared/version.ts';
import { nodePath, rollcall, rollcallPath } from './agent.ts';
import { type Finished, put, run } from './clients.ts';
import { unpacked } from './debian-packages.ts';
import { shareSystem } from './system-test.ts';
import { until } from './until.ts';

const { dir, missing } = await unpacked('consul');
const consulPath = join(dir, 'usr/bin/consul');

const hosts = shareSystem(async (system) => {
  const server = await system.server('edge');
  const host = await system.makeClient('host-a', server, {
    address: '127.0.0.2',
    flags: ['-node-id=0a0a0a0a-1111-2222-3333-444444444444'],
  });
  for (const [Node, x] of [
    ['host-a', 0],
    ['far', 0.05],
  ] as const) {
    const Coord = { Vec: [x, 0, 0, 0, 0, 0, 0, 0], Error: 1, Adjustment: 0, Height: 0.001 };
    await put(`${server.url}/v1/catalog/register`, {
      Node,
      Address: '10.0.0.1',
      SkipNodeUpdate: Node === 'host-a',
    });
    await put(`${server.url}/v1/coordinate/update`, { Node, Coord });
  }
  host.declare('hello.json', { service: { name: 'hello', port: 7001, tags: ['v1', 'blue'] } });
  await host.start();
  await host.program.says('in sync', 1);
  return { system, server, host };
});

const env = () => ({ CONSUL_HTTP_ADDR: hosts().host.url });
const cli = (...args: string[]) => rollcall(args, env());
/** A file of the test's folder: in a flag or an argument, `@` stands for the folder. */
const placed = (args: string[]) => args.map((word) => word.replace(/^@/, `${hosts().system.dir}/`));

const nodeRow = 'host-a  0a0a0a0a  127.0.0.2  dc1\n';

/** What is said on both outputs. */
const rows: [string[], number, string][] = [
  [['maint'], 0, ''],
  [['maint', '-enable', '-disable'], 1, 'Only one of -enable or -disable may be provided\n'],
  [['maint', '-reason=x'], 1, 'Reason may only be provided with -enable\n'],
  [['maint', '-disable', '-reason=x'], 1, 'Reason may only be provided with -enable\n'],
  [['maint', '-service=hello'], 1, 'Service requires either -enable or -disable\n'],
  [
    ['maint', '-enable', '-service=nope'],
    1,
    'Error enabling service maintenance: Unexpected response code: 404 (No service registered with ID "nope")\n',
  ],
  [
    ['maint', '-enable', '-service=hello', '-reason=a & b'],
    0,
    'Service maintenance is now enabled for "hello"\n',
  ],
  [['maint'], 0, 'Service:\n  ID:     hello\n  Reason: a & b\n\n'],
  [['maint', '-disable', '-service=hello'], 0, 'Service maintenance is now disabled for "hello"\n'],
  [['maint', '-enable', '-reason=disk'], 0, 'Node maintenance is now enabled\n'],
  [['maint'], 0, 'Node:\n  Name:   host-a\n  Reason: disk\n\n'],
  [['maint', '-disable'], 0, 'Node maintenance is now disabled\n'],
  [['services', 'register'], 1, 'Service registration requires at least one argument or flags.\n'],
  [['services', 'register', '-id=a'], 1, 'Service registration requires at least one argument or flags.\n'],
  [
    ['services', 'register', '-name=a', 'x.json'],
    1,
    'Service registration requires arguments or -id, not both.\n',
  ],
  [['services', 'deregister'], 1, 'Service deregistration requires at least one argument or -id.\n'],
  [
    ['services', 'deregister', '-id=a', 'x.json'],
    1,
    'Service deregistration requires arguments or -id, not both.\n',
  ],
  [
    ['services', 'register', '-name=web', '-port=80', '-tag=b', '-tag=a', '-meta=k=v'],
    0,
    'Registered service: web\n',
  ],
  [['services', 'register', '@web.json'], 0, 'Registered service: from-file\n'],
  [['catalog', 'datacenters'], 0, 'dc1\n'],
  [['catalog', 'nodes', 'x'], 1, 'Too many arguments (expected 0, got 1)\n'],
  [['catalog', 'nodes', '-filter=Node == "host-a"'], 0, `Node    ID        Address    DC\n${nodeRow}`],
  [['catalog', 'nodes', '-service=hello'], 0, `Node    ID        Address    DC\n${nodeRow}`],
  [['catalog', 'nodes', '-service=nope'], 0, 'No nodes match the given query - try expanding your search.\n'],
  [
    ['catalog', 'nodes', '-node-meta=a=b'],
    0,
    'No nodes match the given query - try expanding your search.\n',
  ],
  [
    ['catalog', 'services', '-node=nope'],
    0,
    'No services match the given query - try expanding your search.\n',
  ],
  [
    ['catalog', 'nodes', '-service=hello', '-datacenter=none'],
    1,
    'Error listing nodes for service: Unexpected response code: 500 (No path to datacenter)\n',
  ],
  [['event'], 1, 'Event name must be specified\n'],
  [['event', '-name=x', '-tag=a'], 1, 'Cannot provide tag filter without service filter.\n'],
  [['join', '127.0.0.9:1'], 1, 'Failed to join any nodes.\n'],
  [['validate'], 1, 'Must specify at least one config file or directory\n'],
  [
    ['validate', '/nope'],
    1,
    'Config validation failed: config: Open failed on /nope. open /nope: no such file or directory\n',
  ],
  [['validate', '@agent.hcl'], 0, 'Configuration is valid!\n'],
  [['validate', '-quiet', '@agent.hcl', '@web.json'], 0, ''],
  [['version', '-format=bogus'], 1, 'Unknown format: bogus\n'],
  [['force-leave'], 1, 'A single node name must be specified to force leave.\n'],
  [['force-leave', 'a', 'b'], 1, 'A single node name must be specified to force leave.\n'],
  [['force-leave', 'host-a'], 0, ''],
  [
    ['force-leave', '-prune', 'nope'],
    1,
    "Error force leaving: Unexpected response code: 500 (agent: No node found with name 'nope')\n",
  ],
  [['rtt'], 1, 'One or two node names must be specified\n'],
  [['rtt', 'a', 'b', 'c'], 1, 'One or two node names must be specified\n'],
  [['rtt', 'host-a'], 0, 'Estimated host-a <-> host-a rtt: 2.000 ms (using LAN coordinates)\n'],
  [['rtt', 'host-a', 'far'], 0, 'Estimated host-a <-> far rtt: 52.000 ms (using LAN coordinates)\n'],
  [['rtt', 'host-a', 'nope'], 1, 'Could not find a coordinate for node "nope"\n'],
  [['rtt', '-wan', 'host-a'], 1, 'Node names must be specified as <node name>.<datacenter> with -wan\n'],
  [['rtt', '-wan', 'x.dc1', 'edge.dc1'], 1, 'Could not find a coordinate for node "x.dc1"\n'],
  [['snapshot', 'save'], 1, 'Missing FILE argument\n'],
  [['snapshot', 'save', 'a', 'b'], 1, 'Too many arguments (expected 1, got 2)\n'],
  [
    ['snapshot', 'inspect', '/nope'],
    1,
    'Error opening snapshot file: open /nope: no such file or directory\n',
  ],
  [
    ['snapshot', 'restore', '/nope'],
    1,
    'Error opening snapshot file: open /nope: no such file or directory\n',
  ],
  [
    ['members', '-segment=alpha'],
    1,
    'Error retrieving members: Unexpected response code: 500 (Network segments are not supported in this version of Consul)\n',
  ],
  [
    ['members', '-status=('],
    1,
    'Failed to compile status regexp: error parsing regexp: missing closing ): `(`\n',
  ],
  [
    ['members', '-token-file=/nope'],
    1,
    'Error connecting to Consul agent: Error loading token file: open /nope: no such file or directory\n',
  ],
  [
    ['event', '-name=x', '-service=['],
    1,
    'Failed to compile service filter regexp: error parsing regexp: missing closing ]: `[`\n',
  ],
  [['lock', '-timeout=-1s', 'a', 'true'], 1, 'Timeout must be positive\n'],
  [['lock', '-monitor-retry=-1', 'a', 'true'], 1, "Number for 'monitor-retry' must be >= 0\n"],
  [['lock', 'a//b/', 'true'], 0, ''],
  [['debug', 'x'], 1, '==> debug: Too many arguments provided, expected 0\n'],
  [
    ['services', 'register', '@nameless-service.json'],
    1,
    'Error registering service "": Unexpected response code: 400 (Missing service name)\n',
  ],
  [
    ['monitor', '-log-level=bogus'],
    1,
    'Error starting monitor: Unexpected response code: 400 (Unknown log level: bogus)\n',
  ],
];

const outputOf = ({ stdout, stderr }: Finished) =>
  stdout + stderr.replace(/^Error joining [\s\S]*?(?=Failed to join any)/, '');

describe.each(rows)('%j', (args, code, said) => {
  test('ends with its code and its words', async () => {
    writeFiles();
    const finished = await rollcall(placed(args), env());
    expect([finished.code, outputOf(finished)]).toEqual([code, said]);
  });

  test.skipIf(missing)('as those of consul', async () => {
    const finished = await run(consulPath, placed(args), env());
    const [words = ''] = outputOf(finished).split('\n\nUsage: ');
    expect([finished.code, words.trimEnd()]).toEqual([code, said.trimEnd()]);
  });
});

function writeFiles(): void {
  const { dir: folder } = hosts().system;
  const service = {
    id: 'from-file-1',
    name: 'from-file',
    port: 81,
    check: { ttl: '10s', status: 'passing' },
  };
  writeFileSync(join(folder, 'web.json'), JSON.stringify({ service }));
  writeFileSync(join(folder, 'nameless-service.json'), '{"service": {"port": 1}}');
  writeFileSync(join(folder, 'agent.hcl'), `data_dir = "${join(folder, 'data')}"\nbind_addr = "127.0.0.1"\n`);
}

test('services are deregistered by ID, and as a file names them', async () => {
  expect(await cli('services', 'deregister', '-id=web')).toMatchObject({
    code: 0,
    stdout: 'Deregistered service: web\n',
  });
  expect(await cli('services', 'deregister', ...placed(['@web.json']))).toMatchObject({
    code: 0,
    stdout: 'Deregistered service: from-file-1\n',
  });
  const { code, stderr } = await cli('services', 'deregister', '-id=web');
  expect(code).toBe(1);
  expect(stderr).toMatch(/^Error deregistering service "web": Unexpected response code: 404 \(/);
});

test.each([
  [[], 'consul\nhello\n'],
  [['-tags'], 'consul      \nhello       blue,v1\n'],
  [['-node=host-a'], 'hello\n'],
])('catalog services %j', async (flags, listed) => {
  await until('the catalog has settled', async () => {
    expect(await cli('catalog', 'services', ...flags)).toEqual({ code: 0, stdout: listed, stderr: '' });
    return true;
  });
  if (!missing) expect((await run(consulPath, ['catalog', 'services', ...flags], env())).stdout).toBe(listed);
});

test('a file registers all that it says', async () => {
  const { host, system } = hosts();
  const file = join(system.dir, 'full.hcl');
  writeFileSync(
    file,
    `service {
  name = "full"
  tags = ["a"]
  meta { k = "v" }
  weights { passing = 3 }
  tagged_addresses { wan { address = "198.51.100.1" port = 9 } }
  checks = [{ id = "one", ttl = "90m", status = "warning", success_before_passing = 2 }]
}
`,
  );
  expect(await cli('services', 'register', file)).toMatchObject({
    code: 0,
    stdout: 'Registered service: full\n',
  });
  expect(await host.get('/v1/agent/service/full')).toMatchObject({
    Tags: ['a'],
    Meta: { k: 'v' },
    Weights: { Passing: 3, Warning: 1 },
    TaggedAddresses: { wan: { Address: '198.51.100.1', Port: 9 } },
  });
  expect(await host.get('/v1/agent/checks')).toMatchObject({ one: { Status: 'warning', ServiceID: 'full' } });
  await cli('services', 'deregister', file);
});

test('flags register all that they say', async () => {
  const flags = ['-name=api', '-id=api-1', '-address=10.0.0.7', '-port=8080', '-kind=mesh-gateway'];
  const tagged = ['-tagged-address=lan=10.0.0.8:1', '-tagged-address=v6=[2001:db8::1]:65535'];
  expect((await cli('services', 'register', ...flags, ...tagged)).code).toBe(0);
  expect(await hosts().host.get('/v1/agent/service/api-1')).toMatchObject({
    Service: 'api',
    Address: '10.0.0.7',
    Port: 8080,
    Kind: 'mesh-gateway',
    TaggedAddresses: { lan: { Address: '10.0.0.8', Port: 1 }, v6: { Address: '2001:db8::1', Port: 65_535 } },
  });
  const { code, stderr } = await cli('services', 'register', '-name=a', '-tagged-address=lan=10.0.0.8:65536');
  expect([code, stderr]).toEqual([
    1,
    'invalid tagged address "lan=10.0.0.8:65536": expected name=address:port\n',
  ]);
});

test('catalog nodes -detailed shows whole IDs, addresses and metadata', async () => {
  const { stdout } = await cli('catalog', 'nodes', '-detailed', '-filter=Node == "host-a"');
  expect(stdout).toMatch(/^Node +ID +Address +DC +TaggedAddresses +Meta\n/);
  expect(stdout).toMatch(
    /\nhost-a {2}0a0a0a0a-1111-2222-3333-444444444444 {2}127\.0\.0\.2 {2}dc1 {2}lan=127\.0\.0\.2, .* {2}consul-network-segment=\n$/,
  );
});

test('info shows groups of figures', async () => {
  const { code, stdout } = await cli('info');
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^agent:\n\tcheck_monitors = 0\n\tcheck_ttls = \d+\n\tchecks = \d+\n\tservices = \d+\nbuild:\n/,
  );
  expect(stdout).toMatch(
    /^consul:\n\tacl = disabled\n\tknown_servers = 1\n(\tleader = true\n\tserver = true|\tserver = false)$/m,
  );
  expect(stdout).toMatch(/^serf_lan:\n\tencrypted = false\n\tfailed = 0\n\tleft = 0\n\tmembers = \d+$/m);
});

test.each<[string[], (value: never) => unknown, unknown]>([
  [['info'], (stats: { build: object }) => Object.keys(stats.build).includes('version'), true],
  [['catalog', 'datacenters'], (names: string[]) => names, ['dc1']],
  [
    ['catalog', 'nodes', '-filter=Node == "host-a"'],
    (nodes: { Node: string }[]) => nodes.map(({ Node }) => Node),
    ['host-a'],
  ],
  [['catalog', 'nodes', '-service=nope'], (nodes: object[]) => nodes, []],
  [['catalog', 'services'], (services: Record<string, string[]>) => services.hello, ['blue', 'v1']],
  [['members'], (members: { Name: string }[]) => members.length >= 2, true],
])('%j -format=json is for scripts', async (words, select, expected) => {
  const { code, stdout } = await cli(...words, '-format=json');
  expect([code, select(JSON.parse(stdout) as never)]).toEqual([0, expected]);
  expect(stdout).toMatch(/^[^\n]+\n$/);
  expect((await cli(...words, '-format=xml')).stderr).toBe('Unknown format: xml\n');
});

test('a flag that does not exist leads to the page of its command', async () => {
  expect((await cli('services', 'register', '-nope')).stderr).toBe(
    'flag provided but not defined: -nope\n\nFor the flags: rollcall services register -help\n',
  );
});

test('join is done where the agent is configured for it', async () => {
  const { code, stdout } = await cli('join', hosts().server.edgeUrl.replace('http://', ''));
  expect([code, stdout]).toEqual([0, 'Successfully joined cluster by contacting 1 nodes.\n']);
});

test('an event is heard of', async () => {
  const { code, stdout } = await cli('event', '-name=deploy', '-node=host-.*', 'v2 <now>');
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^Event ID: [0-9a-f-]{36}\n$/)]);
  const heard = await cli('watch', '-type=event', '-name=deploy');
  expect(JSON.parse(heard.stdout)).toMatchObject([
    { Name: 'deploy', NodeFilter: 'host-.*', Payload: Buffer.from('v2 <now>').toString('base64') },
  ]);
});

test.for<[string, string, number, RegExp]>([
  ['service.json', '{"service": {"name": "x", "check": {"args": ["true"], "interval": "1s"}}}', 0, /^$/],
  [
    'unknown.json',
    '{"bogus": 1}',
    1,
    /^Config validation failed: failed to parse .*invalid config key bogus/s,
  ],
  ['nameless.json', '{"service": {"port": 1}}', 1, /^Config validation failed: .*Missing service name/s],
  ['watch.json', '{"watches": [{"type": "key"}]}', 1, /Must specify a single key to watch/],
  ['broken.hcl', 'service {', 1, /^Config validation failed: failed to parse /],
])('validate %s %s', async ([name, text, code, words]) => {
  const file = join(hosts().system.dir, name);
  writeFileSync(file, text);
  const { stderr, ...finished } = await rollcall(['validate', file]);
  expect([finished.code, finished.stdout]).toEqual([code, code === 0 ? 'Configuration is valid!\n' : '']);
  expect(stderr).toMatch(words);
});

test('a snapshot is saved, inspected and restored, and a damaged one is not', async () => {
  const { system } = hosts();
  const file = join(system.dir, 'all.snap');
  await cli('kv', 'put', 'kept', 'as it was');
  const saved = await cli('snapshot', 'save', file);
  expect([saved.code, saved.stdout]).toEqual([
    0,
    expect.stringMatching(/^Saved and verified snapshot to index \d+\n$/),
  ]);
  const inspected = await cli('snapshot', 'inspect', file);
  expect(inspected.stdout).toMatch(/^ID {11}\S+\nSize {9}\d+\nIndex {8}\d+\nTerm {9}\d+\nVersion {6}1\n\n$/);
  if (!missing) expect((await run(consulPath, ['snapshot', 'inspect', file])).stdout).toBe(inspected.stdout);
  expect(JSON.parse((await cli('snapshot', 'inspect', '-format=json', file)).stdout)).toMatchObject({
    Version: 1,
  });

  const bytes = readFileSync(file);
  for (const [name, damaged] of [
    ['cut.snap', bytes.subarray(0, bytes.length / 2)],
    ['text.snap', Buffer.from('no archive')],
    ['empty.snap', Buffer.alloc(0)],
    ['other.snap', gzipSync(flipped(gunzipSync(bytes)))],
  ] as const) {
    writeFileSync(join(system.dir, name), damaged);
    for (const command of ['inspect', 'restore']) {
      const { code, stderr } = await cli('snapshot', command, join(system.dir, name));
      expect([name, code, stderr]).toEqual([name, 1, expect.stringMatching(/^Error verifying snapshot: ./)]);
    }
  }
  await cli('kv', 'put', 'kept', 'otherwise');
  expect(await cli('snapshot', 'restore', file)).toMatchObject({ code: 0, stdout: 'Restored snapshot\n' });
  expect((await cli('kv', 'get', 'kept')).stdout).toBe('as it was\n');
});

/** With one bit of its second file changed: the state. */
function flipped(archive: Buffer): Buffer {
  const changed = Buffer.from(archive);
  const at = archive.indexOf('state.bin') + 600;
  changed[at] = changed[at]! ^ 1;
  return changed;
}

test('the file of a snapshot is named for where it is from, if that is asked for', async () => {
  const { system } = hosts();
  const save = (parts: string) =>
    cli('snapshot', 'save', `-append-filename=${parts}`, join(system.dir, 'a.b.snap'));
  expect((await save('status,dc')).code).toBe(0);
  expect((await save('node,version')).code).toBe(0);
  const saved = readdirSync(system.dir).filter((name) => name.startsWith('a.b'));
  expect(saved.sort()).toEqual([`a.b-${consulVersion}-host-a.snap`, 'a.b-dc1-follower.snap']);
  const { code, stderr } = await cli('snapshot', 'save', '/none/such/a.snap');
  expect([code, stderr]).toEqual([
    1,
    'Error writing unverified snapshot file: open /none/such/a.snap.unverified: no such file or directory\n',
  ]);
});

test('a key is made of 32 random bytes', async () => {
  const keys = [(await cli('keygen')).stdout, (await cli('keygen')).stdout];
  expect(keys.map((key) => Buffer.from(key, 'base64').byteLength)).toEqual([32, 32]);
  expect(keys[0]).not.toBe(keys[1]);
});

describe('monitor', () => {
  const follow = (name: string, ...flags: string[]) =>
    hosts().system.program({
      name,
      command: nodePath,
      args: [rollcallPath, 'monitor', `-http-addr=${hosts().host.url}`, ...flags],
    });

  test('shows lines as they are written, until told to stop', async () => {
    const text = follow('monitor');
    const json = follow('monitor-json', '-log-json', '-log-level=info');
    await until('both listen', async () => {
      await cli('reload');
      return [text, json].every(({ log }) => log.includes('configuration is reloaded'));
    });
    expect(text.log).toMatch(/^\S+ \[INFO\] {2}agent: configuration is reloaded: services=1$/m);
    expect(JSON.parse(json.log.split('\n')[0]!)).toMatchObject({ '@level': 'info', '@module': 'agent' });
    expect((await text.stop('SIGINT')).code).toBe(0);
    expect((await json.stop('SIGTERM')).code).toBe(0);
  });

  test('fails when the agent ends', async () => {
    const text = follow('monitor-to-the-end');
    await until('it listens', async () => {
      await cli('reload');
      return text.log.includes('configuration is reloaded');
    });
    await hosts().host.program.stop();
    expect((await text.ended).code).toBe(1);
    expect(text.log).toContain('Remote side ended the monitor!');
  });
});

test.each([['services'], ['catalog']])('%s needs a word more', async (group) => {
  const page = new RegExp(`^Usage: rollcall ${group} <command> \\[flags\\]\\n`);
  for (const words of [[group], [group, 'nope']]) {
    const { code, stdout, stderr } = await rollcall(words);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(page);
  }
});
