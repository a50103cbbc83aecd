import { expect, test } from 'vitest';
import { formatExact, parseExact } from '../../../sidecar/watches/exact-json.ts';

test.each([
  '{"Flags":18446744073709551615,"Value":null}',
  '{"text":"1234567890123456789","n":-9223372036854775808}',
  '[1.1234567890123456789e300]',
  '{"quote":"a \\" 1234567890123456789","slash":"\\\\"}',
])('%s comes through as it is', (text) => {
  const exact = text.includes('.') ? JSON.stringify(JSON.parse(text)) : text;
  expect(formatExact(parseExact(text))).toBe(exact);
});

test('what HTML reads as markup is written as Go writes it', () => {
  expect(formatExact(parseExact('["<a> & b\u2028"]'))).toBe('["\\u003ca\\u003e \\u0026 b\\u2028"]');
});

test('with an indentation', () => {
  expect(formatExact(parseExact('{"Flags":18446744073709551615}'), '    ')).toBe(
    '{\n    "Flags": 18446744073709551615\n}',
  );
});
