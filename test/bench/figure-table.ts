/** Figures as text: what was measured, whether it is what was promised, and what Consul does. */
import type { Figure } from './figure.ts';

export const isBroken = ({ value, atMost = Infinity, atLeast = -Infinity }: Figure): boolean =>
  !(value <= atMost && value >= atLeast);

export function table(figures: Figure[]): string {
  const cells = figures.map((figure) => [
    figure.name,
    shown(figure.value, figure.unit),
    promise(figure),
    ratio(figure),
  ]);
  const all = [['', 'measured', 'promised', 'Consul'], ...cells];
  const widths = all[0]!.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  return all
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]! + 2))
        .join('')
        .trimEnd(),
    )
    .join('\n');
}

/** Of units whose figures are small. */
const decimals: Partial<Record<Figure['unit'], number>> = { s: 2, ms: 2, x: 1 };

const shown = (value: number, unit: Figure['unit']) => {
  const places = unit === '%' && value < 10 ? 2 : (decimals[unit] ?? 0);
  return `${value.toFixed(places)} ${unit}`;
};

function promise(figure: Figure): string {
  const { atMost, atLeast, unit } = figure;
  if (atMost === undefined && atLeast === undefined) return '';
  const bound = atMost === undefined ? `at least ${atLeast}` : `at most ${atMost}`;
  return `${bound} ${unit}: ${isBroken(figure) ? 'BROKEN' : 'kept'}`;
}

const ratio = ({ value, unit, consul }: Figure): string =>
  consul === undefined ? '' : `${shown(consul, unit)} (ours is ${(value / consul).toFixed(1)} times that)`;
