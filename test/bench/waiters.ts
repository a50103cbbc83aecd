/** Blocking queries, ten thousand at once: what one costs the edge in memory, and how long until a write has woken them all. */
import { connect, type Socket } from 'node:net';
import { run } from '../e2e/clients.ts';
import { until } from '../e2e/until.ts';
import type { Bench, Figure } from './figure.ts';
import { type Served, serveEdge } from './http/workerd.ts';
import { residentMB } from './memory.ts';

/** workerd has two files open for a connection, and some for itself. */
const { stdout: filesMax } = await run('sh', ['-c', 'ulimit -Hn']);
const waitersMost = Number.isFinite(Number(filesMax))
  ? (Number(filesMax) - 1_000) / 2
  : Number.POSITIVE_INFINITY;
/** What they wait for, in equal parts; one transaction changes all of it. */
const watched = ['/v1/health/service/web', '/v1/catalog/node/n1', '/v1/kv/hot', '/v1/kv/hot/?recurse'];
/** So many of them as the limit of open files allows. */
const waitersCount = watched.length * Math.floor(Math.min(10_000, waitersMost) / watched.length);
const changes = [
  { KV: { Verb: 'set', Key: 'hot', Value: 'bmV3' } },
  { KV: { Verb: 'set', Key: 'hot/a', Value: 'bmV3' } },
  { Service: { Verb: 'set', Node: 'n1', Service: { ID: 'web', Service: 'web', Port: 81 } } },
];

export const waiters: Bench = {
  name: 'waiters',
  async measure() {
    const edge = await serveEdge();
    const all: Waiter[] = [];
    try {
      await seed(edge);
      const before = await residentMB(edge.pid);
      for (const path of watched) all.push(...(await waitFor(edge, path, waitersCount / watched.length)));
      await until('they all wait', async () => (await waiting(edge)) === waitersCount, 60_000);
      const perWaiterKB = ((await residentMB(edge.pid)) - before) * (1024 / waitersCount);
      await put(edge, '/v1/kv/cold', 'x');
      const wokenInVain = waitersCount - (await waiting(edge));
      const startedAt = performance.now();
      await put(edge, '/v1/txn', JSON.stringify(changes));
      await Promise.all(all.map(({ answered }) => answered));
      const wokenS = (performance.now() - startedAt) / 1000;
      for (const { socket } of all) socket.destroy();
      return [
        { name: `memory of a blocking query, of ${waitersCount}`, value: perWaiterKB, unit: 'KB' },
        { name: 'by a write to something else', value: wokenInVain, unit: 'woken', atMost: 0 },
        { name: 'a write that wakes all of them, until the last', value: wokenS, unit: 's' },
      ] satisfies Figure[];
    } finally {
      for (const { socket } of all) socket.destroy();
      await edge.stop();
    }
  },
};

interface Waiter {
  socket: Socket;
  answered: Promise<void>;
}

async function seed(edge: Served): Promise<void> {
  await put(edge, '/v1/kv/hot', 'old');
  await put(edge, '/v1/kv/hot/a', 'old');
  const registration = { Node: 'n1', Address: '10.0.0.1', Service: { Service: 'web', Port: 80 } };
  await put(edge, '/v1/catalog/register', JSON.stringify(registration));
}

async function waitFor(edge: Served, path: string, count: number): Promise<Waiter[]> {
  const index = (await fetch(edge.url + path)).headers.get('X-Consul-Index');
  const query = `${path}${path.includes('?') ? '&' : '?'}index=${index}&wait=10m`;
  return Promise.all(Array.from({ length: count }, () => wait(edge, query)));
}

/** Resolves once the question is sent. */
function wait({ url }: Served, path: string): Promise<Waiter> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  const answered = new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.once('data', (chunk) => {
      if (chunk.toString().startsWith('HTTP/1.1 200')) resolve();
      else reject(new Error(chunk.toString()));
    });
  });
  answered.catch(() => undefined);
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`, () => resolve({ socket, answered }));
  });
}

async function waiting({ url }: Served): Promise<number> {
  const response = await fetch(`${url}/v1/agent/self`);
  const { Stats } = (await response.json()) as { Stats: { rollcall: { waiters: string } } };
  return Number(Stats.rollcall.waiters);
}

async function put({ url }: Served, path: string, body: string): Promise<void> {
  const { status } = await fetch(url + path, { method: 'PUT', body });
  if (status !== 200) throw new Error(`PUT ${path}: ${status}`);
}
