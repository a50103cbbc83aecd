/** Consul with the catalogs that the sidecar is measured with. */
import { dig } from '../../e2e/clients.ts';
import type { System } from '../../e2e/system.ts';
import { until } from '../../e2e/until.ts';
import { type ConsulAgent, spawnConsul, spawnConsulClient } from '../consul-agent.ts';

/** As `rollcall-responder.ts` makes it. */
export interface CatalogSize {
  services: number;
  instances: number;
}

export interface Consuls {
  server: ConsulAgent;
  client: ConsulAgent;
  /** A server with the large catalog. */
  large: ConsulAgent;
}

/** Undefined where there is no Consul to be had. */
export async function startConsuls(
  system: System,
  small: CatalogSize,
  large: CatalogSize,
): Promise<Consuls | undefined> {
  const server = await startServer(system, 'consul-server', small);
  if (!server) return undefined;
  const client = (await spawnConsulClient(system, 'consul-client', server))!;
  await knows(client);
  return { server, client, large: (await startServer(system, 'consul-large', large))! };
}

async function startServer(
  system: System,
  name: string,
  size: CatalogSize,
): Promise<ConsulAgent | undefined> {
  const server = await spawnConsul(system, name);
  if (!server) return undefined;
  await until('it has a leader', async () => (await leader(server)) !== '""');
  await fill(server, size);
  await knows(server);
  return server;
}

const leader = async ({ httpUrl }: ConsulAgent) => (await fetch(`${httpUrl}/v1/status/leader`)).text();

const knows = ({ dnsPort }: ConsulAgent) =>
  until('it answers', async () => {
    const { answer } = await dig({ address: '127.0.0.1', port: dnsPort }, 's0.service.consul');
    return answer.length >= 3;
  });

/** Consul 1.8's limit. */
const txnOpsMax = 64;

async function fill({ httpUrl }: ConsulAgent, size: CatalogSize): Promise<void> {
  let batch: object[] = [];
  const flush = async () => {
    const response = await fetch(`${httpUrl}/v1/txn`, { method: 'PUT', body: JSON.stringify(batch) });
    if (!response.ok) throw new Error(`Consul refuses: ${response.status} ${await response.text()}`);
    batch = [];
  };
  for (const op of ops(size)) {
    batch.push(op);
    if (batch.length === txnOpsMax) await flush();
  }
  if (batch.length > 0) await flush();
}

function* ops({ services, instances }: CatalogSize): Generator<object> {
  const nodes = Math.max(services, instances);
  for (let node = 0; node < nodes; node++)
    yield { Node: { Verb: 'set', Node: { Node: `h${node}`, Address: '10.255.0.1' } } };
  for (let service = 0; service < services; service++) {
    for (let instance = 0; instance < instances; instance++) {
      const Node = `h${(service * instances + instance) % nodes}`;
      const ID = `s${service}`;
      const Address = `10.${instance}.${service >> 8}.${service & 255}`;
      yield { Service: { Verb: 'set', Node, Service: { ID, Service: ID, Address, Port: 8080 } } };
      yield {
        Check: {
          Verb: 'set',
          Check: { Node, CheckID: `check-${ID}`, Name: 'alive', ServiceID: ID, Status: 'passing' },
        },
      };
    }
  }
}
