/** What an agent logs, and where to. */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { test } from './system-test.ts';
import { until } from './until.ts';

const reloaded = 'configuration is reloaded';

test('log_file has every line of standard error, as JSON where that is asked for, over as many files as are kept', async ({
  system,
}) => {
  const dir = join(system.dir, 'log');
  mkdirSync(dir);
  const server = await system.makeServer('edge', {
    flags: [`-log-file=${dir}/`, '-log-json', '-log-rotate-bytes=400', '-log-rotate-max-files=2'],
  });
  await server.start();
  for (let times = 1; times <= 12; times += 1) {
    await server.cli('reload');
    await server.program.says(reloaded, times);
  }
  await server.program.stop();
  const names = readdirSync(dir).sort();
  expect(names).toEqual([expect.stringMatching(/^consul-\d{19}\.log$/), expect.anything(), 'consul.log']);
  const kept = names.map((name) => readFileSync(join(dir, name), 'utf8')).join('');
  for (const name of names.slice(0, 2))
    expect(readFileSync(join(dir, name)).length).toBeGreaterThanOrEqual(400);
  const said = server.program.log.split('\n').filter((line) => line.startsWith('{'));
  expect(`${said.join('\n')}\n`).toMatch(new RegExp(`${RegExp.escape(kept)}$`));
  for (const line of kept.trim().split('\n'))
    expect(JSON.parse(line)).toMatchObject({
      '@level': 'info',
      '@module': expect.stringMatching(/^agent/),
      '@message': expect.any(String),
      '@timestamp': expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    });
});

test('a log_file that cannot be opened is refused by name', async ({ system }) => {
  const path = join(system.dir, 'none/rollcall.log');
  const server = await system.makeServer('edge', { flags: [`-log-file=${path}`] });
  const program = server.spawn();
  expect(await program.ended).toEqual({ code: 1, signal: null });
  expect(program.log).toMatch(
    /^Error: the log file cannot be opened \(log_file\): ENOENT.*none\/rollcall\.log/,
  );
});

test('a reload takes up another log_level', async ({ system }) => {
  const server = await system.makeServer('edge');
  server.declare('log.json', { log_level: 'err' });
  await server.start({ joined: false });
  await until('it is in sync', async () => {
    const { Stats } = await server.get<{ Stats: { rollcall: { sync: string } } }>('/v1/agent/self');
    return Stats.rollcall.sync === 'live';
  });
  expect(server.program.log).not.toContain('[INFO]');
  server.declare('log.json', { log_level: 'info' });
  await server.cli('reload');
  await server.program.says(reloaded);
  server.declare('log.json', { log_level: 'noise' });
  const { code, stderr } = await server.cli('reload');
  expect([code, stderr]).toEqual([1, expect.stringContaining('Invalid log level: noise')]);
});
