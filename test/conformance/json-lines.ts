import { readFileSync, writeFileSync } from 'node:fs';

/** One value a line; lines with `#` are comments. */
export const readJsonLines = <Value>(path: string): Value[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => JSON.parse(line));

export const writeJsonLines = (path: string, values: readonly unknown[]): void =>
  writeFileSync(path, values.map((value) => `${JSON.stringify(value)}\n`).join(''));
