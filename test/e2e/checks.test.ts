/** Checks run on the host; the edge hears of what changes, at once, and of nothing else. */
import { createServer } from 'node:http';
import { expect, test } from 'vitest';
import { freePort } from './ports.ts';
import { shareSystem } from './system-test.ts';
import { throughout, until } from './until.ts';

interface Check {
  Status: string;
  Output: string;
  Type: string;
}

const outputBytesMax = 4096;

/** A service that says how it is. */
const web = { status: 200, body: 'fine', requests: 0 };

const hosts = shareSystem(async (system) => {
  const port = await freePort();
  const http = createServer((_request, response) => {
    web.requests += 1;
    response.writeHead(web.status).end(web.body);
  });
  await new Promise<void>((resolve) => http.listen(port, '127.0.0.2', resolve));
  http.unref();
  const server = await system.server('edge');
  const host = await system.makeClient('host-a', server, { address: '127.0.0.2' });
  const url = `http://127.0.0.2:${port}/health`;
  host.declare('web.json', {
    service: {
      name: 'web',
      address: '127.0.0.2',
      port,
      checks: [{ id: 'alive', http: url, interval: '1s', timeout: '500ms' }],
    },
  });
  await host.start();
  return { server, host };
});

/** As the edge shows it. */
async function check(service: string): Promise<Check> {
  const [row] = await hosts().server.get<Check[]>(`/v1/health/checks/${service}`);
  if (!row) throw new Error(`${service} has no check at the edge`);
  return row;
}

const becomes = (service: string, status: string) =>
  until(`${service} is ${status}`, async () => (await check(service)).Status === status, 3_000);

test('an HTTP check follows the status: 2xx passing, 429 warning, anything else critical', async () => {
  await becomes('web', 'passing');
  web.status = 429;
  await becomes('web', 'warning');
  expect((await hosts().server.dig('web.service.consul')).answer).toHaveLength(1);
  web.status = 503;
  await becomes('web', 'critical');
  expect((await hosts().server.dig('web.service.consul')).status).toBe('NXDOMAIN');
  expect((await check('web')).Output).toMatch(
    /^HTTP GET http:\S+\/health: 503 Service Unavailable Output: fine$/,
  );
  web.status = 200;
  await becomes('web', 'passing');
});

test('its output is kept to its limit', async () => {
  web.status = 500;
  web.body = 'x'.repeat(3 * outputBytesMax);
  await becomes('web', 'critical');
  const { Output } = await check('web');
  expect(Output.length).toBeGreaterThan(outputBytesMax / 2);
  expect(Output.length).toBeLessThan(outputBytesMax + 200);
  web.status = 200;
  web.body = 'fine';
  await becomes('web', 'passing');
});

test('a run without news reaches nobody', async () => {
  const { server, host } = hosts();
  const stats = async () =>
    (await server.get<{ Stats: { rollcall: object } }>('/v1/agent/self')).Stats.rollcall;
  const before = { stats: await stats(), requests: web.requests, cpuS: host.program.cpuS };
  await throughout(3_500, async () => expect(await stats()).toEqual(before.stats));
  expect(web.requests - before.requests).toBeGreaterThanOrEqual(3);
  // Writes that change nothing raise no index, but whoever repeats them without end is not idle.
  expect(host.program.cpuS - before.cpuS).toBeLessThan(0.5);
});

test('a TTL check is what its service says, and critical when it says nothing', async () => {
  const consul = hosts().host.consul();
  await consul.agent.service.register({
    name: 'cron',
    check: { name: 'cron is alive', ttl: '1s', timeout: '1s' },
  });
  await becomes('cron', 'critical');
  await consul.agent.check.warn({ id: 'service:cron', note: 'late' });
  await until('the edge hears of it', async () => (await check('cron')).Status === 'warning', 500);
  expect((await check('cron')).Output).toBe('late');
  await consul.agent.check.pass('service:cron');
  await until('the edge hears of it', async () => (await check('cron')).Status === 'passing', 500);
  await becomes('cron', 'critical');
  expect((await check('cron')).Output).toMatch(/TTL expired/);
});
