import { describe, expect, test } from 'vitest';
import { metadataFault } from '../../../../src/shared/definition/metadata.ts';
import { metaKeyCharsMax, metaPairsMax, metaValueCharsMax } from '../../../../src/shared/limits.ts';

const pairs = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, 'v']));
const key = (chars: number) => 'k'.repeat(chars);
const value = (chars: number) => 'v'.repeat(chars);
const fault = (key: string, value: string, why: string) =>
  `Couldn't load metadata pair ('${key}', '${value}'): ${why}`;

describe('metadata is limited', () => {
  test.each([
    [{}, undefined],
    [{ 'aZ0_-': '', consul: 'any ÿ text' }, undefined],
    [pairs(metaPairsMax), undefined],
    [pairs(metaPairsMax + 1), 'Node metadata cannot contain more than 64 key/value pairs'],
    [{ [key(metaKeyCharsMax)]: 'v' }, undefined],
    [{ [key(metaKeyCharsMax + 1)]: 'v' }, fault(key(129), 'v', 'Key is too long (limit: 128 characters)')],
    [{ a: value(metaValueCharsMax) }, undefined],
    [
      { a: value(metaValueCharsMax + 1) },
      fault('a', value(513), 'Value is too long (limit: 512 characters)'),
    ],
    [{ '': 'v' }, fault('', 'v', 'Key cannot be blank')],
    [{ 'a b': 'x' }, fault('a b', 'x', 'Key contains invalid characters')],
    [{ 'consul-a': 'v' }, fault('consul-a', 'v', "Key prefix 'consul-' is reserved for internal use")],
  ])('%#', (meta, expected) => expect(metadataFault(meta)).toBe(expected));
});
