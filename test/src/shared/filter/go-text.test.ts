import { expect, test } from 'vitest';
import { parseBool, parseInt64, quote, unquote } from '../../../../src/shared/filter/go-text.ts';

test.each([
  ['"a"', 'a'],
  ['``', ''],
  ['`a\\n"`', 'a\\n"'],
  ['`a\rb`', 'ab'],
  [String.raw`"\a\b\f\n\r\t\v\\"`, '\x07\b\f\n\r\t\v\\'],
  [String.raw`"\x41\101\u00e9\U0001F600"`, 'AAé\u{1f600}'],
  [String.raw`"\'"`, undefined],
  [String.raw`"\400"`, undefined],
  [String.raw`"\uD800"`, undefined],
  [String.raw`"\U00110000"`, undefined],
  [String.raw`"\x4"`, undefined],
  ['"a\\"', undefined],
  ['"a\nb"', undefined],
])('unquote %s', (literal, text) => expect(unquote(literal)).toBe(text));

test.each([
  ['a "b" \\', String.raw`"a \"b\" \\"`],
  ['\n\t\x00\x7f', String.raw`"\n\t\x00\x7f"`],
  ['é \u{1f600}', '"é \u{1f600}"'],
  ['\u00a0\u200b\u{e0001}', String.raw`"\u00a0\u200b\U000e0001"`],
])('quote %j', (text, quoted) => expect(quote(text)).toBe(quoted));

test.each([
  ['80', 80],
  ['+80', 80],
  ['-0x10', -16],
  ['0b11', 3],
  ['0o17', 15],
  ['017', 15],
  ['0', 0],
  ['1_000', 1000],
  ['0x_ff', 255],
  ['9223372036854775807', 2 ** 63],
  ['-9223372036854775808', -(2 ** 63)],
])('%s is an integer', (text, value) => expect(parseInt64(text)).toBe(value));

test.each([
  ['', 'invalid syntax'],
  ['-', 'invalid syntax'],
  ['08', 'invalid syntax'],
  ['0x', 'invalid syntax'],
  ['1__0', 'invalid syntax'],
  ['_1', 'invalid syntax'],
  ['1.5', 'invalid syntax'],
  [' 1', 'invalid syntax'],
  ['9223372036854775808', 'value out of range'],
  ['-9223372036854775809', 'value out of range'],
])('%j is no integer', (text, why) =>
  expect(() => parseInt64(text)).toThrow(`strconv.ParseInt: parsing ${quote(text)}: ${why}`),
);

test('booleans are those of Go', () => {
  expect(['1', 't', 'T', 'true', 'TRUE', 'True'].map(parseBool)).not.toContain(false);
  expect(['0', 'f', 'F', 'false', 'FALSE', 'False'].map(parseBool)).not.toContain(true);
  expect(() => parseBool('yes')).toThrow('strconv.ParseBool: parsing "yes": invalid syntax');
});
