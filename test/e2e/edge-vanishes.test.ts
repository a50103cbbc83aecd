/** The edge may vanish at any moment: hosts go on answering from their copies, and what was acknowledged is not lost. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { Agent } from './agent.ts';
import { curl } from './clients.ts';
import type { System } from './system.ts';
import { test } from './system-test.ts';
import { until } from './until.ts';

interface Check {
  Node: string;
  CheckID: string;
  Status: string;
  ModifyIndex: number;
}

const checks = async (url: string): Promise<Check[]> =>
  (await curl(`${url}/v1/health/state/any`)).json<Check[]>();

/** "node/check" to status and index: equal twice means that nothing moved in between. */
const history = (rows: Check[], node: string) =>
  Object.fromEntries(
    rows
      .filter(({ Node }) => Node === node)
      .map(({ CheckID, Status, ModifyIndex }) => [CheckID, `${Status} since ${ModifyIndex}`]),
  );

async function startHost(system: System, server: Agent): Promise<Agent> {
  const host = await system.makeClient('host-a', server, { address: '127.0.0.2' });
  const echo = await system.echo(host.address);
  const check = { tcp: `${echo.address}:${echo.port}`, interval: '1s' };
  host.declare('hello.json', { service: { name: 'hello', port: echo.port, check } });
  await host.start();
  await host.consul().agent.service.register({
    name: 'kept',
    check: { name: 'kept', ttl: '10m', status: 'passing', timeout: '1s' },
  });
  const passing = () => server.get<Check[]>('/v1/health/state/passing');
  await until('all pass', async () => history(await passing(), 'host-a')['service:hello']);
  await until('all pass', async () => history(await passing(), 'host-a')['service:kept']);
  return host;
}

/** Follows a service as a client does, with blocking queries, and keeps every status of every check it saw. */
class Watch {
  readonly statuses = new Set<string>();
  readonly #agent: Agent;
  readonly #stop = new AbortController();
  readonly #watching: Promise<void>;

  constructor(agent: Agent) {
    this.#agent = agent;
    this.#watching = this.#watch();
  }

  async #watch(): Promise<void> {
    let index = 0;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        const url = `${this.#agent.url}/v1/health/service/hello?index=${index}&wait=10s`;
        const response = await fetch(url, { signal });
        const rows = (await response.json()) as { Checks: Check[] }[];
        for (const { Node, CheckID, Status } of rows.flatMap(({ Checks }) => Checks))
          this.statuses.add(`${Node}/${CheckID} ${Status}`);
        index = Number(response.headers.get('x-consul-index'));
      } catch {
        // The agent itself is being restarted.
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#watching;
  }
}

const found = async (agent: Agent) => (await agent.dig('hello.service.consul')).answer.length === 1;

