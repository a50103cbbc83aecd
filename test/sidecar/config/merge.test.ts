/** Of every key there is: what two files that both have it say together. */
import { describe, expect, test } from 'vitest';
import { parseConfigFile } from '../../../sidecar/config/config-file.ts';
import { mergeConfigs } from '../../../sidecar/config/merge.ts';
import { configShape } from '../../../sidecar/config/schema.ts';
import { type Kind, readShape } from '../../../src/shared/definition/shape.ts';

type Values = [first: unknown, second: unknown, together: unknown];

/** Two values that are right for a kind, and what they are together: the last one, but for maps and lists. */
function valuesOf(kind: Kind<unknown>): Values {
  if ('fields' in kind) return [{}, {}, {}];
  if (kind.items) {
    const [a, b] = valuesOf(kind.items);
    return [[a], [b], [a, b]];
  }
  if (kind.values) {
    const [a, b] = valuesOf(kind.values);
    return [
      { x: a, y: a },
      { x: b, z: b },
      { x: b, y: a, z: b },
    ];
  }
  const right = [
    ['1s', '2s'],
    ['a', 'b'],
    [1, 2],
    [true, false],
    [{ a: 1 }, { b: 1 }],
  ].find(([value]) => readShape(kind, value, 'json').issues.length === 0);
  const [a, b] = right!;
  return [a, b, typeof a === 'object' ? { ...a, ...(b as object) } : b];
}

function keysOf(kind: Kind<unknown>, path: string[] = []): [path: string[], kind: Kind<unknown>][] {
  if (!('fields' in kind)) return [[path, kind]];
  const fields = Object.entries(kind.fields as Record<string, Kind<unknown>>);
  return fields.flatMap(([key, field]) => keysOf(field, [...path, key]));
}

const at = (path: string[], value: unknown) =>
  path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as object;
const parse = (value: object) => parseConfigFile('x.json', JSON.stringify(value), 'json', () => undefined);

/** One service or check of a file joins the list of all: see config-file.test.ts. */
const keys = keysOf(configShape).filter(([[first]]) => first !== 'service' && first !== 'check');

describe('two files', () => {
  test.each(keys.map(([path, kind]) => [path.join('.'), path, kind] as const))('%s', (_, path, kind) => {
    const [first, second, together] = valuesOf(kind);
    const merged = mergeConfigs([parse(at(path, first)), parse(at(path, second))]);
    expect(merged).toEqual(parse(at(path, together)));
  });
});
