/** The parts are those that `URL` finds. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseRequestUrl } from '../../../../src/shared/http/request-url.ts';

const seed = 20_261_122;

const host = fc.constantFrom(
  '127.0.0.1',
  'localhost',
  '10.1.22.255',
  '010.0.0.1',
  '256.1',
  'a-b.example.com',
  '[::1]',
  'A.b',
  'x_y',
  '0x7f.1',
);
const port = fc.constantFrom('', ':8300', ':80');
const piece = fc.constantFrom(
  '/',
  '/v1',
  'a',
  'B',
  '.',
  '..',
  '%2e',
  '%2F',
  '%zz',
  ' ',
  '"',
  "'",
  '<',
  '^',
  '|',
  '{',
  '\\',
  'ü',
  '~',
  '@',
  ':',
  '=',
  '&',
  '?',
  '+',
  '%20',
  '*',
  '`',
  '\u0000',
);

const partsOf = ({ hostname, pathname, search }: Pick<URL, 'hostname' | 'pathname' | 'search'>) => ({
  hostname,
  pathname,
  search,
});

function standard(text: string) {
  try {
    return partsOf(new URL(text));
  } catch {
    return undefined;
  }
}

test('of any URL', () => {
  const property = fc.property(host, port, fc.array(piece), (name, number, pieces) => {
    const text = `http://${name}${number}/${pieces.join('')}`;
    const expected = standard(text);
    if (expected) expect(partsOf(parseRequestUrl(text)), text).toEqual(expected);
    else expect(() => parseRequestUrl(text), text).toThrow();
  });
  fc.assert(property, { seed, numRuns: 3_000 });
});
