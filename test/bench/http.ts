/** What Worker and object cost beyond a bare Worker that asks a bare object: reads, writes, large services and catalogs. */

import type { Bench, Figure } from './figure.ts';
import { median } from './figure.ts';
import { type Served, serveBare, serveEdge } from './http/workerd.ts';
import { requestsPerSecond, writes } from './http/wrk.ts';

const rounds = 3;
const seconds = 4;
const readShareMin = 85;
const writeShareMin = 80;

export const http: Bench = {
  name: 'http',
  async measure() {
    const edge = await serveEdge();
    await registerMany(edge, 'x', 3);
    const read = '/v1/health/service/x?passing';
    const answer = await (await fetch(edge.url + read)).text();
    const bare = await serveBare(answer.length);
    try {
      const reads = await compare(
        () => requestsPerSecond(edge.url + read, seconds),
        () => requestsPerSecond(bare.url, seconds),
      );
      const written = await compare(
        () => requestsPerSecond(edge.url, seconds, writes),
        () => requestsPerSecond(bare.url, seconds, writes),
      );
      return [
        { name: 'reads of a service through Worker and object', value: reads.own, unit: 'per s' },
        {
          name: 'reads, of a bare Worker and object',
          value: reads.percent,
          unit: '%',
          atLeast: readShareMin,
        },
        { name: 'writes of keys', value: written.own, unit: 'per s' },
        { name: 'writes, of a bare upsert', value: written.percent, unit: '%', atLeast: writeShareMin },
        ...(await sizes(edge)),
      ] satisfies Figure[];
    } finally {
      await Promise.all([edge.stop(), bare.stop()]);
    }
  },
};

/** In turns, so that both meet the same weather. */
async function compare(own: () => Promise<number>, bare: () => Promise<number>) {
  const measured: { own: number; bare: number }[] = [];
  for (let round = 0; round < rounds; round += 1) measured.push({ own: await own(), bare: await bare() });
  return {
    own: median(measured.map((one) => one.own)),
    percent: median(measured.map((one) => (100 * one.own) / one.bare)),
  };
}

const manyInstances = 1_000;
const smallCatalogInstances = 100;
const catalogInstances = 100_000;
/** The same, as far as a median of forty can tell. */
const sameCostPercentMax = 110;

/** What the size of a service and of the catalog costs a read that is not yet known: each follows a write to its service. */
async function sizes(edge: Served): Promise<Figure[]> {
  await registerMany(edge, 'ten', 10);
  await registerMany(edge, 'others', smallCatalogInstances);
  const ten = await freshReadMs(edge, 'ten');
  await registerMany(edge, 'many', manyInstances);
  const many = await freshReadMs(edge, 'many');
  await fill(edge, catalogInstances);
  const full = await freshReadMs(edge, 'ten');
  return [
    {
      name: 'an instance in a service of 1,000, of one in a service of 10',
      value: (100 * many * 10) / (ten * manyInstances),
      unit: '%',
      atMost: 100,
    },
    {
      name: 'a lookup among 100,000 instances, of one among 100',
      value: (100 * full) / ten,
      unit: '%',
      atMost: sameCostPercentMax,
    },
  ];
}

/** Milliseconds of a read after a change of what it reads, median of many. */
async function freshReadMs(edge: Served, service: string): Promise<number> {
  const taken: number[] = [];
  for (let i = 0; i < 40; i += 1) {
    await register(edge, service, 0, { version: String(i) });
    const startedAt = performance.now();
    const response = await fetch(`${edge.url}/v1/health/service/${service}?passing`);
    await response.arrayBuffer();
    taken.push(performance.now() - startedAt);
  }
  return median(taken);
}

async function registerMany(edge: Served, service: string, count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) await register(edge, service, i);
}

async function register({ url }: Served, service: string, i: number, Meta: Record<string, string> = {}) {
  const body = JSON.stringify({
    Node: `n${i}`,
    Address: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`,
    Service: { Service: service, ID: `${service}-${i}`, Port: 80, Meta },
    Check: { CheckID: `${service}-${i}`, Name: 'alive', ServiceID: `${service}-${i}`, Status: 'passing' },
  });
  const response = await fetch(`${url}/v1/catalog/register`, { method: 'PUT', body });
  if (!response.ok) throw new Error(await response.text());
  await response.arrayBuffer();
}

/** Instances in transactions of 64, on a thousand nodes. */
async function fill({ url }: Served, count: number): Promise<void> {
  for (let at = 0; at < count; at += 64) {
    const ops = Array.from({ length: Math.min(64, count - at) }, (_, j) => {
      const i = at + j;
      const Service = { Service: `s${i % 10_000}`, ID: `s-${i}`, Port: 80 };
      return { Service: { Verb: 'set', Node: `n${i % 1_000}`, Service } };
    });
    const response = await fetch(`${url}/v1/txn`, { method: 'PUT', body: JSON.stringify(ops) });
    if (!response.ok) throw new Error(await response.text());
    await response.arrayBuffer();
  }
}
