/** `npm run bench:dns`: compares DNS servers in one run, and fails when a promise is broken; see the README. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { askUdp } from '../../dns-client.ts';
import { decodeReply, encodeAsked } from '../../dns-message.ts';
import type { Program } from '../../e2e/program.ts';
import { System } from '../../e2e/system.ts';
import { type Figure, median } from '../figure.ts';
import { isBroken, table } from '../figure-table.ts';
import { residentMB } from '../memory.ts';
import { type Consuls, startConsuls } from './consul.ts';
import { type Latencies, type Load, latenciesAt, questionsPerSecond, type Target } from './dnsperf.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
    services: { type: 'string', default: '10000' },
    format: { type: 'string', default: 'text' },
  },
});
const [seconds, rounds] = [Number(values.seconds), Number(values.rounds)];
const small = { services: 10, instances: 3 };
const large = { services: Number(values.services), instances: 10 };
const namesAsked = Math.min(1_000, large.services);
const changesPerSecond = 1_000;
const calmPerSecond = 5_000;

const promises = { ofBareMin: 75, ofServerMin: 5, ofClientMin: 8, ofSmallMin: 90, ofCalmMin: 70 };

type Name =
  | 'bare'
  | 'rollcall'
  | 'threads'
  | 'large'
  | 'changing'
  | 'changed'
  | 'server'
  | 'client'
  | 'largeServer';

interface Started {
  program: Program;
  port: number;
}

/** A script beside this one, which prints its port. */
async function start(system: System, name: string, script: string, args: string[]): Promise<Started> {
  const program = system.program({
    name,
    command: process.execPath,
    args: [join(import.meta.dirname, script), ...args],
  });
  await program.says(/^\d+$/m, 1, 60_000);
  return { program, port: Number(/^\d+$/m.exec(program.log)![0]) };
}

const flags = (options: Record<string, string | number>) =>
  Object.entries(options).map(([name, value]) => `--${name}=${value}`);

async function startResponders(system: System) {
  const responder = (name: string, options: Record<string, string | number>) =>
    start(system, name, 'rollcall-responder.ts', flags(options));
  return {
    rollcall: await responder('small', small),
    threads: await responder('threads', { ...small, threads: 2 }),
    large: await responder('large', large),
    changing: await responder('changing', { ...large, changes: changesPerSecond, of: 'others' }),
    changed: await responder('changed', { ...large, changes: changesPerSecond, of: 'asked' }),
  };
}

/** What the bare responder sends: an answer of ours. */
async function recordAnswer(port: number, type: string): Promise<string> {
  const reply = await askUdp(port, encodeAsked({ name: 's0.service.consul', type }));
  const { answer } = decodeReply(reply);
  if (answer.length !== 3) throw new Error(`expected three answers, got ${answer.join('; ')}`);
  return Buffer.from(reply).toString('base64');
}

/** Those that have work to do without being asked. They stand still while others are measured. */
type Busy = Map<Name, Program>;

const signal = (program: Program | undefined, name: 'SIGSTOP' | 'SIGCONT') =>
  void (program && process.kill(program.pid, name));

/** In turns, so that all of them meet the same weather. */
async function compare(targets: Map<Name, Target>, busy: Busy, load: Load): Promise<Map<Name, number>> {
  const measured = new Map([...targets.keys()].map((name) => [name, [] as number[]]));
  for (let round = 0; round < rounds; round++)
    for (const [name, target] of targets) {
      signal(busy.get(name), 'SIGCONT');
      measured.get(name)!.push(await questionsPerSecond(target, load));
      signal(busy.get(name), 'SIGSTOP');
    }
  return new Map([...measured].map(([name, list]) => [name, median(list)]));
}

