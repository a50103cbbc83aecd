/** A thousand services that a host declares at once, by a file and over its API: how long until all of them are in the catalog. */
import { Agent, request } from 'node:http';
import type { Agent as HostAgent } from '../e2e/agent.ts';
import { put } from '../e2e/clients.ts';
import { System } from '../e2e/system.ts';
import { until } from '../e2e/until.ts';
import { type Bench, type Figure, median } from './figure.ts';

const servicesCount = 1_000;
const atOnce = 16;
const aloneCount = 51;
const visibleSMax = 1;

export const sync: Bench = {
  name: 'sync',
  async measure() {
    const system = new System();
    try {
      const server = await system.server('n0');
      const client = await system.client('n1', server, { address: '127.0.0.2' });
      const byFile = await fileS(client, server);
      const byApi = await apiS(client, server);
      return [
        {
          name: `a file of ${servicesCount} services, from the reload to all of them at the edge`,
          value: byFile,
          unit: 's',
          atMost: visibleSMax,
        },
        {
          name: `${servicesCount} registrations over the API, from the first to all of them at the edge`,
          value: byApi.visibleS,
          unit: 's',
          atMost: visibleSMax,
        },
        { name: 'until all of them are acknowledged', value: byApi.acknowledgedS, unit: 's' },
        { name: 'a registration alone, with those there, the median', value: byApi.aloneMs, unit: 'ms' },
      ] satisfies Figure[];
    } finally {
      await system.stop();
    }
  },
};

const named = (prefix: string) => Array.from({ length: servicesCount }, (_, i) => `${prefix}-${i}`);
/** Each with a check that nobody runs meanwhile. */
const withCheck = { port: 80, check: { ttl: '1h', status: 'passing' } };

async function fileS(host: HostAgent, server: HostAgent): Promise<number> {
  host.declare('many.json', { services: named('file').map((name) => ({ name, ...withCheck })) });
  const startedAt = performance.now();
  await put(`${host.url}/v1/agent/reload`, '');
  await isVisible(server, 'file-');
  return (performance.now() - startedAt) / 1_000;
}

async function apiS(host: HostAgent, server: HostAgent) {
  const names = named('api');
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
  const startedAt = performance.now();
  await Promise.all(names.map((name) => register(host, agent, { name, ...withCheck })));
  const acknowledgedAt = performance.now();
  await isVisible(server, 'api-');
  const visibleAt = performance.now();
  const aloneMs: number[] = [];
  for (const name of named('alone').slice(0, aloneCount)) {
    const askedAt = performance.now();
    await register(host, agent, { name, ...withCheck });
    aloneMs.push(performance.now() - askedAt);
  }
  agent.destroy();
  return {
    acknowledgedS: (acknowledgedAt - startedAt) / 1_000,
    visibleS: (visibleAt - startedAt) / 1_000,
    aloneMs: median(aloneMs),
  };
}

/** Asked at the edge itself, with the checks that make a service found. */
const isVisible = (server: HostAgent, prefix: string) =>
  until(`all services ${prefix} pass`, async () => {
    const response = await fetch(`${server.edgeUrl}/v1/health/state/passing`);
    const checks = (await response.json()) as { ServiceName: string }[];
    return checks.filter(({ ServiceName }) => ServiceName.startsWith(prefix)).length === servicesCount;
  });

/** One request, its connection kept: 16 of `curl` would be what is measured. */
function register(host: HostAgent, agent: Agent, body: object): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const outgoing = request(`${host.url}/v1/agent/service/register`, { method: 'PUT', agent }, (response) => {
    response.resume();
    response.on('end', resolve);
    if (response.statusCode !== 200) reject(new Error(`a registration is answered ${response.statusCode}`));
  });
  outgoing.on('error', reject);
  outgoing.end(JSON.stringify(body));
  return promise;
}
