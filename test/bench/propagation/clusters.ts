/** The hosts among which changes travel: sidecars of one edge, or Consul agents of one server. */

import type { System } from '../../e2e/system.ts';
import { until } from '../../e2e/until.ts';
import { spawnConsul, spawnConsulClient } from '../consul-agent.ts';
import type { Served } from '../http/workerd.ts';

export interface Host {
  httpUrl: string;
  dnsPort: number;
}

/** So many start at a time: each wants a core for a moment. */
const startedTogether = 4;

/** Processes that differ in nothing from those of as many machines, but for the cores they share. */
export async function startSidecars(system: System, edge: Served, count: number): Promise<Host[]> {
  const agents = [];
  for (let i = 0; i < count; i += 1) {
    const agent = await system.makeAgent(`n${i}`);
    agent.flags = [`-data-dir=${agent.dataDir}`, `-retry-join=${edge.url}`];
    agents.push(agent);
  }
  for (let i = 0; i < count; i += startedTogether)
    await Promise.all(agents.slice(i, i + startedTogether).map((agent) => agent.start()));
  return agents.map((agent) => ({ httpUrl: agent.url, dnsPort: agent.ports.dns }));
}

/** Client agents; undefined where there is no Consul to be had. */
export async function startConsuls(system: System, count: number): Promise<Host[] | undefined> {
  const server = await spawnConsul(system, 'consul-server');
  if (!server) return undefined;
  await until('it has a leader', async () => (await text(`${server.httpUrl}/v1/status/leader`)) !== '""');
  const clients = [];
  for (let i = 0; i < count; i += 1)
    clients.push((await spawnConsulClient(system, `consul-${i}`, server, `client-${i}`))!);
  for (const { httpUrl } of clients)
    await until('it has joined', async () => {
      const nodes = await text(`${httpUrl}/v1/catalog/nodes`);
      return nodes.split('"Node"').length - 1 === count + 1;
    });
  return clients;
}

const text = async (url: string) => (await fetch(url)).text();
