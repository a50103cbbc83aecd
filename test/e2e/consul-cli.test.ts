/** The `consul` program itself believes that it speaks to Consul. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { run } from './clients.ts';
import { unpacked } from './debian-packages.ts';
import { shareSystem } from './system-test.ts';
import { until } from './until.ts';

const { dir, missing } = await unpacked('consul');
const program = join(dir, 'usr/bin/consul');

describe.skipIf(missing)('consul', () => {
  const hosts = shareSystem(async (system) => {
    const server = await system.server('edge');
    const host = await system.makeClient('host-a', server, { address: '127.0.0.2' });
    host.declare('hello.json', { service: { name: 'hello', port: 7001, tags: ['v1', 'blue'] } });
    return { system, server, host: await host.start() };
  });

  const consul = async (...args: string[]) => {
    const finished = await run(program, args, { CONSUL_HTTP_ADDR: hosts().host.url });
    return [finished.code, finished.stdout + finished.stderr] as const;
  };

  /** What the agent has acknowledged reaches the catalog, and every copy of it, a moment later. */
  const becomes = (expected: string, ...args: string[]) =>
    until(`consul ${args.join(' ')} prints ${expected}`, async () => {
      expect(await consul(...args)).toEqual([0, expected]);
      return true;
    });
  const found = (count: number) =>
    until(
      `${count} found`,
      async () => (await hosts().server.dig('hello.service.consul')).answer.length === count,
    );

  const cells = (text: string) =>
    text
      .trim()
      .split('\n')
      .map((line) => line.split(/ {2,}/));

  test('members', async () => {
    const [code, output] = await consul('members');
    expect(code).toBe(0);
    expect(cells(output).map((row) => [row[0], row[2], row[3], row[6]])).toEqual([
      ['Node', 'Status', 'Type', 'DC'],
      ['edge', 'alive', 'server', 'dc1'],
      ['host-a', 'alive', 'client', 'dc1'],
    ]);
  });

  test('catalog nodes', async () => {
    const [code, output] = await consul('catalog', 'nodes');
    expect(code).toBe(0);
    expect(cells(output).map((row) => [row[0], row[2]])).toEqual([
      ['Node', 'Address'],
      ['edge', '127.0.0.1'],
      ['host-a', '127.0.0.2'],
    ]);
    expect((await consul('catalog', 'nodes', '-service=hello'))[1]).not.toContain('edge');
  });

  test('catalog services and datacenters', async () => {
    expect(await consul('catalog', 'services')).toEqual([0, 'consul\nhello\n']);
    expect((await consul('catalog', 'services', '-tags'))[1]).toMatch(/^hello +blue,v1$/m);
    expect(await consul('catalog', 'services', '-node=host-a')).toEqual([0, 'hello\n']);
    expect(await consul('catalog', 'datacenters')).toEqual([0, 'dc1\n']);
  });

  test('services register and deregister, by flags and by a file', async () => {
    const path = join(hosts().system.dir, 'file.json');
    writeFileSync(path, JSON.stringify({ service: { name: 'from-file', port: 81, check: { ttl: '10s' } } }));
    expect(await consul('services', 'register', '-name=web', '-port=80', '-tag=x')).toEqual([
      0,
      'Registered service: web\n',
    ]);
    expect(await consul('services', 'register', path)).toEqual([0, 'Registered service: from-file\n']);
    await becomes('from-file\nhello\nweb\n', 'catalog', 'services', '-node=host-a');
    expect(await consul('services', 'deregister', '-id=web')).toEqual([0, 'Deregistered service: web\n']);
    expect(await consul('services', 'deregister', path)).toEqual([0, 'Deregistered service: from-file\n']);
    await becomes('hello\n', 'catalog', 'services', '-node=host-a');
  });

  test('maint', async () => {
    expect(await consul('maint', '-enable', '-service=hello', '-reason=upgrade')).toEqual([
      0,
      'Service maintenance is now enabled for "hello"\n',
    ]);
    await found(0);
    expect((await consul('maint'))[1]).toContain('upgrade');
    expect((await consul('maint', '-disable', '-service=hello'))[0]).toBe(0);
    await found(1);
  });

  test('info, watch, reload', async () => {
    expect((await consul('info'))[1]).toMatch(/^agent:$/m);
    const [code, output] = await consul('watch', '-type=service', '-service=hello');
    expect(code).toBe(0);
    expect(JSON.parse(output)).toMatchObject([{ Node: { Node: 'host-a' }, Service: { Port: 7001 } }]);
    expect(await consul('reload')).toEqual([0, 'Configuration reload triggered\n']);
  });

  test('kv', async () => {
    const file = join(hosts().system.dir, 'exported.json');
    expect(await consul('kv', 'put', '-flags=42', 'app/one', 'first')).toEqual([
      0,
      'Success! Data written to: app/one\n',
    ]);
    expect((await consul('kv', 'put', '-cas', '-modify-index=0', 'app/one', 'x'))[0]).toBe(1);
    expect(await consul('kv', 'get', 'app/one')).toEqual([0, 'first\n']);
    expect((await consul('kv', 'get', '-detailed', 'app/one'))[1]).toMatch(/^Flags +42$/m);
    writeFileSync(file, (await consul('kv', 'export', 'app/'))[1]);
    expect((await consul('kv', 'delete', '-recurse', 'app/'))[0]).toBe(0);
    expect(await consul('kv', 'get', 'app/one')).toEqual([1, 'Error! No key exists at: app/one\n']);
    expect(await consul('kv', 'import', `@${file}`)).toEqual([0, 'Imported: app/one\n']);
    expect(await consul('kv', 'get', '-recurse', 'app')).toEqual([0, 'app/one:first\n']);
  });

  test('lock lets one in at a time, whichever host is asked', async () => {
    const { system, host, server } = hosts();
    const file = join(system.dir, 'visits');
    const visit = (name: string) => `echo in ${name} >> ${file}; sleep 0.3; echo out ${name} >> ${file}`;
    const codes = ['a', 'b', 'c', 'd'].map(async (name, i) => {
      const url = [host, server][i % 2]!.url;
      return (await run(program, ['lock', '-http-addr', url, 'visits', visit(name)])).code;
    });
    expect(await Promise.all(codes)).toEqual([0, 0, 0, 0]);
    const visitors = readFileSync(file, 'utf8').match(/in (\w)\nout \1\n/g);
    expect(visitors?.map((text) => text[3]).sort()).toEqual(['a', 'b', 'c', 'd']);
  });

  test('snapshot save, inspect and restore', async () => {
    const file = join(hosts().system.dir, 'state.snap');
    await consul('kv', 'put', 'kept', 'before');
    expect((await consul('snapshot', 'save', file))[1]).toMatch(
      /^Saved and verified snapshot to index \d+$/m,
    );
    expect((await consul('snapshot', 'inspect', file))[1]).toMatch(/^Index +\d+$/m);
    await consul('kv', 'put', 'kept', 'after');
    expect(await consul('snapshot', 'restore', file)).toEqual([0, 'Restored snapshot\n']);
    expect(await consul('kv', 'get', 'kept')).toEqual([0, 'before\n']);
    await becomes('hello\n', 'catalog', 'services', '-node=host-a');
  });

  test('leave', async () => {
    expect(await consul('leave')).toEqual([0, 'Graceful leave complete\n']);
    expect((await hosts().host.program.ended).code).toBe(0);
    expect(await hosts().server.get('/v1/catalog/services')).toEqual({ consul: [] });
  });
});
