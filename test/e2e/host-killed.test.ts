/**
 * Whatever a host acknowledged is there after its agent was killed in the midst of being told, and what it did not
 * acknowledge is there as a whole or not at all.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { seededRandom } from '../seeded-random.ts';
import type { Agent } from './agent.ts';
import { test } from './system-test.ts';
import { until } from './until.ts';

const seed = Number(process.env.ROLLCALL_SEED ?? 20_261_122);
const rounds = Number(process.env.ROLLCALL_KILLS ?? 5);
const writers = 6;
/** Services that one writer registers at once. */
const burstCount = 8;

/** By name of a thing, what it may be found to be; two values while nobody knows whether the change was made. */
type Expected = Map<string, Set<string>>;

const absent = '';

class Writing {
  readonly expected: Expected = new Map();
  count = 0;
  killAt = 0;
  readonly #host: () => Agent;

  constructor(host: () => Agent) {
    this.#host = host;
  }

  /** `name` becomes `value`; false if that was not acknowledged. */
  async change(name: string, value: string, path: string, body?: unknown): Promise<boolean> {
    const before = this.expected.get(name) ?? new Set([absent]);
    this.expected.set(name, new Set([...before, value]));
    if (!(await isAcknowledged(`${this.#host().url}${path}`, body))) return false;
    this.expected.set(name, new Set([value]));
    this.count += 1;
    if (this.count === this.killAt) this.#host().program.signal('SIGKILL');
    return true;
  }

  /** What is there; from now on it is known. */
  expectFound(found: Map<string, string>): void {
    for (const [name, allowed] of this.expected)
      expect([...allowed], name).toContain(found.get(name) ?? absent);
    expect([...found.keys()].filter((name) => !this.expected.has(name))).toEqual([]);
    for (const name of this.expected.keys()) this.expected.set(name, new Set([found.get(name) ?? absent]));
  }
}

/** False if it was killed before it answered. @throws if it refuses. */
async function isAcknowledged(url: string, body: unknown): Promise<boolean> {
  const response = await fetch(url, { method: 'PUT', ...(body ? { body: JSON.stringify(body) } : {}) }).catch(
    () => undefined,
  );
  const text = await response?.text().catch(() => undefined);
  if (response && response.status !== 200) throw new Error(`${url}: ${response.status} ${text}`);
  return text !== undefined;
}

/** All that can be told about one service, again and again, until the first change that is not acknowledged. */
async function write(id: string, setsToken: boolean, writing: Writing): Promise<void> {
  for (let i = 0; ; i += 1) {
    const name = `${id}-${i}`;
    const [service, check, word, maintenance] = ['service', 'check', 'ttl', 'maintenance'].map(
      (kind) => (of: string) => `${kind} ${of}`,
    ) as [Name, Name, Name, Name];
    const registration = (tag: string, Name = name) => ({
      ...{ Name, Port: 80, Tags: [tag] },
      Checks: [{ TTL: '10m' }, { TCP: '127.0.0.1:1', Interval: '10m' }],
    });
    const register = '/v1/agent/service/register';
    const deregister = '/v1/agent/service/deregister/';
    const burst = Array.from({ length: burstCount }, (_, j) => `${name}-${j}`);
    const steps = [
      () => writing.change(service(name), 'old', register, registration('old')),
      () => writing.change(service(name), 'new', register, registration('new')),
      () => writing.change(word(name), 'first', `/v1/agent/check/pass/service:${name}:1?note=first`),
      () => writing.change(word(name), `${i}`, `/v1/agent/check/pass/service:${name}:1?note=${i}`),
      () => writing.change(check(name), 'ttl', '/v1/agent/check/register', { Name: name, TTL: '10m' }),
      () =>
        writing.change(
          maintenance(name),
          'why',
          `/v1/agent/service/maintenance/${name}?enable=true&reason=why`,
        ),
      () => !setsToken || writing.change('token', name, '/v1/agent/token/agent_recovery', { Token: name }),
      () =>
        i === 0 ||
        writing.change(check(`${id}-${i - 1}`), absent, `/v1/agent/check/deregister/${id}-${i - 1}`),
      () => i === 0 || forget(`${id}-${i - 1}`),
      () => all(burst.map((one) => writing.change(service(one), 'one', register, registration('one', one)))),
      () => all(burst.map((one) => writing.change(service(one), absent, `${deregister}${one}`))),
    ];
    const forget = async (gone: string) => {
      for (const kind of [word, maintenance]) writing.expected.get(kind(gone))?.add(absent);
      if (!(await writing.change(service(gone), absent, `${deregister}${gone}`))) return false;
      for (const kind of [service, check, word, maintenance]) writing.expected.delete(kind(gone));
      return true;
    };
    for (const step of steps) if (!(await step())) return;
  }
}

