/** Watches: of `rollcall watch`, and of the configuration. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { type Agent, nodePath, rollcall, rollcallPath } from './agent.ts';
import { put } from './clients.ts';
import type { System } from './system.ts';
import { test } from './system-test.ts';
import { until } from './until.ts';

const setKey = (agent: Agent, key: string, value: string) => put(`${agent.url}/v1/kv/${key}`, value);

const linesOf = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : []);

const valuesIn = (path: string) =>
  linesOf(path)
    .map((line) => JSON.parse(line) as { Value: string } | null)
    .map((pair) => pair && Buffer.from(pair.Value, 'base64').toString());

describe('rollcall watch', () => {
  test('without a handler shows what there is and ends', async ({ system }) => {
    const agent = await system.server('edge');
    await put(`${agent.url}/v1/kv/a/b?flags=18446744073709551615`, 'x');
    const pair =
      '{"Key":"a/b","CreateIndex":N,"ModifyIndex":N,"LockIndex":0,"Flags":18446744073709551615,"Value":"eA==","Session":""}';
    const rows: [string[], string][] = [
      [['-type=key', '-key=a/b'], pair],
      [['-type', 'key', '-key', 'nope'], 'null'],
      [['-type=keyprefix', '-prefix=a/'], `[${pair}]`],
      [['-type=services'], '{"consul":[]}'],
      [['-type=service', '-service=nope', '-passingonly=true', '-tag=a'], '[]'],
      [['-type=checks', '-state=critical'], '[]'],
      [['-type=nodes', '-filter=Node == nope'], '[]'],
      [['-type=event', '-name=nope'], '[]'],
    ];
    for (const [flags, shown] of rows) {
      const { code, stdout, stderr } = await agent.cli('watch', ...flags);
      const compact = stdout
        .replace(/\n */g, '')
        .replaceAll('": ', '":')
        .replace(/Index":[1-9]\d*/g, 'Index":N');
      expect([flags, code, compact, stderr]).toEqual([flags, 0, shown, '']);
    }
  });

  test('runs its handler once for each change, until it is told to stop', async ({ system }) => {
    const agent = await system.server('edge');
    const out = join(system.dir, 'out');
    const watch = system.program({
      name: 'watch',
      command: nodePath,
      args: [rollcallPath, 'watch', `-http-addr=${agent.url}`, '-type=key', '-key=k', `cat >> ${out}`],
    });
    await until('the first', () => linesOf(out).length === 1);
    await setKey(agent, 'k', 'one');
    await until('the second', () => linesOf(out).length === 2);
    await setKey(agent, 'other', 'x');
    await setKey(agent, 'k', 'one');
    await setKey(agent, 'k', 'two');
    await until('the third', () => linesOf(out).length === 3);
    expect(valuesIn(out)).toEqual([null, 'one', 'two']);
    expect((await watch.stop('SIGINT')).code).toBe(0);
  });

  test('ends with a handler that fails', async ({ system }) => {
    const agent = await system.server('edge');
    const failed = await agent.cli('watch', '-type=nodes', 'echo $CONSUL_INDEX; exit 3');
    expect(failed).toMatchObject({ code: 1, stderr: 'Error executing handler: exit status 3\n' });
    expect(failed.stdout).toMatch(/^[1-9]\d*\n$/);
    expect(await agent.cli('watch', '-type=nodes', '-shell=false', 'no-such-program', 'x')).toMatchObject({
      code: 1,
      stderr: 'Error starting handler: exec: "no-such-program": executable file not found in $PATH\n',
    });
  });

  test.for<[string[], RegExp]>([
    [[], /^Watch type must be specified\n/],
    [['-type=bogus'], /^Unsupported watch type: bogus\n/],
    [['-type=key'], /^Must specify a single key to watch\n/],
    [['-type=checks', '-service=a', '-state=b'], /^Cannot specify service and state\n/],
    [
      ['-type=nodes', '-passingonly=perhaps'],
      /^Failed to parse passingonly flag: strconv\.ParseBool: parsing "perhaps": invalid syntax\n/,
    ],
    [['-type=nodes', '-http-addr=127.0.0.1:1'], /^Error querying Consul agent: .* cannot be reached/],
  ])('%j is refused', async ([flags, text]) => {
    const { code, stdout, stderr } = await rollcall(['watch', ...flags]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(text);
  });
});

describe('watches of the configuration', () => {
  const declareWatch = (agent: Agent, out: string) =>
    agent.declare('watch.json', {
      watches: [{ type: 'key', key: 'k', args: ['sh', '-c', `cat >> ${out}`] }],
    });
  const startHost = async (system: System) => {
    const server = await system.server('edge');
    const host = await system.makeClient('host-a', server, { address: '127.0.0.2' });
    const out = join(system.dir, 'out');
    declareWatch(host, out);
    await host.start();
    await until('the first', () => linesOf(out).length === 1);
    return { server, host, out };
  };

  test('fire on changes, and not because of a reload', async ({ system }) => {
    const { server, host, out } = await startHost(system);
    await setKey(server, 'k', 'one');
    await until('the change', () => linesOf(out).length === 2);
    const added = join(system.dir, 'added');
    host.declare('more.json', { watches: [{ type: 'services', handler: `cat >> ${added}` }] });
    await host.cli('reload');
    await until('the new one', () => linesOf(added).length === 1);
    await setKey(server, 'k', 'two');
    await until('the next change', () => linesOf(out).length === 3);
    expect(valuesIn(out)).toEqual([null, 'one', 'two']);
    host.undeclare('watch.json');
    await host.cli('reload');
    await setKey(server, 'k', 'three');
    await host.consul().agent.service.register({ name: 'web' });
    await until('the other still runs', () => linesOf(added).length === 2);
    expect(valuesIn(out)).toEqual([null, 'one', 'two']);
  });

  test('outlive the edge, and do not fire when it is back with what it had', async ({ system }) => {
    const { server, host, out } = await startHost(system);
    await setKey(server, 'k', 'one');
    await until('the change', () => linesOf(out).length === 2);
    await server.program.stop();
    await host.program.says('the watch gets no answer');
    await server.start();
    await setKey(server, 'k', 'two');
    await until('the next change', () => linesOf(out).length === 3, 30_000);
    expect(valuesIn(out)).toEqual([null, 'one', 'two']);
  });

  test('end with the agent, and so do their handlers', async ({ system }) => {
    const agent = await system.makeServer('edge');
    const mark = join(system.dir, 'mark');
    agent.declare('watch.json', { watches: [{ type: 'nodes', handler: `touch ${mark}; sleep 600` }] });
    await agent.start();
    await until('it runs', () => existsSync(mark));
    await agent.program.stop();
    await system.nothingRuns();
  });
});
