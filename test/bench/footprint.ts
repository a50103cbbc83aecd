/** What a sidecar takes of its host when nothing happens: memory, processor time, and the time to be back after a restart. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Agent } from '../e2e/agent.ts';
import type { Program } from '../e2e/program.ts';
import { System } from '../e2e/system.ts';
import { until } from '../e2e/until.ts';
import { spawnConsul, spawnConsulClient } from './consul-agent.ts';
import { type Bench, type Figure, median } from './figure.ts';
import { type Served, serveEdge } from './http/workerd.ts';
import { residentMB } from './memory.ts';
import { Observer } from './propagation/observer.ts';

const idleMBMax = 80;
const corePercentMax = 0.2;
const filledMBMax = 130;
const readyMsMax = 500;

const checksCount = 10;
const instances = 10_000;
const nodes = 1_000;
const windowMs = 60_000;
/** What a start leaves behind is tidied up by then. */
const settleMs = 30_000;
const restarts = 5;
/** While nobody listens yet. */
const askEveryMs = 5;

export const footprint: Bench = {
  name: 'footprint',
  async measure() {
    const system = new System();
    const checked = createServer((_request, response) => response.end('fine'));
    const edge = await serveEdge();
    let edgeRuns = true;
    try {
      const target = await listen(checked);
      const agent = await system.makeAgent('n0');
      agent.flags = [`-data-dir=${agent.dataDir}`, `-retry-join=${edge.url}`];
      await agent.start();
      const consul = await startConsul(system);
      await registerChecks(agent.url, target);
      if (consul) await registerChecks(consul.url, target);
      await sleep(settleMs);
      const programs = consul ? [agent.program, consul.program] : [agent.program];
      const [corePercent, consulPercent] = await corePercents(programs);
      const [idleMB, consulMB] = await Promise.all(programs.map(({ pid }) => residentMB(pid)));
      await fill(edge);
      await until('the copy has all of it', () => has(agent, instances), 60_000);
      await sleep(settleMs);
      const filledMB = await residentMB(agent.program.pid);
      await agent.program.stop();
      await edge.stop();
      edgeRuns = false;
      const ready = await readyMs(agent);
      const what = `${instances} instances`;
      return [
        {
          name: `idle, ${checksCount} checks: memory`,
          value: idleMB!,
          unit: 'MB',
          atMost: idleMBMax,
          ...(consulMB === undefined ? {} : { consul: consulMB }),
        },
        {
          name: `idle, ${checksCount} checks: processor, of a core`,
          value: corePercent!,
          unit: '%',
          atMost: corePercentMax,
          ...(consulPercent === undefined ? {} : { consul: consulPercent }),
        },
        { name: `a copy of ${what}: memory`, value: filledMB, unit: 'MB', atMost: filledMBMax },
        {
          name: `a copy of ${what}: from the start, without an edge, to the first DNS answer`,
          value: ready,
          unit: 'ms',
          atMost: readyMsMax,
        },
      ] satisfies Figure[];
    } finally {
      await system.stop();
      if (edgeRuns) await edge.stop();
      checked.close();
    }
  },
};

async function listen(server: Server): Promise<string> {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** A client agent that has joined a server; undefined where there is none. */
async function startConsul(system: System): Promise<{ url: string; program: Program } | undefined> {
  const server = await spawnConsul(system, 'consul-server');
  if (!server) return undefined;
  const client = (await spawnConsulClient(system, 'consul-client', server))!;
  await until('Consul has joined', async () => (await fetch(`${client.httpUrl}/v1/catalog/nodes`)).ok);
  return { url: client.httpUrl, program: client.program };
}

async function registerChecks(url: string, target: string): Promise<void> {
  for (let i = 0; i < checksCount; i += 1)
    await put(`${url}/v1/agent/service/register`, {
      Name: `checked-${i}`,
      Check: { HTTP: target, Interval: '10s' },
    });
}

/** The share of a core that each used, all in one window. */
async function corePercents(programs: Program[]): Promise<number[]> {
  const before = programs.map(({ cpuS }) => cpuS);
  await sleep(windowMs);
  return programs.map(({ cpuS }, i) => (100 * (cpuS - before[i]!)) / (windowMs / 1_000));
}

/** Each with a check, on a thousand nodes; a service has ten. */
async function fill({ url }: Served): Promise<void> {
  const ops = Array.from({ length: instances }, (_, i) => {
    const [Node, ID] = [`m${i % nodes}`, `s${Math.floor(i / 10)}-${i % 10}`];
    const Service = { Service: `s${Math.floor(i / 10)}`, ID, Port: 8_080, Tags: ['v1'], Meta: { zone: 'a' } };
    const Check = { Node, CheckID: `service:${ID}`, Name: 'alive', ServiceID: ID, Status: 'passing' };
    return [{ Service: { Verb: 'set', Node, Service } }, { Check: { Verb: 'set', Check } }];
  }).flat();
  for (let i = 0; i < nodes; i += 1)
    await put(`${url}/v1/catalog/register`, { Node: `m${i}`, Address: `10.0.${i >> 8}.${i & 255}` });
  for (let at = 0; at < ops.length; at += 64) await put(`${url}/v1/txn`, ops.slice(at, at + 64));
}

async function has(agent: Agent, count: number): Promise<boolean> {
  const last = await agent.dig(`s${count / 10 - 1}.service.consul`);
  return last.answer.length > 0;
}

async function put(url: string, body: unknown): Promise<void> {
  const response = await fetch(url, { method: 'PUT', body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  await response.arrayBuffer();
}

/** The median of some restarts, each from the start of the process to the answer. */
async function readyMs(agent: Agent): Promise<number> {
  const taken: number[] = [];
  for (let i = 0; i < restarts; i += 1) {
    const observer = new Observer(askEveryMs);
    const startedAtMs = performance.now();
    const program = agent.spawn();
    const [seenAtMs] = await observer.until('s0.service.consul', true, [agent.ports.dns]);
    taken.push(seenAtMs! - startedAtMs);
    observer.stop();
    await program.says('agent running!');
    await program.stop();
  }
  return median(taken);
}