const all = async (changes: Promise<boolean>[]) => !(await Promise.all(changes)).includes(false);

type Name = (of: string) => string;
type Services = Record<string, { ID: string; Tags: string[] }>;
type Checks = Record<
  string,
  { Name: string; Status: string; Output: string; Notes: string; ServiceID: string }
>;

/** Nobody is shown a token, so it is read where the agent has just read it. */
function keptToken(host: Agent): string | undefined {
  const path = join(host.dataDir, 'tokens.json');
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8').split('\n')[1]!).agentRecovery : undefined;
}

/** What a host says of itself, in the words of {@link Expected}; a service without one of its checks is not whole. */
async function declared(host: Agent): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const checks = await host.get<Checks>('/v1/agent/checks');
  for (const { ID, Tags } of Object.values(await host.get<Services>('/v1/agent/services'))) {
    const own = Object.keys(checks).filter((checkId) => checkId.startsWith(`service:${ID}:`));
    found.set(`service ${ID}`, own.length === 2 ? `${Tags}` : `with ${own}`);
  }
  for (const [checkId, { Status, Output, Notes, ServiceID }] of Object.entries(checks)) {
    if (checkId.startsWith('_service_maintenance:')) found.set(`maintenance ${ServiceID}`, Notes);
    else if (ServiceID === '') found.set(`check ${checkId}`, 'ttl');
    else if (checkId.endsWith(':1') && Status === 'passing') found.set(`ttl ${ServiceID}`, Output);
  }
  const token = keptToken(host);
  if (token) found.set('token', token);
  return found;
}

test(`of what a host acknowledged before any of ${rounds} kills nothing is lost (seed ${seed})`, {
  timeout: 120_000,
}, async ({ system }) => {
  const random = seededRandom(seed);
  const server = await system.server('edge');
  const host = await system.makeClient('host-a', server, { address: '127.0.0.2' });
  host.declare('tokens.json', {
    acl: { tokens: { default: 'an open edge' }, enable_token_persistence: true },
  });
  await host.start();
  const writing = new Writing(() => host);
  for (let round = 1; round <= rounds; round += 1) {
    writing.killAt = writing.count + 20 + Math.floor(random() * 300);
    await Promise.all(Array.from({ length: writers }, (_, i) => write(`r${round}-w${i}`, i === 0, writing)));
    await host.program.ended;
    await host.start();
    const found = await declared(host);
    writing.expectFound(found);
    const names = [...found.keys()]
      .filter((name) => name.startsWith('service '))
      .map((name) => name.slice(8));
    await until('the catalog has the same services', async () => {
      const { Services } = await server.get<{ Services: { ID: string }[] }>(
        '/v1/catalog/node-services/host-a',
      );
      expect(Services.map(({ ID }) => ID).sort()).toEqual(names.sort());
      return true;
    });
    expect(host.program.log).not.toContain('[ERROR]');
  }
  expect(writing.count).toBeGreaterThan(20 * rounds);
});
