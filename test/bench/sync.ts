/** A thousand services that a host declares at once, by a file and over its API: how long until all of them are in the catalog. */
import { Agent, request } from 'node:http';
import type { Agent as HostAgent } from '../e2e/agent.ts';
import { put } from '../e2e/clients.ts';
import { System } from '../e2e/system.ts';
import { until } from '../e2e/until.ts';
import type { Bench, Figure } from './figure.ts';

const servicesCount = 1_000;
const atOnce = 16;
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
        { name: `${servicesCount} registrations over the API`, value: byApi.acknowledgedS, unit: 's' },
        {
          name: 'from the last acknowledgement to all of them at the edge',
          value: byApi.visibleS,
          unit: 's',
          atMost: visibleSMax,
        },
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
  agent.destroy();
  return {
    acknowledgedS: (acknowledgedAt - startedAt) / 1_000,
    visibleS: (performance.now() - acknowledgedAt) / 1_000,
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
