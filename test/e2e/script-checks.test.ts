/** Checks that run programs are for who may write the host's files; for who reaches its port only if the host says so. */
import { expect } from 'vitest';
import { put } from './clients.ts';
import { test } from './system-test.ts';
import { until } from './until.ts';

const aScript = (Name: string) => ({ Name, Args: ['echo', Name], Interval: '1s' });

test('a script of the API runs while it is allowed, and not after a restart without it', async ({
  system,
}) => {
  const server = await system.server('edge');
  const host = await system.makeClient('host-a', server, { address: '127.0.0.2' });
  const file = { check: { name: 'file', args: ['echo', 'file'], interval: '1s' } };
  const register = (name: string) => put(`${host.url}/v1/agent/check/register`, aScript(name));
  const checks = () => host.get<Record<string, { Status: string; Output: string }>>('/v1/agent/checks');
  const runs = (name: string) =>
    until(`${name} runs`, async () => {
      expect((await checks())[name]).toMatchObject({ Status: 'passing', Output: `${name}\n` });
      return true;
    });

  host.declare('check.json', file);
  const { code } = await host.spawn().ended;
  expect([code, host.program.log]).toEqual([
    1,
    expect.stringContaining('Scripts are disabled on this agent'),
  ]);

  host.declare('check.json', { ...file, enable_script_checks: true });
  await host.start();
  expect((await register('api')).status).toBe(200);
  await runs('api');
  await runs('file');
  await host.kill();
  await host.start();
  await runs('api');

  await host.program.stop();
  host.declare('check.json', { ...file, enable_local_script_checks: true });
  await host.start();
  await runs('file');
  expect(Object.keys(await checks())).toEqual(['file']);
  expect(host.program.log).toContain('is not restored, for it runs a program');
  const refused = await register('again');
  expect([refused.status, refused.body]).toEqual([
    500,
    "Scripts are disabled on this agent from remote calls; to enable, configure 'enable_script_checks' to true",
  ]);
  expect(
    (await put(`${host.url}/v1/agent/service/register`, { Name: 'x', Check: aScript('x') })).status,
  ).toBe(500);
  expect(Object.keys(await checks())).toEqual(['file']);
});
