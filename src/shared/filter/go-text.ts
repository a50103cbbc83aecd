/**
 * How Go reads literals and numbers, as far as filters show it. Source: https://pkg.go.dev/strconv.
 */
import { readGoBool } from '../go-bool.ts';

/** The text of a quoted Go string with its quotes, or undefined where Go says "invalid syntax". */
export function unquote(literal: string): string | undefined {
  const body = literal.slice(1, -1);
  if (literal[0] === '`') return body.replaceAll('\r', '');
  if (/[\n"]/.test(body)) return undefined;
  let text = '';
  for (let at = 0; at < body.length; ) {
    const found = escapePattern.exec(body.slice(at, at + 10));
    if (!found) {
      if (body[at] === '\\') return undefined;
      text += body[at++];
      continue;
    }
    const character = characterOf(found[1]!);
    if (character === undefined) return undefined;
    text += character;
    at += found[0].length;
  }
  return text;
}

const escapePattern = /^\\([abfnrtv\\"]|[0-7]{3}|x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8})/;
const simpleEscapes: Record<string, string> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
};

const escapeNames = Object.fromEntries(
  Object.entries(simpleEscapes).map(([name, character]) => [character, name]),
);

function characterOf(code: string): string | undefined {
  const simple = simpleEscapes[code];
  if (simple !== undefined) return simple;
  const octal = /^\d/.test(code);
  const point = octal ? Number.parseInt(code, 8) : Number.parseInt(code.slice(1), 16);
  const surrogate = point >= 0xd800 && point <= 0xdfff;
  if ((octal && point > 0xff) || point > 0x10ffff || surrogate) return undefined;
  return String.fromCodePoint(point);
}

/** As Go's `%q` shows a text: in double quotes, what cannot be printed as an escape. */
export function quote(text: string): string {
  const escaped = text.replace(/[\\"]|[^\P{C}]|[^\P{Z} ]/gu, (character) => {
    const name = escapeNames[character];
    if (name !== undefined) return `\\${name}`;
    const point = character.codePointAt(0)!;
    const [letter, digits] = point < 0x80 ? ['x', 2] : point < 0x10000 ? ['u', 4] : ['U', 8];
    return `\\${letter}${point.toString(16).padStart(Number(digits), '0')}`;
  });
  return `"${escaped}"`;
}

/** Why a text is no number or boolean, in the words of Go's `strconv`. */
export class ConversionFault extends Error {}

const int64Max = 2n ** 63n - 1n;

/**
 * `strconv.ParseInt(text, 0, 64)`: a sign, then decimal, 0x, 0o, 0b or octal with a leading 0; underscores between
 * digits. Exact up to 2^53, beyond it the nearest double.
 *
 * @throws {ConversionFault}
 */
export function parseInt64(text: string): number {
  const [, sign, digits] = /^([+-]?)(.*)$/s.exec(text)!;
  const form = integerForms.find(({ pattern }) => pattern.test(digits!));
  if (!form) throw new ConversionFault(`strconv.ParseInt: parsing ${quote(text)}: invalid syntax`);
  const size = BigInt(form.prefix + digits!.replaceAll('_', '').slice(form.skip));
  if (size > (sign === '-' ? int64Max + 1n : int64Max))
    throw new ConversionFault(`strconv.ParseInt: parsing ${quote(text)}: value out of range`);
  return Number(sign === '-' ? -size : size);
}

const integerForms = [
  { pattern: /^0[xX](_?[\da-fA-F])+$/, prefix: '0x', skip: 2 },
  { pattern: /^0[oO](_?[0-7])+$/, prefix: '0o', skip: 2 },
  { pattern: /^0[bB](_?[01])+$/, prefix: '0b', skip: 2 },
  { pattern: /^0(_?[0-7])+$/, prefix: '0o', skip: 1 },
  { pattern: /^(0|[1-9](_?\d)*)$/, prefix: '', skip: 0 },
];

/** `strconv.ParseBool`. @throws {ConversionFault} */
export function parseBool(text: string): boolean {
  const value = readGoBool(text);
  if (value !== undefined) return value;
  throw new ConversionFault(`strconv.ParseBool: parsing ${quote(text)}: invalid syntax`);
}