describe.concurrent('the edge', () => {
  test('without it a host answers from its copy, also after a restart; when it is back both agree and nothing flapped', async ({
    system,
  }) => {
    const server = await system.server('edge');
    const host = await startHost(system, server);
    await using watch = new Watch(host);
    const before = history(await checks(server.edgeUrl), 'host-a');

    await server.kill();
    const workerdRuns = () => system.processes().some((line) => line.includes('workerd serve'));
    await until('workerd has gone with its agent', () => !workerdRuns());
    const path = `${host.url}/v1/health/service/hello`;
    const byDefault = await curl(path);
    expect([byDefault.status, byDefault.json<unknown[]>().length]).toEqual([200, 1]);
    expect(byDefault.headers.get('x-consul-knownleader')).toBe('false');
    const stale = await curl(`${path}?stale`);
    expect([stale.status, stale.json<unknown[]>().length]).toEqual([200, 1]);
    await until(
      'the copy ages',
      async () => Number((await curl(`${path}?stale`)).headers.get('x-consul-lastcontact')) > 0,
    );
    const consistent = await curl(`${path}?consistent`);
    expect([consistent.status, consistent.body]).toEqual([500, 'No cluster leader']);
    expect(await found(host)).toBe(true);
    await host.consul().agent.service.register({ name: 'meanwhile' });

    const savedCopy = () => readFileSync(join(host.dataDir, 'catalog/dc1.ndjson'), 'utf8');
    await until(
      'the copy is on disk',
      () => savedCopy().includes('"hello"') && savedCopy().includes('"kept"'),
    );
    await host.kill();
    await host.start({ joined: false });
    expect(await found(host)).toBe(true);
    expect((await host.dig('host-a.node.consul')).answer).toHaveLength(1);
    expect((await curl(`${path}?stale`)).json()).toHaveLength(1);

    await server.start();
    const isBack = async () => (await server.get<unknown[]>('/v1/catalog/service/meanwhile')).length === 1;
    await until('what was declared meanwhile is in the catalog', isBack, 10_000);
    expect(history(await checks(server.edgeUrl), 'host-a')).toEqual(before);
    expect((await curl(path)).headers.get('x-consul-knownleader')).toBe('true');
    expect([...watch.statuses].filter((status) => !status.endsWith('passing'))).toEqual([]);
    expect(watch.statuses.size).toBeGreaterThan(0);
  });

  test('an edge that freezes is given up after a while, and nothing flaps when it goes on', async ({
    system,
  }) => {
    const server = await system.server('edge');
    const host = await startHost(system, server);
    const before = await checks(server.edgeUrl);
    const pid = system.workerdPid();
    process.kill(pid, 'SIGSTOP');
    const answer = await curl(`${host.url}/v1/health/service/hello`);
    expect([answer.status, answer.headers.get('x-consul-knownleader')]).toEqual([200, 'false']);
    expect(await found(host)).toBe(true);
    await host.program.says(/no connection to the edge: .*the edge does not answer the heartbeat/);
    process.kill(pid, 'SIGCONT');
    await host.program.says('in sync', 2);
    await server.program.says('in sync', 2);
    expect(await checks(server.edgeUrl)).toEqual(before);
  });

  test('when workerd alone dies its agent starts it again, with all that it knew', async ({ system }) => {
    const server = await system.server('edge');
    const host = await startHost(system, server);
    const before = history(await checks(server.edgeUrl), 'host-a');

    process.kill(system.workerdPid(), 'SIGKILL');
    await server.program.says('the edge (workerd) died and is started again');
    expect(await found(host)).toBe(true);
    expect(await found(server)).toBe(true);
    await host.program.says('in sync', 2);
    expect(history(await checks(server.edgeUrl), 'host-a')).toEqual(before);
  });

  test('a write that was acknowledged survives a SIGKILL of the edge and of the host in the midst of many', async ({
    system,
  }) => {
    const server = await system.server('edge');
    const host = await system.client('host-a', server, { address: '127.0.0.2' });
    const acknowledged: string[] = [];
    for (let round = 1; round <= 3; round += 1) {
      const stop = new AbortController();
      const writers = Array.from({ length: 8 }, (_, writer) =>
        write(writer % 2 === 0 ? server : host, `r${round}-w${writer}`, acknowledged, stop.signal),
      );
      const enough = acknowledged.length + 100;
      await until('many are acknowledged', () => acknowledged.length >= enough);
      process.kill(system.workerdPid(), 'SIGKILL');
      await host.kill();
      stop.abort();
      await Promise.all(writers);
      await host.start();
    }
    const isThere = async () => {
      const services = await server.get<Record<string, unknown>>('/v1/catalog/services');
      const lost = acknowledged.filter((name) => !(name in services));
      if (lost.length > 0)
        throw new Error(`${lost.length} of ${acknowledged.length} lost: ${lost.slice(0, 5)}`);
      return true;
    };
    await until('every acknowledged write is there', isThere);
  });
});

/** Registers one service after the other, at the edge or on the host, until told to stop or nobody answers. */
async function write(
  agent: Agent,
  prefix: string,
  acknowledged: string[],
  signal: AbortSignal,
): Promise<void> {
  const atEdge = agent.node === 'edge';
  const url = atEdge ? `${agent.edgeUrl}/v1/catalog/register` : `${agent.url}/v1/agent/service/register`;
  for (let i = 0; !signal.aborted; i += 1) {
    const Service = `${prefix}-${i}`;
    const body = atEdge ? { Node: prefix, Address: '10.0.0.1', Service: { Service } } : { Name: Service };
    try {
      const response = await fetch(url, { method: 'PUT', body: JSON.stringify(body), signal });
      if (response.status === 200) acknowledged.push(Service);
    } catch {
      return;
    }
  }
}
