/**
 * The tutorial, played from its first line to its last: an edge, two hosts with a service each, and a client that finds
 * them by HTTP every three seconds and by DNS. Host A declares its service in a file, host B through the npm client.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type Consul from 'consul';
import { expect } from 'vitest';
import type { Agent } from './agent.ts';
import type { EchoService } from './echo-service.ts';
import type { System } from './system.ts';
import { test } from './system-test.ts';
import { throughout, until } from './until.ts';

const intervalMs = 1_000;
const detectionMs = intervalMs + 250;
const pollMs = 3_000;
const deadlineMs = 60_000;

interface Instance {
  Service: { ID: string; Address: string; Port: number };
}

/** Asks every three seconds, as the tutorial's client does, and remembers the last answer. */
class Client {
  readonly #consul: Consul;
  readonly #stop = new AbortController();
  readonly #polling: Promise<void>;
  #view: string[] = [];
  #polls = 0;

  constructor(agent: Agent) {
    this.#consul = agent.consul();
    this.#polling = this.#poll();
    // Seen by whoever waits for a view.
    this.#polling.catch(() => undefined);
  }

  async #poll(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const instances = await this.#consul.health.service({ service: 'hello', passing: true });
      this.#view = instances.map(({ Service }: Instance) => `${Service.Address}:${Service.Port}`).sort();
      this.#polls += 1;
      await sleep(pollMs, undefined, { signal: this.#stop.signal }).catch(() => undefined);
    }
  }

  /** What a poll that began after now has shown. */
  async nextView(): Promise<string[]> {
    const wanted = this.#polls + 2;
    await Promise.race([until('the client polls', () => this.#polls >= wanted), this.#polling]);
    return this.#view;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#polling;
  }
}

const place = ({ address, port }: EchoService) => `${address}:${port}`;

const byHttp = async (agent: Agent): Promise<string[]> =>
  (await agent.get<Instance[]>('/v1/health/service/hello?passing'))
    .map(({ Service }) => `${Service.Address}:${Service.Port}`)
    .sort();

/** SRV for the ports, and the A records beside them for the addresses. */
async function byDns(agent: Agent): Promise<string[]> {
  const { answer, additional } = await agent.dig('hello.service.consul', 'SRV');
  const addresses = new Map(
    additional.map((record) => {
      const [name = '', , , type, data = ''] = record.split(' ');
      return [type === 'A' ? name : '', data];
    }),
  );
  return answer
    .map((record) => record.split(' '))
    .map((fields) => `${addresses.get(fields[7]!)}:${fields[6]}`)
    .sort();
}

/** Until both ways of asking show exactly these services; how long that took. */
async function discovered(agent: Agent, services: EchoService[]): Promise<number> {
  const startedAt = performance.now();
  const wanted = services.map(place).sort();
  await until(`${wanted} are discovered`, async () => {
    expect(await byHttp(agent)).toEqual(wanted);
    expect(await byDns(agent)).toEqual(wanted);
    return true;
  });
  return performance.now() - startedAt;
}

const catalogIds = async (agent: Agent): Promise<string[]> =>
  (await agent.get<{ ServiceID: string }[]>('/v1/catalog/service/hello'))
    .map(({ ServiceID }) => ServiceID)
    .sort();

const checkOf = ({ address, port }: Pick<EchoService, 'address' | 'port'>) => ({
  name: 'hello answers',
  tcp: `${address}:${port}`,
  interval: `${intervalMs}ms`,
  timeout: '500ms',
  deregister_critical_service_after: '1m',
});

/** In the words of the npm client. */
async function registerB(hostB: Agent, { address, port }: EchoService): Promise<void> {
  const { deregister_critical_service_after: deregistercriticalserviceafter, ...check } = checkOf({
    address,
    port,
  });
  await hostB.consul().agent.service.register({
    id: 'hello-b',
    name: 'hello',
    address,
    port,
    check: { ...check, deregistercriticalserviceafter },
  });
}

async function startHosts(system: System) {
  const server = await system.server('edge');
  const hostA = await system.makeClient('host-a', server, { address: '127.0.0.2' });
  const hostB = await system.makeClient('host-b', server, { address: '127.0.0.3' });
  const [a, b] = [await system.echo(hostA.address), await system.echo(hostB.address)];
  hostA.declare('hello.json', {
    services: [{ id: 'hello-a', name: 'hello', address: a.address, port: a.port, checks: [checkOf(a)] }],
  });
  await Promise.all([hostA.start(), hostB.start()]);
  await registerB(hostB, b);
  return { server, hostB, a, b };
}

export function theTutorial(): void {
  test('a service that stops disappears, and one that stays away is deregistered', {
    timeout: 120_000,
  }, async ({ system }) => {
    const { server, hostB, a, b } = await startHosts(system);
    await using client = new Client(server);
    await discovered(server, [a, b]);
    expect(await client.nextView()).toEqual([place(a), place(b)].sort());

    await a.stop();
    expect(await discovered(server, [b])).toBeLessThan(detectionMs);
    expect(await client.nextView()).toEqual([place(b)]);

    await a.start();
    expect(await discovered(server, [a, b])).toBeLessThan(detectionMs);
    expect(await client.nextView()).toEqual([place(a), place(b)].sort());

    await b.stop();
    const stoppedAt = performance.now();
    expect(await discovered(server, [a])).toBeLessThan(detectionMs);
    expect(await catalogIds(server)).toEqual(['hello-a', 'hello-b']);
    await until(
      'hello-b is deregistered',
      async () => !(await catalogIds(server)).includes('hello-b'),
      90_000,
    );
    expect(performance.now() - stoppedAt).toBeGreaterThan(deadlineMs);

    // Its host is alive and had declared it: nobody may register it again behind the eviction's back, but a human.
    await throughout(2_000, async () => expect(await catalogIds(server)).toEqual(['hello-a']));
    await hostB.program.stop();
    await hostB.start();
    await throughout(1_000, async () => expect(await catalogIds(server)).toEqual(['hello-a']));
    expect(await hostB.get('/v1/agent/services')).toEqual({});
    await b.start();
    await registerB(hostB, b);
    await discovered(server, [a, b]);
  });
}
