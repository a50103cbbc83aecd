/** The same Worker under Cloudflare's own tools: `npm run dev`, the cron trigger, and a deployment that is not sent. */
import { describe, expect, test } from 'vitest';
import { rollcall } from './agent.ts';
import { clone } from './checkout.ts';
import { curl, put, run } from './clients.ts';
import { freePort } from './ports.ts';
import { shareSystem } from './system-test.ts';
import { until } from './until.ts';

const token = '0123456789abcdef0123456789abcdef';
const env = { WRANGLER_SEND_METRICS: 'false', CI: '1' };

const edges = shareSystem(async (system) => {
  const dir = await clone(system);
  const start = async (name: string, command: string, args: string[]) => {
    const port = await freePort();
    const ports = [`--port=${port}`, `--inspector-port=${await freePort()}`];
    const state = `--persist-to=${system.dir}/${name}`;
    const program = system.program({ name, command, args: [...args, ...ports, state], cwd: dir, env });
    await program.says('Ready on', 1, 50_000);
    return `http://127.0.0.1:${port}`;
  };
  const dev = await start('dev', 'npm', ['run', 'dev', '--']);
  const wrangler = 'node_modules/.bin/wrangler';
  const [closed, withToken] = await Promise.all([
    start('closed', wrangler, ['dev']),
    start('token', wrangler, ['dev', '--var', `ROLLCALL_TOKEN:${token}`]),
  ]);
  return { system, dir, dev, closed, withToken };
});

describe('npm run dev', () => {
  test('serves the whole story: a host joins, registers and is found', async () => {
    const { system, dev } = edges();
    const host = await system.makeAgent('host-a', { address: '127.0.0.2' });
    host.flags = [`-data-dir=${host.dataDir}`, `-join=${dev}`];
    await host.start();
    await host.consul().agent.service.register({ name: 'web', port: 80 });
    const found = async () =>
      (await curl(`${dev}/v1/health/service/web?passing`)).json<unknown[]>().length === 1;
    await until('the edge has it', found);
    expect((await rollcall(['members', `-http-addr=${dev}`])).stdout).toMatch(
      /^host-a +127\.0\.0\.2:8301 +alive/m,
    );
    const external = { Node: 'printer', Address: '10.0.0.9', Service: { Service: 'print' } };
    expect((await put(`${dev}/v1/catalog/register`, external)).json()).toBe(true);
    await until('the host has it', async () => (await host.dig('print.service.consul')).answer.length === 1);
  });

  test('runs the eviction pass when the cron trigger fires', async () => {
    const { status, body } = await curl(`${edges().dev}/cdn-cgi/handler/scheduled?cron=*+*+*+*+*`);
    expect([status, body]).toEqual([200, 'ok']);
  });
});

test.each(['/v1/catalog/nodes', '/v1/status/leader', '/v1/agent/self', '/v1/sync', '/v1/nothing'])(
  'without a token configured %s names the secret to set',
  async (path) => {
    for (const args of [[], ['-H', `X-Consul-Token: ${token}`]]) {
      const { status, body } = await curl(`${edges().closed}${path}`, ...args);
      expect(status).toBe(403);
      expect(body).toContain('npx wrangler secret put ROLLCALL_TOKEN');
    }
  },
);

test('with the token configured it serves who sends it', async () => {
  const url = `${edges().withToken}/v1/catalog/nodes`;
  expect((await curl(url)).status).toBe(403);
  expect((await curl(url, '-H', `X-Consul-Token: ${token}`)).json()).toEqual([]);
});

test('npm run deploy bundles the Worker with its objects', async () => {
  const { system, dir } = edges();
  const args = ['run', 'deploy', '--', '--dry-run', `--outdir=${system.dir}/bundle`];
  const { code, stdout } = await run('npm', args, env, dir);
  expect(code).toBe(0);
  expect(stdout).toContain('env.DATACENTERS (Datacenter)');
  expect(stdout).toContain('env.DIRECTORY (Directory)');
  expect(stdout).toContain('--dry-run: exiting now.');
});
