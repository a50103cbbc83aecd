/** What running checks costs a host: processor time of its sidecar, and of a Consul client agent with the same checks. */
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Program } from '../e2e/program.ts';
import { System } from '../e2e/system.ts';
import { until } from '../e2e/until.ts';
import { spawnConsul, spawnConsulClient } from './consul-agent.ts';
import type { Bench, Figure } from './figure.ts';

const checksCount = 1_000;
/** The rest is TCP. */
const httpCount = 200;
const checksPerService = 100;
const interval = '10s';
/** Two runs of each check. */
const windowMs = 20_000;
const cpuPercentMax = 5;

interface Measured {
  url: string;
  program: Program;
}

export const checks: Bench = {
  name: 'checks',
  async measure() {
    const system = new System();
    const targets = [createServer((socket) => socket.on('error', () => {}).resume()), httpTarget()];
    try {
      const [tcpPort, httpPort] = await Promise.all(targets.map(listen));
      const own = await startOwn(system);
      const consul = await startConsul(system);
      const agents = consul ? [own, consul] : [own];
      for (const agent of agents) await declare(agent, tcpPort!, httpPort!);
      for (const agent of agents) await untilPassing(agent);
      const [ownPercent, consulPercent] = await cpuPercent(agents);
      return [
        {
          name: `${checksCount} checks every ${interval} (${checksCount - httpCount} TCP, ${httpCount} HTTP), of a core`,
          value: ownPercent!,
          unit: '%',
          atMost: cpuPercentMax,
          ...(consulPercent === undefined ? {} : { consul: consulPercent }),
        },
      ] satisfies Figure[];
    } finally {
      await system.stop();
      for (const target of targets) target.close();
    }
  },
};

const httpTarget = () => createHttpServer((_request, response) => void response.end('fine'));

async function listen(server: Server): Promise<number> {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return (server.address() as AddressInfo).port;
}

async function startOwn(system: System): Promise<Measured> {
  const server = await system.server('edge');
  return system.client('host', server, { address: '127.0.0.2' });
}

/** Undefined where there is none. */
async function startConsul(system: System): Promise<Measured | undefined> {
  const server = await spawnConsul(system, 'consul-server');
  if (!server) return undefined;
  const client = await spawnConsulClient(system, 'consul-client', server);
  if (!client) return undefined;
  await until('Consul has joined', async () => (await fetch(`${client.httpUrl}/v1/catalog/nodes`)).ok);
  return { url: client.httpUrl, program: client.program };
}

/** By services of many checks each, for each registration is written to disk. */
async function declare({ url }: Measured, tcpPort: number, httpPort: number): Promise<void> {
  const all = Array.from({ length: checksCount }, (_, i) => ({
    ...(i < httpCount ? { HTTP: `http://127.0.0.1:${httpPort}/` } : { TCP: `127.0.0.1:${tcpPort}` }),
    Interval: interval,
  }));
  for (let from = 0; from < checksCount; from += checksPerService) {
    const body = { Name: `service-${from}`, Port: 80, Checks: all.slice(from, from + checksPerService) };
    const { status } = await fetch(`${url}/v1/agent/service/register`, {
      method: 'PUT',
      body: JSON.stringify(body),
    });
    if (status !== 200) throw new Error(`${url} refuses a service of ${checksPerService} checks: ${status}`);
  }
}

const untilPassing = ({ url }: Measured) =>
  until(
    `${checksCount} checks pass at ${url}`,
    async () => {
      const found = await (await fetch(`${url}/v1/agent/checks?filter=Status==passing`)).json();
      return Object.keys(found as object).length === checksCount;
    },
    60_000,
  );

/** At once, so that they meet the same weather. */
async function cpuPercent(agents: Measured[]): Promise<number[]> {
  const before = agents.map(({ program }) => program.cpuS);
  const startedAt = performance.now();
  await sleep(windowMs);
  const elapsedS = (performance.now() - startedAt) / 1000;
  return agents.map(({ program }, i) => (100 * (program.cpuS - before[i]!)) / elapsedS);
}
