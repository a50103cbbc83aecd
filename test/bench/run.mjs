/**
 * `npm run bench`: measures what the project promises, beside a real Consul agent where one can be had, and fails when a
 * promise is broken. `npm run bench -- memory -format=json` runs the benches that are named and prints JSON.
 */
import { http } from './http.ts';
import { memory } from './memory.ts';
import { start } from './start.ts';
import { waiters } from './waiters.ts';

const benches = [start, memory, http, waiters];

const args = process.argv.slice(2);
const asJson = args.some((arg) => /^--?format=json$/.test(arg));
const names = args.filter((arg) => !arg.startsWith('-'));
const unknown = names.filter((name) => !benches.some((bench) => bench.name === name));
if (unknown.length > 0) {
  console.error(
    `There is no bench ${unknown.join(', ')}. Benches: ${benches.map(({ name }) => name).join(', ')}.`,
  );
  process.exit(1);
}

const figures = [];
for (const bench of benches.filter(({ name }) => names.length === 0 || names.includes(name)))
  figures.push(...(await bench.measure()).map((figure) => ({ bench: bench.name, ...figure })));
console.log(asJson ? JSON.stringify(figures, null, 2) : table(figures));
process.exitCode = figures.some(isBroken) ? 1 : 0;

/** @param {import('./figure.ts').Figure} figure */
function isBroken({ value, atMost = Number.POSITIVE_INFINITY, atLeast = Number.NEGATIVE_INFINITY }) {
  return value > atMost || value < atLeast;
}

/** @param {import('./figure.ts').Figure[]} rows */
function table(rows) {
  const cells = rows.map((figure) => [
    figure.name,
    shown(figure.value, figure.unit),
    promise(figure),
    ratio(figure),
  ]);
  const all = [['', 'measured', 'promised', 'Consul'], ...cells];
  const widths = all[0].map((_, column) => Math.max(...all.map((row) => row[column].length)));
  return all
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] + 2))
        .join('')
        .trimEnd(),
    )
    .join('\n');
}

function shown(value, unit) {
  return `${value.toFixed(unit === 's' ? 2 : 0)} ${unit}`;
}

function promise(figure) {
  const { atMost, atLeast, unit } = figure;
  if (atMost === undefined && atLeast === undefined) return '';
  const bound = atMost === undefined ? `at least ${atLeast}` : `at most ${atMost}`;
  return `${bound} ${unit}: ${isBroken(figure) ? 'BROKEN' : 'kept'}`;
}

function ratio({ value, unit, consul }) {
  return consul === undefined
    ? ''
    : `${shown(consul, unit)} (ours is ${(value / consul).toFixed(1)} times that)`;
}
