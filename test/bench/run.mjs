/**
 * `npm run bench`: measures what the project promises, beside a real Consul agent where one can be had, and fails when a
 * promise is broken. `npm run bench -- memory -format=json` runs the benches that are named and prints JSON.
 */
import { agentHttp } from './agent-http.ts';
import { checks } from './checks.ts';
import { isBroken, table } from './figure-table.ts';
import { footprint } from './footprint.ts';
import { http } from './http.ts';
import { memory } from './memory.ts';
import { start } from './start.ts';
import { sync } from './sync.ts';
import { waiters } from './waiters.ts';

const benches = [start, memory, footprint, checks, http, agentHttp, waiters, sync];

const args = process.argv.slice(2);
const asJson = args.some((arg) => /^--?format=json$/.test(arg));
const names = args.filter((arg) => !arg.startsWith('-'));
const isBench = (name) => benches.some((bench) => bench.name === name);
const unknown = args.filter((arg) => !isBench(arg) && !/^--?format=(json|text)$/.test(arg));
if (unknown.length > 0) {
  console.error(
    `There is no bench ${unknown.join(', ')}. Benches: ${benches.map(({ name }) => name).join(', ')}. Flag: -format=json.`,
  );
  process.exit(1);
}

const figures = [];
for (const bench of benches.filter(({ name }) => names.length === 0 || names.includes(name)))
  figures.push(...(await bench.measure()).map((figure) => ({ bench: bench.name, ...figure })));
console.log(asJson ? JSON.stringify(figures, null, 2) : table(figures));
process.exitCode = figures.some(isBroken) ? 1 : 0;
