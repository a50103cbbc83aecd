/** A check that changes back and forth is one change for everybody else, where the host asks for that. */
import { expect } from 'vitest';
import { put } from './clients.ts';
import { test } from './system-test.ts';
import { until } from './until.ts';

test('a flapping check is held critical, says so, and is let go', async ({ system }) => {
  const server = await system.server('edge');
  const host = await system.makeClient('host-a', server, { address: '127.0.0.2' });
  host.declare('host.json', {
    check_flap_limit: { changes: 2, window: '4s' },
    service: { name: 'web', port: 80, check: { id: 'alive', ttl: '1m', status: 'passing' } },
  });
  await host.start();
  const say = (word: string) => put(`${host.url}/v1/agent/check/${word}/alive?note=${word}`, '');
  const seen = async () => {
    const [row] = await server.get<{ Status: string; Output: string }[]>('/v1/health/checks/web');
    return row && { Status: row.Status, Output: row.Output };
  };

  for (const word of ['pass', 'fail', 'pass', 'fail', 'pass']) expect((await say(word)).status).toBe(200);
  const { alive } = await host.get<Record<string, { Status: string; Output: string }>>('/v1/agent/checks');
  expect(alive).toMatchObject({
    Status: 'critical',
    Output: 'Flapping: more than 2 changes of state within 4s, held critical, found passing.\npass',
  });
  await until('the edge shows it', async () => {
    expect(await seen()).toMatchObject({ Status: 'critical', Output: expect.stringContaining('Flapping') });
    return true;
  });
  await until('it is let go', async () => {
    await say('pass');
    expect(await seen()).toEqual({ Status: 'passing', Output: 'pass' });
    return true;
  });
});

test('a reload changes the limit, and whether output is kept', async ({ system }) => {
  const server = await system.server('edge');
  const host = await system.makeClient('host-a', server, { address: '127.0.0.2' });
  const service = { name: 'web', port: 80, check: { id: 'alive', ttl: '1m', status: 'passing' } };
  host.declare('host.json', { service });
  await host.start();
  const flap = async () => {
    for (const word of ['pass', 'fail', 'pass'])
      await put(`${host.url}/v1/agent/check/${word}/alive?note=${word}`, '');
    const { alive } = await host.get<Record<string, { Status: string; Output: string }>>('/v1/agent/checks');
    return [alive?.Status, alive?.Output];
  };
  expect(await flap()).toEqual(['passing', 'pass']);
  host.declare('host.json', { service, check_flap_limit: { changes: 1, window: '1m' } });
  expect((await host.cli('reload')).code).toBe(0);
  expect(await flap()).toEqual(['critical', expect.stringMatching(/^Flapping: more than 1 changes/)]);
  host.declare('host.json', { service, discard_check_output: true });
  expect((await host.cli('reload')).code).toBe(0);
  expect(await flap()).toEqual(['passing', '']);
});
