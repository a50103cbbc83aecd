/** What Go's FindStringSubmatch gives: the leftmost match and, of those, the one Perl would take. */
import { expect, it } from 'vitest';
import { compileGroups } from '../../../../src/shared/filter/regexp/captures.ts';
import { filterStepsMax } from '../../../../src/shared/limits.ts';

const groups = (regexp: string, text: string) => compileGroups(regexp)(text, { steps: filterStepsMax });

it.each([
  { regexp: 'b', text: 'abc', gives: ['b'] },
  { regexp: 'x', text: 'abc', gives: undefined },
  { regexp: '^u-(.*?)-(.*?)$', text: 'u-a-b', gives: ['u-a-b', 'a', 'b'] },
  { regexp: '^u-(.*?)-(.*)$', text: 'u-a-b-c', gives: ['u-a-b-c', 'a', 'b-c'] },
  { regexp: '^u-(.*)-(.*)$', text: 'u-a-b-c', gives: ['u-a-b-c', 'a-b', 'c'] },
  { regexp: '(?U)^u-(.*)-(.*)$', text: 'u-a-b-c', gives: ['u-a-b-c', 'a', 'b-c'] },
  { regexp: '(a|ab)(c|bcd)?', text: 'abcd', gives: ['abcd', 'a', 'bcd'] },
  { regexp: '(ab|a)(c|bcd)?', text: 'abcd', gives: ['abc', 'ab', 'c'] },
  { regexp: '(a)|(b)', text: 'b', gives: ['b', '', 'b'] },
  { regexp: '(?:a)(?P<name>b)(?<other>c)', text: 'abc', gives: ['abc', 'b', 'c'] },
  { regexp: '(\\w)+', text: 'xyz', gives: ['xyz', 'z'] },
  { regexp: '(.){2}', text: '😀a', gives: ['😀a', 'a'] },
  { regexp: 'a{1,3}?', text: 'aaa', gives: ['a'] },
  { regexp: '((a)(b))c', text: 'abc', gives: ['abc', 'ab', 'a', 'b'] },
  { regexp: '', text: 'abc', gives: [''] },
])('$regexp in $text', ({ regexp, text, gives }) => {
  expect(groups(regexp, text)).toEqual(gives);
});

it('ends when the steps are spent', () => {
  expect(() => compileGroups('(a*)*b')('a'.repeat(100), { steps: 50 })).toThrow('more than');
});
