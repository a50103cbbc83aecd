import { describe, expect, test } from 'vitest';
import { decodeJsonBody } from '../../../../src/shared/definition/json-body.ts';
import { jsonDepthMax, registrationBytesMax } from '../../../../src/shared/limits.ts';
import { answer } from './answer.ts';

const body = (text: string) => answer((value) => value, text);

/** Every text was measured on Consul 1.8.7. */
const faults: [text: string, why: string][] = [
  ['', 'EOF'],
  ['   ', 'EOF'],
  ['{', 'unexpected EOF'],
  ['{"a"', 'unexpected EOF'],
  ['{"a":', 'unexpected EOF'],
  ['{"a":1', 'unexpected EOF'],
  ['{"a":1,', 'unexpected EOF'],
  ['[1', 'unexpected EOF'],
  ['tru', 'unexpected EOF'],
  ['-', 'unexpected EOF'],
  ['1.', 'unexpected EOF'],
  ['1e', 'unexpected EOF'],
  ['1e+', 'unexpected EOF'],
  ['"abc', 'unexpected EOF'],
  ['"a\\u12', 'unexpected EOF'],
  ['{a', "invalid character 'a' looking for beginning of object key string"],
  ['{"a"x', "invalid character 'x' after object key"],
  ['{"a" "b"}', `invalid character '"' after object key`],
  ['{"a":}', "invalid character '}' looking for beginning of value"],
  ['{"a":1x', "invalid character 'x' after object key:value pair"],
  ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
  ['[1 2', "invalid character '2' after array element"],
  ['[1,]', "invalid character ']' looking for beginning of value"],
  ['trux', "invalid character 'x' in literal true (expecting 'e')"],
  ['nulx', "invalid character 'x' in literal null (expecting 'l')"],
  ['falsx', "invalid character 'x' in literal false (expecting 'e')"],
  ['-x', "invalid character 'x' in numeric literal"],
  ['1.x', "invalid character 'x' after decimal point in numeric literal"],
  ['1e+x', "invalid character 'x' in exponent of numeric literal"],
  ['"a\\x', "invalid character 'x' in string escape code"],
  ['"a\\u12x', "invalid character 'x' in \\u hexadecimal character escape"],
  ['"a\tb"', "invalid character '\\t' in string literal"],
  ['"a\nb"', "invalid character '\\n' in string literal"],
  ['é', "invalid character 'Ã' looking for beginning of value"],
  ["'a'", "invalid character '\\'' looking for beginning of value"],
  ['\\', "invalid character '\\\\' looking for beginning of value"],
  ['\u0001', "invalid character '\\x01' looking for beginning of value"],
  ['+1', "invalid character '+' looking for beginning of value"],
  ['.5', "invalid character '.' looking for beginning of value"],
];

describe('a body that is no JSON is refused in the words of Go', () => {
  test.each(faults)('%j: %s', (text, why) => expect(body(text)).toBe(`400 Request decode failed: ${why}`));
});

describe('the first JSON value of a body counts', () => {
  test.each([
    [' {"a":[1,-0.5e-2,true,false,null,"\\u00e9\\n"]} ', { a: [1, -0.005, true, false, null, 'é\n'] }],
    ['{"Name":"x"} trailing', { Name: 'x' }],
    ['{"a":1}}', { a: 1 }],
    ['1 2', 1],
    ['01', 0],
    ['[]', []],
  ])('%s', (text, value) => expect(decodeJsonBody(text)).toEqual(value));
});

describe('a body is limited', () => {
  const ofBytes = (bytes: number) => `"${'x'.repeat(bytes - 2)}"`;
  const ofDepth = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

  test('in bytes: the largest passes', () =>
    expect(body(ofBytes(registrationBytesMax))).toHaveLength(registrationBytesMax - 2));
  test('in bytes: one more is refused', () =>
    expect(body(ofBytes(registrationBytesMax + 1))).toBe(
      '413 Request body(524289 bytes) too large, max size: 524288 bytes.',
    ));
  test('in bytes, not in characters', () =>
    expect(body(`"${'€'.repeat(174_763)}"`)).toMatch(/^413 Request body\(524291 bytes\)/));
  test('in depth: the deepest passes', () => expect(body(ofDepth(jsonDepthMax))).toBeInstanceOf(Array));
  test('in depth: one more is refused', () =>
    expect(body(ofDepth(jsonDepthMax + 1))).toBe(
      "400 Request decode failed: invalid character '[' exceeded max depth of 128",
    ));
});
