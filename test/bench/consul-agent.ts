/** A Consul agent to compare with, where one can be had. */
import { join } from 'node:path';
import { unpacked } from '../e2e/debian-packages.ts';
import { freePort } from '../e2e/ports.ts';
import type { Program } from '../e2e/program.ts';
import type { System } from '../e2e/system.ts';

export interface ConsulAgent {
  program: Program;
  dnsPort: number;
}

/** `consul agent -dev` with a node called "n1"; it may not answer yet. */
export async function spawnConsul(system: System, name: string): Promise<ConsulAgent | undefined> {
  const { dir, missing } = await unpacked('consul');
  if (missing) return undefined;
  const dnsPort = await freePort();
  const ports = [`-dns-port=${dnsPort}`];
  for (const port of ['http', 'serf-lan', 'serf-wan', 'server'])
    ports.push(`-${port}-port=${await freePort()}`);
  const args = ['agent', '-dev', '-node=n1', '-grpc-port=-1', ...ports];
  return { program: system.program({ name, command: join(dir, 'usr/bin/consul'), args }), dnsPort };
}
