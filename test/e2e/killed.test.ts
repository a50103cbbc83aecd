/** Whatever was acknowledged is there after workerd was killed in the midst of writing, and no index has fallen. */
import { expect } from 'vitest';
import { seededRandom } from '../seeded-random.ts';
import type { Agent } from './agent.ts';
import { test } from './system-test.ts';
import { until } from './until.ts';

const seed = Number(process.env.ROLLCALL_SEED ?? 20_261_122);
const rounds = Number(process.env.ROLLCALL_KILLS ?? 6);
const watched = ['/v1/kv/?recurse', '/v1/catalog/services', '/v1/catalog/nodes', '/v1/session/list'];

/** What must be there: values of keys (null: deleted), names of services, IDs of sessions. */
interface Acknowledged {
  keys: Map<string, string | null>;
  services: Set<string>;
  sessions: Set<string>;
  count: number;
}

/** Sends; true if it was acknowledged. Without an answer nobody knows whether it was done. */
async function send(url: string, method: string, body?: unknown): Promise<Response | undefined> {
  const text = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
  try {
    const response = await fetch(url, { method, ...(text === undefined ? {} : { body: text }) });
    await response.clone().arrayBuffer();
    return response.status === 200 ? response : undefined;
  } catch {
    return undefined;
  }
}

/** Writes through one door until the first write that is not acknowledged. Its keys are its own. */
async function write(
  door: string,
  name: string,
  { keys, services, sessions, acknowledge }: Writing,
): Promise<void> {
  for (let i = 0; ; i += 1) {
    const key = `${name}/${i}`;
    const steps = [
      async () => (await send(`${door}/v1/kv/${key}`, 'PUT', `value ${i}`)) && keys.set(key, `value ${i}`),
      // Between the two nobody knows which it is.
      async () => {
        keys.delete(`${name}/last`);
        return (await send(`${door}/v1/kv/${name}/last`, 'PUT', `${i}`)) && keys.set(`${name}/last`, `${i}`);
      },
      async () => {
        const old = `${name}/${i - 2}`;
        if (!keys.has(old)) return true;
        keys.delete(old);
        return (await send(`${door}/v1/kv/${old}`, 'DELETE')) && keys.set(old, null);
      },
      async () => {
        const Service = `${name}-${i}`;
        const registration = { Node: name, Address: '10.0.0.1', Service: { Service } };
        return (await send(`${door}/v1/catalog/register`, 'PUT', registration)) && services.add(Service);
      },
      async () => {
        const made = await send(`${door}/v1/session/create`, 'PUT', { Node: name, NodeChecks: [] });
        return made && sessions.add(((await made.json()) as { ID: string }).ID);
      },
    ];
    for (const step of steps) {
      if (!(await step())) return;
      acknowledge();
    }
  }
}

type Writing = Omit<Acknowledged, 'count'> & { acknowledge: () => void };

async function read(server: Agent, path: string): Promise<{ index: number; rows: never }> {
  const response = await fetch(`${server.edgeUrl}${path}`);
  const rows = (response.status === 404 ? [] : await response.json()) as never;
  return { index: Number(response.headers.get('X-Consul-Index')), rows };
}

async function expectKept(server: Agent, { keys, services, sessions }: Acknowledged): Promise<void> {
  const entries: { Key: string; Value: string | null }[] = (await read(server, '/v1/kv/?recurse')).rows;
  const stored = new Map(
    entries.map(({ Key, Value }) => [Key, Buffer.from(Value ?? '', 'base64').toString()]),
  );
  const wrong = [...keys].filter(([key, value]) => (stored.get(key) ?? null) !== value);
  expect(wrong).toEqual([]);
  const names = Object.keys((await read(server, '/v1/catalog/services')).rows);
  expect([...services].filter((name) => !names.includes(name))).toEqual([]);
  const ids = ((await read(server, '/v1/session/list')).rows as { ID: string }[]).map(({ ID }) => ID);
  expect([...sessions].filter((id) => !ids.includes(id))).toEqual([]);
}

test(`of what was acknowledged before any of ${rounds} kills nothing is lost, and no index falls (seed ${seed})`, async ({
  system,
}) => {
  const random = seededRandom(seed);
  const server = await system.server('edge');
  const all: Acknowledged = { keys: new Map(), services: new Set(), sessions: new Set(), count: 0 };
  let enough = 0;
  const acknowledge = () => {
    all.count += 1;
    if (all.count === enough) process.kill(system.workerdPid(), 'SIGKILL');
  };
  let indexes = watched.map(() => 0);
  for (let round = 1; round <= rounds; round += 1) {
    enough = all.count + 20 + Math.floor(random() * 300);
    const writers = Array.from({ length: 8 }, (_, i) =>
      write(i % 2 === 0 ? server.edgeUrl : server.url, `r${round}-w${i}`, { ...all, acknowledge }),
    );
    await Promise.all(writers);
    await server.program.says('the edge (workerd) died and is started again', round);
    await until(
      'it answers again',
      async () => (await send(`${server.edgeUrl}/v1/status/leader`, 'GET')) !== undefined,
    );
    await expectKept(server, all);
    const now = await Promise.all(watched.map(async (path) => (await read(server, path)).index));
    for (const [i, index] of now.entries()) expect(index, watched[i]).toBeGreaterThanOrEqual(indexes[i]!);
    indexes = now;
  }
  expect(all.count).toBeGreaterThan(20 * rounds);
});
