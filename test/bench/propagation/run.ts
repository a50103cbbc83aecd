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
/** A host does not start with a hundred others on its two cores; what that left to do is done first. */
const settleMs = 30_000;

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

async function measure(
  all: Host[],
  observer: Observer,
  tells: boolean,
): Promise<Record<'appears' | 'goes', Seen>> {
  const random = seededRandom(7);
  const seen = { appears: emptySeen(), goes: emptySeen() };
  for (let trial = 0; trial < trials; trial += 1) {
    const name = `t${trial}`;
    const host = all[Math.floor(random() * all.length)]!;
    const others = all.filter((other) => other !== host);
    const watching = pick(others, random);
    const observe = async ({ dnsMs, lastMs }: Seen, isWanted: boolean, atMs: number) => {
      const ports = watching.map(({ dnsPort }) => dnsPort);
      for (const seenAtMs of await observer.until(`${name}.service.consul`, isWanted, ports))
        dnsMs.push(seenAtMs - atMs);
      await sleep(restMs);
      if (!tells) return;
      const index = await indexOf(host, name);
      const movedMs = await Promise.all(others.map((other) => movedAtMs(other, index)));
      lastMs.push(Math.max(...movedMs) - (performance.timeOrigin + atMs));
      await sleep(restMs);
    };
    await observe(seen.appears, true, await register(host, name));
    await observe(seen.goes, false, await fail(host, name));
    await deregister(host, name);
    await sleep(restMs);
  }
  return seen;
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
    await sleep(settleMs);
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
