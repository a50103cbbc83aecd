/** Port 8500: reads from the copy beside a bare server and Consul's cache, and reads of the edge beside the edge itself. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Program } from '../e2e/program.ts';
import { System } from '../e2e/system.ts';
import { until } from '../e2e/until.ts';
import { spawnConsul, spawnConsulClient } from './consul-agent.ts';
import { type Bench, type Figure, median } from './figure.ts';
import { serveEdge } from './http/workerd.ts';
import { requestsPerSecond } from './http/wrk.ts';

const rounds = 5;
const seconds = 2;
const bareShareMin = 65;
const consulTimesMin = 2;
const edgeShareMin = 70;

const read = '/v1/health/service/x?passing';
const cachedRead = `${read}&cached`;
const instances = 3;

export const agentHttp: Bench = {
  name: 'agent-http',
  async measure() {
    const system = new System();
    const edge = await serveEdge();
    try {
      await registerInstances(edge.url);
      const agent = await system.makeAgent('n0');
      agent.flags = [`-data-dir=${agent.dataDir}`, `-retry-join=${edge.url}`];
      await agent.start();
      const bare = await startBare(system, agent.url + cachedRead);
      const consul = await startConsul(system);
      const perSecond = await compare({
        cached: agent.url + cachedRead,
        bare,
        forwarded: agent.url + read,
        edge: edge.url + read,
        ...(consul ? { consul: consul + cachedRead, consulDefault: consul + read } : {}),
      });
      return figures(perSecond);
    } finally {
      await system.stop();
      await edge.stop();
    }
  },
};

type Rates = Record<string, number[]>;

/** In turns, so that all of them meet the same weather. */
async function compare(urls: Record<string, string>): Promise<Rates> {
  const rates: Rates = {};
  // What is measured has been used before.
  for (const url of Object.values(urls)) await requestsPerSecond(url, 1);
  for (let round = 0; round < rounds; round += 1)
    for (const [name, url] of Object.entries(urls)) {
      const measured = rates[name] ?? [];
      measured.push(await requestsPerSecond(url, seconds));
      rates[name] = measured;
    }
  return rates;
}

function figures(rates: Rates): Figure[] {
  const rate = (name: string) => median(rates[name]!);
  /** Of rounds, each beside its own. */
  const times = (name: string, base: string) =>
    median(rates[name]!.map((value, round) => value / rates[base]![round]!));
  const { consul, consulDefault } = rates;
  return [
    {
      name: 'cached reads through port 8500',
      value: rate('cached'),
      unit: 'per s',
      ...(consul ? { consul: median(consul) } : {}),
    },
    {
      name: 'cached reads, of a bare node:http server',
      value: 100 * times('cached', 'bare'),
      unit: '%',
      atLeast: bareShareMin,
    },
    ...(consul
      ? [
          {
            name: 'cached reads, of a Consul client agent',
            value: times('cached', 'consul'),
            unit: 'x' as const,
            atLeast: consulTimesMin,
          },
        ]
      : []),
    {
      name: 'default reads through port 8500',
      value: rate('forwarded'),
      unit: 'per s',
      ...(consulDefault ? { consul: median(consulDefault) } : {}),
    },
    {
      name: 'default reads, of the same straight from the edge',
      value: 100 * times('forwarded', 'edge'),
      unit: '%',
      atLeast: edgeShareMin,
    },
  ];
}

const registrations = Array.from({ length: instances }, (_, i) => ({
  Node: `m${i}`,
  Address: `10.0.0.${i}`,
  Service: { Service: 'x', ID: `x-${i}`, Port: 80 },
  Check: { Node: `m${i}`, CheckID: `x-${i}`, Name: 'alive', ServiceID: `x-${i}`, Status: 'passing' },
}));

async function registerInstances(url: string): Promise<void> {
  for (const registration of registrations) {
    const request = { method: 'PUT', body: JSON.stringify(registration) };
    const response = await fetch(`${url}/v1/catalog/register`, request);
    if (!response.ok) throw new Error(await response.text());
    await response.arrayBuffer();
  }
}

/** Sends what the agent sends: the same bytes and headers. */
async function startBare(system: System, url: string): Promise<string> {
  const response = await fetch(url, { headers: { 'Accept-Encoding': 'identity' } });
  const ownHeaders = ['date', 'connection', 'keep-alive', 'transfer-encoding'];
  const headers = [...response.headers].filter(([name]) => !ownHeaders.includes(name));
  const file = join(system.dir, 'answer.json');
  writeFileSync(file, JSON.stringify({ headers: Object.fromEntries(headers), body: await response.text() }));
  const program: Program = system.program({
    name: 'bare',
    command: process.execPath,
    args: [join(import.meta.dirname, 'http/bare-http-responder.ts'), file],
  });
  await program.says(/^\d+$/m);
  return `http://127.0.0.1:${/^\d+$/m.exec(program.log)![0]}`;
}

/** A client agent of a server that has the same catalog. */
async function startConsul(system: System): Promise<string | undefined> {
  const server = await spawnConsul(system, 'consul-server');
  if (!server) return undefined;
  await until('it registers', async () => {
    await registerInstances(server.httpUrl);
    return true;
  });
  const client = (await spawnConsulClient(system, 'consul-client', server))!;
  await until('it answers', async () => {
    const response = await fetch(client.httpUrl + cachedRead);
    return response.ok && ((await response.json()) as object[]).length === instances;
  });
  return client.httpUrl;
}