function speeds(type: string, perSecond: Map<Name, number>): Figure[] {
  const of = (name: Name) => perSecond.get(name) ?? Number.NaN;
  const rate = (what: string, name: Name, consul?: Name): Figure => ({
    name: `${type}: ${what}`,
    value: of(name),
    unit: 'per s',
    ...(consul && perSecond.has(consul) ? { consul: of(consul) } : {}),
  });
  const share = (what: string, name: Name, base: Name, atLeast: number): Figure => ({
    name: `${type}: ${what}`,
    value: (100 * of(name)) / of(base),
    unit: '%',
    atLeast,
  });
  const times = (what: string, base: Name, atLeast: number): Figure[] =>
    perSecond.has(base)
      ? [{ name: `${type}: ${what}`, value: of('rollcall') / of(base), unit: 'x', atLeast }]
      : [];
  return [
    rate('a bare socket', 'bare'),
    rate('the sidecar', 'rollcall', 'server'),
    share('the sidecar, of a bare socket', 'rollcall', 'bare', promises.ofBareMin),
    ...times('the sidecar, of a Consul server', 'server', promises.ofServerMin),
    ...times('the sidecar, of a Consul client agent', 'client', promises.ofClientMin),
    rate('with two threads', 'threads', 'server'),
    rate('large catalog', 'large', 'largeServer'),
    share('large catalog, of the small one', 'large', 'rollcall', promises.ofSmallMin),
    rate('large catalog, other services change', 'changing'),
    share('the same, of the small one at rest', 'changing', 'rollcall', promises.ofCalmMin),
    rate('large catalog, the asked service changes', 'changed'),
  ];
}

function latencies(type: string, own: Latencies, consul: Latencies | undefined): Figure[] {
  const figure = (what: string, key: keyof Latencies): Figure => ({
    name: `${type}: ${what} of the time to an answer, at ${calmPerSecond} per s`,
    value: own[key],
    unit: 'ms',
    ...(consul ? { consul: consul[key] } : {}),
  });
  return [figure('median', 'p50Ms'), figure('99th percentile', 'p99Ms')];
}

async function measure(system: System, busy: Busy): Promise<Figure[]> {
  const responders = await startResponders(system);
  busy.set('changing', responders.changing.program).set('changed', responders.changed.program);
  for (const program of busy.values()) signal(program, 'SIGSTOP');
  const consuls = await startConsuls(system, small, large);
  const figures: Figure[] = [];
  for (const type of ['A', 'SRV'] as const) {
    const answer = await recordAnswer(responders.rollcall.port, type);
    const bare = await start(system, `bare-${type}`, 'bare-responder.ts', [answer]);
    const targets = targetsOf({ bare, ...responders }, consuls);
    const load: Load = { dir: system.dir, type, seconds };
    figures.push(...speeds(type, await compare(targets, busy, load)));
    const calm = async (name: Name) => latenciesAt(calmPerSecond, targets.get(name)!, load);
    figures.push(...latencies(type, await calm('rollcall'), consuls && (await calm('server'))));
  }
  const what = `${large.services} services of ${large.instances} instances, asked for ${namesAsked}`;
  figures.push({
    name: `resident memory with ${what}`,
    value: await residentMB(responders.large.program.pid),
    unit: 'MB',
    ...(consuls ? { consul: await residentMB(consuls.large.program.pid) } : {}),
  });
  return figures;
}

function targetsOf(started: Partial<Record<Name, Started>>, consuls: Consuls | undefined): Map<Name, Target> {
  const ports = Object.entries(started).map(([name, { port }]) => [name as Name, port] as const);
  if (consuls) {
    const { server, client, large } = consuls;
    ports.push(['server', server.dnsPort], ['client', client.dnsPort], ['largeServer', large.dnsPort]);
  }
  const many: Name[] = ['large', 'largeServer'];
  return new Map(
    ports.map(([name, port]) => [name, { name, port, names: many.includes(name) ? namesAsked : 1 }]),
  );
}

const system = new System();
const busy: Busy = new Map();
try {
  const figures = await measure(system, busy);
  process.stdout.write(`${values.format === 'json' ? JSON.stringify(figures, null, 2) : table(figures)}\n`);
  process.exitCode = figures.some(isBroken) ? 1 : 0;
} finally {
  for (const program of busy.values()) signal(program, 'SIGCONT');
  await system.stop();
}
