/** Resident memory of an idle host: its sidecar, the edge it joined, and Consul's agent in the place of both. */
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '../e2e/clients.ts';
import { System } from '../e2e/system.ts';
import { spawnConsul } from './consul-agent.ts';
import type { Bench, Figure } from './figure.ts';

const idleMs = 10_000;
const sidecarMBMax = 80;

export const memory: Bench = {
  name: 'memory',
  async measure() {
    const system = new System();
    try {
      const server = await system.server('n0');
      const client = await system.client('n1', server, { address: '127.0.0.2' });
      const consul = await spawnConsul(system, 'consul');
      await sleep(idleMs);
      const compared = consul && { consul: await residentMB(consul.program.pid) };
      return [
        {
          name: 'idle sidecar, joined to an edge',
          value: await residentMB(client.program.pid),
          unit: 'MB',
          atMost: sidecarMBMax,
          ...compared,
        },
        {
          name: 'sidecar beside the edge',
          value: await residentMB(server.program.pid),
          unit: 'MB',
          ...compared,
        },
        {
          name: 'edge (workerd), two hosts joined',
          value: await residentMB(system.workerdPid()),
          unit: 'MB',
        },
      ] satisfies Figure[];
    } finally {
      await system.stop();
    }
  },
};

export async function residentMB(pid: number): Promise<number> {
  const { stdout } = await run('ps', ['-o', 'rss=', '-p', String(pid)]);
  return Number(stdout) / 1024;
}
