import { expect, test } from 'vitest';
import { RecentlyUsed } from '../../../../src/shared/filter/recently-used.ts';

test('as many values as fit are made once; one more pushes out the one unused for longest', () => {
  const made: string[] = [];
  const kept = new RecentlyUsed<string>(2);
  const ask = (key: string) =>
    kept.get(key, () => {
      made.push(key);
      return key;
    });
  for (const key of ['a', 'b', 'a', 'b', 'a']) ask(key);
  expect(made).toEqual(['a', 'b']);
  for (const key of ['c', 'a', 'b']) ask(key);
  expect(made).toEqual(['a', 'b', 'c', 'b']);
});
