/** `dnsperf`, the Debian package of that name: eight clients with a hundred questions under way between them. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../e2e/clients.ts';

export interface Target {
  name: string;
  port: number;
  /** How many different names are asked: `s0.service.consul` and so on. */
  names: number;
}

export interface Load {
  /** Where files may be written. */
  dir: string;
  type: 'A' | 'SRV';
  seconds: number;
}

const load = ['-c', '8', '-q', '100'];
/** A burst may overrun the buffer of a socket; more than this is a fault. */
const lostMax = 100;

/** As many as it can answer. @throws when some were lost or wrong: the figure would mean nothing. */
export async function questionsPerSecond(target: Target, { dir, type, seconds }: Load): Promise<number> {
  const stdout = await dnsperf(target, dir, type, ['-l', String(seconds)]);
  const lost = Number(/Queries lost:\s+(\d+)/.exec(stdout)?.[1]);
  const codes = /Response codes:\s+(.*)/.exec(stdout)?.[1] ?? '';
  const perSecond = Number(/Queries per second:\s+([\d.]+)/.exec(stdout)?.[1]);
  if (!(perSecond > 0) || !(lost <= lostMax) || !/^NOERROR \d+ \(100\.00%\)$/.test(codes))
    throw new Error(`${target.name}: ${stdout}`);
  return perSecond;
}

export interface Latencies {
  p50Ms: number;
  p99Ms: number;
}

/** How long answers take when this many are asked for in a second, well below what any target can answer. */
export async function latenciesAt(
  perSecond: number,
  target: Target,
  { dir, type, seconds }: Load,
): Promise<Latencies> {
  const flags = ['-l', String(seconds), '-Q', String(perSecond), '-v'];
  const lines = (await dnsperf(target, dir, type, flags)).matchAll(/^> NOERROR \S+ \S+ ([\d.]+)$/gm);
  const sortedS = Array.from(lines, ([, seconds]) => Number(seconds)).sort((a, b) => a - b);
  if (sortedS.length === 0) throw new Error(`${target.name}: no answers`);
  const at = (share: number) => sortedS[Math.floor(share * (sortedS.length - 1))]! * 1_000;
  return { p50Ms: at(0.5), p99Ms: at(0.99) };
}

async function dnsperf({ port, names }: Target, dir: string, type: string, flags: string[]): Promise<string> {
  const file = join(dir, `${type}-${names}`);
  writeFileSync(file, Array.from({ length: names }, (_, i) => `s${i}.service.consul ${type}\n`).join(''));
  const { code, stdout, stderr } = await run('dnsperf', [
    ...['-s', '127.0.0.1', '-p', String(port), '-d', file],
    ...load,
    ...flags,
  ]);
  if (code !== 0) throw new Error(`dnsperf: ${stderr}`);
  return stdout;
}
