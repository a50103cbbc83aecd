import fc from 'fast-check';
import { test } from 'vitest';
import { isApiError } from '../../../../src/shared/api-error.ts';
import { compileFilter } from '../../../../src/shared/filter/compile.ts';
import { catalogServiceFields, nodeFields } from '../../../../src/shared/filter/field-tables.ts';

const seed = 20_260_101;

/** True when the filter ran over the row or was refused as a filter is. */
function runsOrIsRefused(filter: string, row: object): boolean {
  try {
    return typeof compileFilter(catalogServiceFields, filter)(row) === 'boolean';
  } catch (error) {
    return isApiError(error) && error.status === 400;
  }
}

const row = fc.record(
  {
    ServiceID: fc.string(),
    ServicePort: fc.integer(),
    ServiceTags: fc.array(fc.string()),
    ServiceMeta: fc.option(fc.dictionary(fc.string(), fc.string())),
    ServiceProxy: fc.record({ Upstreams: fc.array(fc.record({ LocalBindPort: fc.integer() })) }),
  },
  { requiredKeys: [] },
);

const pieces =
  'ServiceID ServicePort ServiceTags ServiceMeta.a ServiceMeta["b"] ServiceProxy.Upstreams.LocalBindPort Bogus'
    .concat(' ( ) and or not == != in contains matches is empty "x" `y` z 80 -1 " [ ] . \\ é')
    .split(' ');
const tokens = fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((chosen) => chosen.join(' '));

const patternPieces =
  String.raw`a b ( ) [ ] * + ? {2} {1,} | ^ $ . \d \W \b \pL [a-c] [^x] (?i) (?: (?P<n> \Q \E \x41 - é`.split(
    ' ',
  );
const patterns = fc
  .array(fc.constantFrom(...patternPieces), { maxLength: 8 })
  .map((chosen) => `ServiceID matches \`${chosen.join('')}\``);

test.each([
  ['any text', fc.string({ unit: 'binary', maxLength: 40 })],
  ['any sequence of tokens', tokens],
  ['any sequence of pieces of regular expressions', patterns],
])('%s runs over any row or is refused as a filter', (_, filters) => {
  fc.assert(fc.property(filters, row, runsOrIsRefused), { seed, numRuns: 3000 });
});

const simple = fc
  .tuple(fc.constantFrom('==', '!='), fc.constantFrom('a', 'b', 'c'))
  .map(([operator, value]) => ({
    text: `Node ${operator} ${value}`,
    holds: (name: string) => (name === value) === (operator === '=='),
  }));

type Formula = { text: string; holds: (name: string) => boolean };
const { formula } = fc.letrec<{ formula: Formula }>((tie) => ({
  formula: fc.oneof(
    { depthSize: 'small' },
    simple,
    tie('formula').map((inner) => ({
      text: `not (${inner.text})`,
      holds: (name: string) => !inner.holds(name),
    })),
    fc.tuple(tie('formula'), tie('formula')).map(([one, other]) => ({
      text: `(${one.text}) and (${other.text})`,
      holds: (name: string) => one.holds(name) && other.holds(name),
    })),
    fc.tuple(tie('formula'), tie('formula')).map(([one, other]) => ({
      text: `(${one.text}) or (${other.text})`,
      holds: (name: string) => one.holds(name) || other.holds(name),
    })),
  ),
}));

test('not, and, or mean what they say, however they are nested', () => {
  fc.assert(
    fc.property(
      formula,
      fc.constantFrom('a', 'b', 'c', 'd'),
      (expression, Node) => compileFilter(nodeFields, expression.text)({ Node }) === expression.holds(Node),
    ),
    { seed, numRuns: 1000 },
  );
});

/** Words without brackets: `not` binds before `and`, `and` before `or`. */
test('a chain of and and or is read as or of ands', () => {
  const links = fc.array(fc.tuple(fc.constantFrom('and', 'or'), simple), { maxLength: 6 });
  fc.assert(
    fc.property(simple, links, fc.constantFrom('a', 'b', 'c'), (first, rest, Node) => {
      const text = [first.text, ...rest.map(([word, { text }]) => `${word} ${text}`)].join(' ');
      const groups = [[first.holds(Node)]];
      for (const [word, { holds }] of rest) {
        if (word === 'or') groups.push([]);
        groups.at(-1)!.push(holds(Node));
      }
      return compileFilter(nodeFields, text)({ Node }) === groups.some((group) => group.every(Boolean));
    }),
    { seed, numRuns: 1000 },
  );
});
