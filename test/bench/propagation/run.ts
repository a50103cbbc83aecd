/** `npm run bench:propagation`: how long a change takes from its host to all others; see the README. */
import { setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { System } from '../../e2e/system.ts';
import { seededRandom } from '../../seeded-random.ts';
import type { Figure } from '../figure.ts';
import { isBroken, table } from '../figure-table.ts';
import { serveEdge } from '../http/workerd.ts';
import { deregister, fail, indexOf, register } from './changes.ts';
import { type Host, startConsuls, startSidecars } from './clusters.ts';
import { movedAtMs } from './moved-copies.ts';
import { Observer } from './observer.ts';

const { values } = parseArgs({
  options: {
    hosts: { type: 'string', default: '100' },
    consuls: { type: 'string', default: '10' },
    trials: { type: 'string', default: '200' },
    format: { type: 'string', default: 'text' },
  },
});
const [hosts, consuls, trials] = [Number(values.hosts), Number(values.consuls), Number(values.trials)];
const sampled = 5;
const firstPriority = -10;
const percentile99MsMax = 50;
/** What one change leaves to do is done before the next. */
const restMs = 150;
/**
 * V8 compiles what has been done often enough, and a hundred processes that hear of the same changes all do it at the same
 * one: where each has its own cores nobody is in another's way. So most of it is done before.
 */
const warmUpTrials = 300;
const warmUpRestMs = 20;
/** What that, and the start of a hundred hosts on two cores, left to do is done first. */
const settleMs = 30_000;

interface Cluster {
  all: Host[];
  observer: Observer;
  /** Whether hosts tell when their copy moved. */
  tells: boolean;
  random: () => number;
}

/** What was seen of one kind of change. */
interface Seen {
  /** From the acknowledgement to the DNS of each host that was asked. */
  dnsMs: number[];
  /** Until the last of the others had it, where they tell. */
  lastMs: number[];
}

/** What asks must not wait for those who are asked; who is not root sees all a little later. */
async function asFirst<Result>(action: () => Promise<Result>): Promise<Result> {
  const mayBe = process.getuid?.() === 0;
  if (mayBe) setPriority(firstPriority);
  try {
    return await action();
  } finally {
    // What is started next is not to be as urgent.
    if (mayBe) setPriority(0);
  }
}

/** A change and its undoing, by one host and seen by others, and what was seen of them. */
async function tryOnce(
  { all, observer, tells, random }: Cluster,
  name: string,
  pauseMs: number,
): Promise<Record<'appears' | 'goes', Seen>> {
  const host = all[Math.floor(random() * all.length)]!;
  const others = all.filter((other) => other !== host);
  const ports = pick(others, random).map(({ dnsPort }) => dnsPort);
  const observe = async (isWanted: boolean, atMs: number): Promise<Seen> => {
    const seenAtMs = await observer.until(`${name}.service.consul`, isWanted, ports);
    const dnsMs = seenAtMs.map((ms) => ms - atMs);
    await sleep(pauseMs);
    if (!tells) return { dnsMs, lastMs: [] };
    const index = await indexOf(host, name);
    const movedMs = await Promise.all(others.map((other) => movedAtMs(other, index)));
    await sleep(pauseMs);
    return { dnsMs, lastMs: [Math.max(...movedMs) - (performance.timeOrigin + atMs)] };
  };
  const appears = await observe(true, await register(host, name));
  const goes = await observe(false, await fail(host, name));
  await deregister(host, name);
  await sleep(pauseMs);
  return { appears, goes };
}

async function warmUp(cluster: Cluster): Promise<void> {
  for (let trial = 0; trial < warmUpTrials; trial += 1) await tryOnce(cluster, `w${trial}`, warmUpRestMs);
  await sleep(settleMs);
}

async function measure(all: Host[], observer: Observer, tells: boolean) {
  const cluster = { all, observer, tells, random: seededRandom(7) };
  // Consul's are compiled before they start.
  if (tells) await warmUp(cluster);
  const seen = { appears: emptySeen(), goes: emptySeen() };
  for (let trial = 0; trial < trials; trial += 1) {
    const { appears, goes } = await tryOnce(cluster, `t${trial}`, restMs);
    add(seen.appears, appears);
    add(seen.goes, goes);
  }
  return seen;
}

function add(to: Seen, { dnsMs, lastMs }: Seen): void {
  to.dnsMs.push(...dnsMs);
  to.lastMs.push(...lastMs);
}

const emptySeen = (): Seen => ({ dnsMs: [], lastMs: [] });

function pick(all: Host[], random: () => number): Host[] {
  const left = [...all];
  return Array.from({ length: Math.min(sampled, left.length) }, () => {
    const [one] = left.splice(Math.floor(random() * left.length), 1);
    return one!;
  });
}

const quantile = (list: number[], share: number): number =>
  list.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(share * list.length) - 1)] ?? Number.NaN;

function figures(what: string, ms: number[], consulMs?: number[]): Figure[] {
  const figure = (name: string, share: number, promise?: Pick<Figure, 'atMost'>): Figure => ({
    name: `${what}: ${name}`,
    value: quantile(ms, share),
    unit: 'ms',
    ...promise,
    ...(consulMs ? { consul: quantile(consulMs, share) } : {}),
  });
  return [
    figure('median', 0.5),
    figure('99th percentile', 0.99, { atMost: percentile99MsMax }),
    figure('longest', 1),
  ];
}

async function measureSidecars(observer: Observer) {
  const system = new System();
  const edge = await serveEdge();
  try {
    const sidecars = await startSidecars(system, edge, hosts);
    return await asFirst(() => measure(sidecars, observer, true));
  } finally {
    await system.stop();
    await edge.stop();
  }
}

async function measureConsuls(observer: Observer) {
  const system = new System();
  try {
    const agents = await startConsuls(system, consuls);
    return agents && (await asFirst(() => measure(agents, observer, false)));
  } finally {
    await system.stop();
  }
}

const observer = new Observer();
const consul = await measureConsuls(observer);
const own = await measureSidecars(observer);
observer.stop();
const all = [
  ...figures('a registration, in the DNS of another host', own.appears.dnsMs, consul?.appears.dnsMs),
  ...figures('the same, at the last of all hosts', own.appears.lastMs),
  ...figures('a failed check, in the DNS of another host', own.goes.dnsMs, consul?.goes.dnsMs),
  ...figures('the same, at the last of all hosts', own.goes.lastMs),
];
process.stdout.write(`${values.format === 'json' ? JSON.stringify(all, null, 2) : table(all)}\n`);
process.exitCode = all.some(isBroken) ? 1 : 0;
