import { describe, expect, test } from 'vitest';
import { formatDuration, parseDuration } from '../../../src/shared/duration.ts';

const readable: [text: string, ms: number][] = [
  ['0', 0],
  ['10s', 10_000],
  ['300ms', 300],
  ['1.5h', 5_400_000],
  ['2h45m', 9_900_000],
  ['-1s', -1000],
  ['+5m', 300_000],
  ['.5s', 500],
  ['1us', 0.001],
  ['87600h', 315_360_000_000],
];

test.each(readable)('%s is %d ms', (text, ms) => {
  expect(parseDuration(text)).toBeCloseTo(ms, 9);
});

const refused: [text: string, message: string][] = [
  ['', 'time: invalid duration ""'],
  ['abc', 'time: invalid duration "abc"'],
  ['2562048h', 'time: invalid duration "2562048h"'],
  ['-9999999h', 'time: invalid duration "-9999999h"'],
  ['10', 'time: missing unit in duration "10"'],
  ['3d', 'time: unknown unit "d" in duration "3d"'],
  ['1h5', 'time: missing unit in duration "1h5"'],
  ['-', 'time: invalid duration "-"'],
];

test.each(refused)('%j is refused in the words of Go', (text, message) => {
  expect(() => parseDuration(text)).toThrow(message);
});

describe('a duration is printed as Go prints it', () => {
  test.each([
    [0, '0s'],
    [90_000, '1m30s'],
    [1500, '1.5s'],
    [300, '300ms'],
    [3_600_000, '1h0m0s'],
    [-1000, '-1s'],
    [0.00001, '10ns'],
  ])('%d ms is %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});
