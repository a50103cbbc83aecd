/** Whatever is written as HCL is read back as it was; whatever else stands there is refused with its place. Seed: ROLLCALL_SEED. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HclError } from '../../../../sidecar/config/hcl/lexer.ts';
import { type HclObject, parseHcl } from '../../../../sidecar/config/hcl/parser.ts';

const seed = Number(process.env.ROLLCALL_SEED ?? 20_261_122);

/** How the same value may be written: the choices are made by the test. */
interface Hand {
  pick(count: number): number;
}

const word = /^[A-Za-z_][A-Za-z0-9_.-]*$/;
const comments = ['', ' ', '\n', '\t', '# a "{[\n', '// b ]}\n', '/* c\n */', '\r\n'];

function writeKey(key: string, hand: Hand): string {
  return word.test(key) && hand.pick(2) === 0 ? key : writeQuoted(key);
}

const named: Record<string, string> = { '\n': 'n', '\t': 't', '\r': 'r', '"': '"', '\\': '\\' };

/** A dollar before a brace would begin an interpolation, which is kept as it stands. */
const writeQuoted = (text: string): string =>
  `"${text.replace(/[\n\t\r"\\\0]|\$(?=\{)/g, (char) =>
    char in named ? `\\${named[char]}` : `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )}"`;

function writeText(text: string, hand: Hand): string {
  const fitsHeredoc = text.endsWith('\n') && !/[\r\0]/.test(text) && !/^\s*EOT\s*$/m.test(text);
  return fitsHeredoc && hand.pick(2) === 0 ? `<<EOT\n${text}EOT\n` : writeQuoted(text);
}

function writeValue(value: unknown, hand: Hand): string {
  const gap = comments[hand.pick(comments.length)]!;
  if (typeof value === 'string') return writeText(value, hand);
  if (Array.isArray(value)) {
    const items = value.map((item) => `${gap}${writeValue(item, hand)}`).join(',');
    return `[${items}${value.length > 0 && hand.pick(2) === 0 ? ',' : ''}${gap}]`;
  }
  if (typeof value === 'object' && value !== null) return `{\n${writeMembers(value, hand)}}`;
  if (typeof value === 'number' && Number.isSafeInteger(value) && hand.pick(3) === 0)
    return `${value < 0 || Object.is(value, -0) ? '-' : ''}0x${Math.abs(value).toString(16)}`;
  return String(value);
}

const writeMembers = (object: object, hand: Hand): string =>
  Object.entries(object)
    .map(([key, value]) => {
      const gap = comments[hand.pick(comments.length)]!;
      const isBlock =
        typeof value === 'object' && value !== null && !Array.isArray(value) && hand.pick(2) === 0;
      return `${gap}${writeKey(key, hand)} ${gap}${isBlock ? '' : '='} ${writeValue(value, hand)}\n`;
    })
    .join('');

const key = fc.oneof(
  fc.constantFrom('a', 'node_name', 'x-y', 'a.b', '__proto__', 'é', ''),
  fc.string({ maxLength: 5 }),
);
const { object } = fc.letrec<{ value: unknown; object: Record<string, unknown> }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.string({ unit: 'binary' }).map((text) => text.toWellFormed()),
    fc
      .array(fc.string({ maxLength: 6 }), { maxLength: 3 })
      .map((lines) => lines.map((line) => `${line}\n`).join('')),
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.array(tie('value'), { maxLength: 4 }),
    tie('object'),
  ),
  object: fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
}));

/** -0 is 0 for whoever wrote it. */
const plain = (value: HclObject) => JSON.parse(JSON.stringify(value));

function isRefusedWithPlace(text: string): void {
  try {
    parseHcl(text);
  } catch (error) {
    expect(error).toBeInstanceOf(HclError);
    const [, line, column] = /^At (\d+):(\d+): ./.exec((error as Error).message) ?? [];
    const lines = text.split('\n');
    expect(Number(line)).toBeGreaterThan(0);
    expect(Number(line)).toBeLessThanOrEqual(lines.length);
    expect(Number(column)).toBeLessThanOrEqual(lines[Number(line) - 1]!.length + 1);
  }
}

describe(`seed ${seed}`, () => {
  test('what is written in any way is read as it was', () => {
    fc.assert(
      fc.property(object, fc.gen(), (value, gen) => {
        const hand: Hand = { pick: (count) => gen(fc.nat, { max: count - 1 }) };
        expect(plain(parseHcl(writeMembers(value, hand)))).toEqual(plain(value));
      }),
      { seed, numRuns: 1500 },
    );
  });

  test('a text of the signs of HCL is read or refused with its place', () => {
    const sign = fc.constantFrom(
      ...[
        '{',
        '}',
        '[',
        ']',
        '=',
        ',',
        '"',
        '\\',
        '\n',
        '\r\n',
        ' ',
        '<<E\n',
        '<<-E\n',
        'E\n',
        '${',
        '#',
        '//',
        '/*',
        '*/',
      ],
      ...['a', 'true', 'false', '0', '08', '0x', '-', '.', '1e', '1.5', '\\u12', '\0', 'é', '😀', '\ufeff'],
    );
    fc.assert(
      fc.property(fc.array(sign, { maxLength: 40 }), (signs) => isRefusedWithPlace(signs.join(''))),
      { seed, numRuns: 10_000 },
    );
  });

  test('any text is read or refused with its place', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), isRefusedWithPlace), {
      seed,
      numRuns: 2000,
    });
  });

  test('a file that was cut or changed in one place is read or refused with its place', () => {
    const text = writeMembers(
      { ports: { http: 1 }, services: [{ name: 'a', tags: ['b', 'c\n'] }], node_meta: { a: 'b' } },
      { pick: () => 0 },
    );
    for (let at = 0; at < text.length; at++) {
      isRefusedWithPlace(text.slice(0, at));
      for (const sign of ['{', '"', ']', '\n', '<', '\\', '*'])
        isRefusedWithPlace(text.slice(0, at) + sign + text.slice(at + 1));
    }
  });
});
