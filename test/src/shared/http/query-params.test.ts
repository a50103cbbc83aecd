/** The parameters are those that `URLSearchParams` finds. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseQueryParams } from '../../../../src/shared/http/query-params.ts';

const seed = 20_261_122;
const names = ['a', 'b', 'tag', ''];
const piece = fc.constantFrom(
  'a',
  'b',
  'tag',
  '=',
  '&',
  '?',
  '%20',
  '%C3%BC',
  '%zz',
  '+',
  '1',
  ':',
  '_',
  '-',
);

test('of any query string', () => {
  const property = fc.property(fc.array(piece), (pieces) => {
    const { search } = new URL(`http://127.0.0.1/?${pieces.join('')}`);
    const [own, standard] = [parseQueryParams(search), new URLSearchParams(search)];
    for (const name of names) {
      expect(own.has(name), search).toBe(standard.has(name));
      expect(own.get(name), search).toBe(standard.get(name));
      expect(own.getAll(name), search).toEqual(standard.getAll(name));
    }
  });
  fc.assert(property, { seed, numRuns: 1_000 });
});
