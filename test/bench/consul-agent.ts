/** A Consul agent to compare with, where one is installed. */
import { isInstalled } from '../e2e/clients.ts';
import { freePort } from '../e2e/ports.ts';
import type { Program } from '../e2e/program.ts';
import type { System } from '../e2e/system.ts';

export interface ConsulAgent {
  program: Program;
  dnsPort: number;
}

/** `consul agent -dev` with a node called "n1"; it may not answer yet. */
export async function spawnConsul(system: System, name: string): Promise<ConsulAgent | undefined> {
  if (!isInstalled('consul')) return undefined;
  const dnsPort = await freePort();
  const ports = [`-dns-port=${dnsPort}`];
  for (const port of ['http', 'serf-lan', 'serf-wan', 'server'])
    ports.push(`-${port}-port=${await freePort()}`);
  const args = ['agent', '-dev', '-node=n1', '-grpc-port=-1', ...ports];
  return { program: system.program({ name, command: 'consul', args }), dnsPort };
}
