/** A Consul agent to compare with, where one can be had. */
import { join } from 'node:path';
import { unpacked } from '../e2e/debian-packages.ts';
import { freePort } from '../e2e/ports.ts';
import type { Program } from '../e2e/program.ts';
import type { System } from '../e2e/system.ts';

export interface ConsulAgent {
  program: Program;
  dnsPort: number;
  httpUrl: string;
  /** Where other agents join it. */
  serfAddress: string;
}

/** `consul agent -dev`, a server, with a node called "n1"; it may not answer yet. */
export const spawnConsul = (system: System, name: string): Promise<ConsulAgent | undefined> =>
  spawn(system, name, ['-dev', '-node=n1']);

/** An agent that is no server and has joined one: it asks it for every answer. */
export const spawnConsulClient = (system: System, name: string, server: ConsulAgent, node = 'client') =>
  spawn(system, name, [
    ...[`-node=${node}`, '-bind=127.0.0.1', `-data-dir=${join(system.dir, name)}`],
    ...[`-retry-join=${server.serfAddress}`, '-retry-interval=1s'],
  ]);

async function spawn(system: System, name: string, flags: string[]): Promise<ConsulAgent | undefined> {
  const { dir, missing } = await unpacked('consul');
  if (missing) return undefined;
  const ports = { dns: 0, http: 0, 'serf-lan': 0, 'serf-wan': 0, server: 0 };
  for (const port of Object.keys(ports) as (keyof typeof ports)[]) ports[port] = await freePort();
  const portFlags = Object.entries(ports).map(([port, number]) => `-${port}-port=${number}`);
  // In `-dev` mode it would write a line for each question.
  const args = ['agent', '-grpc-port=-1', '-log-level=err', ...flags, ...portFlags];
  return {
    program: system.program({ name, command: join(dir, 'usr/bin/consul'), args }),
    dnsPort: ports.dns,
    httpUrl: `http://127.0.0.1:${ports.http}`,
    serfAddress: `127.0.0.1:${ports['serf-lan']}`,
  };
}
