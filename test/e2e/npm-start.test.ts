/** `npm start` on a fresh clone: builds, serves, keeps its data in the checkout, and leaves nothing running however it ends. */
import { join } from 'node:path';
import { expect } from 'vitest';
import { clone, strayFiles } from './checkout.ts';
import { curl, dig, put } from './clients.ts';
import { freePort } from './ports.ts';
import type { System } from './system.ts';
import { test } from './system-test.ts';
import { until } from './until.ts';

test('npm start serves from a fresh clone, and again after Ctrl-C, after SIGKILL and after an impatient Ctrl-C', async ({
  system,
}) => {
  const dir = await clone(system);
  const [http, dns, server] = [await freePort(), await freePort(), await freePort()];
  const flags = [`-http-port=${http}`, '-dns-port', String(dns), `--server-port=${server}`, '-node=n1'];
  const start = async (name: string) => {
    const program = system.program({ name, command: 'npm', args: ['start', '--', ...flags], cwd: dir });
    await program.says('in sync');
    expect(program.log).toMatch(
      /HTTP: http:\/\/127\.0\.0\.1:\d+\n +DNS: 127\.0\.0\.1:\d+\n +Data: \.rollcall\n/,
    );
    return program;
  };
  const knowsBoth = async () => {
    for (const name of ['web', 'print'])
      await until(`${name} is found`, async () => {
        const { answer } = await dig({ address: '127.0.0.1', port: dns }, `${name}.service.consul`);
        return answer.length === 1;
      });
  };

  const first = await start('first');
  expect((await put(`http://127.0.0.1:${http}/v1/agent/service/register`, { Name: 'web' })).status).toBe(200);
  const printer = { Node: 'printer', Address: '10.0.0.9', Service: { Service: 'print' } };
  expect((await put(`http://127.0.0.1:${server}/v1/catalog/register`, printer)).status).toBe(200);
  await knowsBoth();
  expect(await strayFiles(dir)).toBe('');
  first.signalGroup('SIGINT');
  await first.ended;
  await system.nothingRuns();

  const second = await start('second');
  await knowsBoth();
  process.kill(agentPid(system), 'SIGKILL');
  await second.ended;
  await system.nothingRuns();

  const third = await start('third');
  await knowsBoth();
  expect((await curl(`http://127.0.0.1:${http}/v1/agent/self`)).json()).toMatchObject({
    Config: { NodeName: 'n1' },
  });
  const agent = agentPid(system);
  process.kill(agent, 'SIGINT');
  process.kill(agent, 'SIGINT');
  third.signalGroup('SIGINT');
  await third.ended;
  await system.nothingRuns();
});

function agentPid(system: System): number {
  const name = join('dist', 'rollcall.mjs');
  const line = system.processes().find((process) => process.split(' ')[2] === name);
  if (!line) throw new Error(`no agent in ${system.processes().join('\n')}`);
  return Number(line.split(' ')[0]);
}
