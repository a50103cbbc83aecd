import { expect, test } from 'vitest';
import { canonicalText, isSameEntity } from '../../../src/shared/canonical.ts';

test.each<[string, object, object, boolean]>([
  ['its keys are in another order', { ID: 'web', Port: 80 }, { Port: 80, ID: 'web' }, true],
  [
    'keys within it are in another order',
    { Weights: { Passing: 1, Warning: 2 } },
    { Weights: { Warning: 2, Passing: 1 } },
    true,
  ],
  ['its indexes differ', { ID: 'web', CreateIndex: 1, ModifyIndex: 2 }, { ID: 'web' }, true],
  ['a field differs', { ID: 'web', Port: 80 }, { ID: 'web', Port: 81 }, false],
  ['a field is missing', { ID: 'web', Port: 80 }, { ID: 'web' }, false],
  ['a field is new', { ID: 'web' }, { ID: 'web', Port: 80 }, false],
  ['a field is undefined', { ID: 'web', Kind: undefined }, { ID: 'web' }, true],
  ['a field that was undefined is there', { Kind: undefined }, { Kind: 'x' }, false],
  [
    'a field deep within differs',
    { Proxy: { Config: { a: [1, { b: 2 }] } } },
    { Proxy: { Config: { a: [1, { b: 3 }] } } },
    false,
  ],
  [
    'lists within are the same',
    { Proxy: { Config: { a: [1, { b: 2 }] } } },
    { Proxy: { Config: { a: [1, { b: 2 }] } } },
    true,
  ],
  ['a list is longer', { Tags: ['a'] }, { Tags: ['a', 'b'] }, false],
  ['a list is shorter', { Tags: ['a', 'b'] }, { Tags: ['a'] }, false],
  ['a list is a map', { Meta: [] }, { Meta: {} }, false],
  ['a number is text', { Port: 80 }, { Port: '80' }, false],
  ['a list is in another order', { Tags: ['a', 'b'] }, { Tags: ['b', 'a'] }, false],
  ['a map is null', { Meta: null }, { Meta: {} }, false],
])('two entities are the same or not when %s', (_why, a, b, same) => {
  expect(isSameEntity(a, b)).toBe(same);
});

test('the text of an entity has its maps in order, itself as it is, and no indexes', () => {
  const service = { Service: 'web', Meta: { b: '2', a: '1' }, ID: 'web', CreateIndex: 1, ModifyIndex: 2 };
  expect(canonicalText(service)).toBe('{"Service":"web","Meta":{"a":"1","b":"2"},"ID":"web"}');
});
