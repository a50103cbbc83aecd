/** Compares DNS servers in one run; see the README. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { askUdp } from '../../dns-client.ts';
import { decodeReply, encodeAsked } from '../../dns-message.ts';
import { unpacked } from '../../e2e/debian-packages.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '2' },
    services: { type: 'string', default: '10000' },
  },
});
const [seconds, rounds, services] = [Number(values.seconds), Number(values.rounds), Number(values.services)];
const namesAsked = 1000;

interface Target {
  name: string;
  port: number;
  /** How many different names are asked. */
  names: number;
}

const children: ChildProcess[] = [];
const folder = mkdtempSync(join(tmpdir(), 'dns-bench-'));
const run = promisify(execFile);
const print = (line: string) => process.stdout.write(`${line}\n`);

/** Starts a script beside this one and gives the port it prints. */
function start(script: string, ...args: string[]): Promise<number> {
  const child = spawn(process.execPath, [join(import.meta.dirname, script), ...args]);
  children.push(child);
  child.stderr.pipe(process.stderr);
  return new Promise((resolve) => child.stdout.once('data', (line) => resolve(Number(line))));
}

/** Free for TCP, which makes it all but certain that it is for UDP. */
const freePort = () =>
  new Promise<number>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

/** A Consul agent that knows `s0`; undefined where Consul cannot be had. */
async function startConsul(): Promise<number | undefined> {
  const { dir, missing } = await unpacked('consul');
  if (missing) return undefined;
  const names = ['http', 'dns', 'serf-lan', 'serf-wan', 'server'];
  const ports = await Promise.all(names.map(freePort));
  const flags = names.map((name, i) => `-${name}-port=${ports[i]}`);
  children.push(
    spawn(join(dir, 'usr/bin/consul'), ['agent', '-dev', '-log-level=err', '-grpc-port=-1', ...flags]),
  );
  const url = `http://127.0.0.1:${ports[0]}`;
  for (let tries = 0; tries < 100 && (await leader(url)) === '""'; tries++) await pause(100);
  for (const node of [0, 1, 2]) {
    const Service = { ID: 's0', Service: 's0', Address: `10.${node}.0.0`, Port: 8080 };
    const Check = { CheckID: 'check-s0', Name: 'alive', ServiceID: 's0', Status: 'passing' };
    const body = JSON.stringify({ Node: `n${node}`, Address: `10.0.0.${node + 1}`, Service, Check });
    const { ok, status } = await fetch(`${url}/v1/catalog/register`, { method: 'PUT', body });
    if (!ok) throw new Error(`Consul refused a registration: ${status}`);
  }
  return ports[1];
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const leader = (url: string) =>
  fetch(`${url}/v1/status/leader`).then(
    (response) => response.text(),
    () => '""',
  );

/** Questions answered in a second. @throws {Error} when some were lost or wrong: the figure would mean nothing. */
async function measure({ name, port, names }: Target, type: string): Promise<number> {
  const file = join(folder, `${type}-${names}`);
  const questions = Array.from({ length: names }, (_, i) => `s${i}.service.consul ${type}\n`);
  writeFileSync(file, questions.join(''));
  const target = ['-s', '127.0.0.1', '-p', String(port), '-d', file];
  const { stdout } = await run('dnsperf', [...target, '-l', String(seconds), '-c', '4', '-q', '100']);
  const lost = /Queries lost:\s+(\d+)/.exec(stdout)?.[1];
  const perSecond = /Queries per second:\s+([\d.]+)/.exec(stdout)?.[1];
  if (!perSecond || Number(perSecond) === 0 || Number(lost) > 100) throw new Error(`${name}: ${stdout}`);
  return Number(perSecond);
}

const median = (list: number[]) => list.toSorted((a, b) => a - b)[list.length >> 1]!;

async function compare(targets: Target[], type: string): Promise<void> {
  const measured = new Map(targets.map(({ name }) => [name, [] as number[]]));
  for (let round = 0; round < rounds; round++) {
    for (const target of targets) measured.get(target.name)!.push(await measure(target, type));
  }
  const of = (name: string) => median(measured.get(name) ?? [Number.NaN]);
  print(
    `\n${type}`.padEnd(20) + ['per second', 'of bare', 'of consul'].map((head) => head.padStart(12)).join(''),
  );
  for (const { name } of targets) {
    const ratios = [
      `${((100 * of(name)) / of('bare')).toFixed(0)} %`,
      `${(of(name) / of('consul')).toFixed(1)} x`,
    ];
    print(name.padEnd(19) + [of(name).toFixed(0), ...ratios].map((cell) => cell.padStart(12)).join(''));
  }
}

/** What the bare responder sends: an answer of ours. */
async function recordAnswer(port: number, type: string): Promise<string> {
  const reply = await askUdp(port, encodeAsked({ name: 's0.service.consul', type }));
  const { answer } = decodeReply(reply);
  if (answer.length !== 3) throw new Error(`expected three answers, got ${answer.join('; ')}`);
  return Buffer.from(reply).toString('base64');
}

try {
  const small = await start('rollcall-responder.ts', '10', '0', 'others');
  const large = await start('rollcall-responder.ts', String(services), '0', 'others');
  const changing = await start('rollcall-responder.ts', String(services), '1000', 'others');
  const changingService = await start('rollcall-responder.ts', String(services), '1000', 'asked');
  const consul = await startConsul();
  for (const type of ['A', 'SRV']) {
    const bare = await start('bare-responder.ts', await recordAnswer(small, type));
    await compare(
      [
        { name: 'bare', port: bare, names: 1 },
        { name: 'rollcall', port: small, names: 1 },
        { name: 'large catalog', port: large, names: namesAsked },
        { name: 'changing catalog', port: changing, names: 1 },
        { name: 'changing service', port: changingService, names: 1 },
        ...(consul === undefined ? [] : [{ name: 'consul', port: consul, names: 1 }]),
      ],
      type,
    );
  }
} finally {
  for (const child of children) child.kill();
  rmSync(folder, { recursive: true });
}
