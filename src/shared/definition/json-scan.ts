/**
 * Finds the end of the first JSON value in a text and says what is wrong with it in the words of Go's `encoding/json`,
 * because clients and tests of Consul compare those texts. It accepts what `JSON.parse` accepts, and, like Go's decoder,
 * does not look at what follows the value.
 *
 * Source: https://pkg.go.dev/encoding/json#Decoder.Decode.
 */

/** The text is no JSON. `message` is Go's: "EOF", "unexpected EOF", "invalid character 'x' …". */
export class JsonSyntaxError extends Error {
  /** Where in the text, as an index of UTF-16 units. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** The index after the first value. @throws {JsonSyntaxError} also when arrays and objects nest deeper than `depthMax`. */
export function scanJson(text: string, depthMax: number): number {
  const scan = new Scan(text, depthMax);
  scan.skipSpace();
  if (scan.done()) throw new JsonSyntaxError('EOF', text.length);
  scan.value();
  return scan.at;
}

const literals: Record<string, string> = { t: 'true', f: 'false', n: 'null' };
const digit = /[0-9]/;

class Scan {
  readonly text: string;
  readonly depthMax: number;
  at = 0;
  depth = 0;

  constructor(text: string, depthMax: number) {
    this.text = text;
    this.depthMax = depthMax;
  }

  done = () => this.at >= this.text.length;

  skipSpace(): void {
    while (' \t\r\n'.includes(this.text[this.at] ?? 'x')) this.at++;
  }

  /** The character here. At the end of the text the value is incomplete. */
  peek(): string {
    const char = this.text[this.at];
    if (char === undefined) throw new JsonSyntaxError('unexpected EOF', this.at);
    return char;
  }

  fail(where: string): never {
    throw new JsonSyntaxError(`invalid character ${quoteChar(this.peek())} ${where}`, this.at);
  }

  value(): void {
    this.skipSpace();
    const char = this.peek();
    if (char === '{') this.nested('}', () => this.members());
    else if (char === '[') this.nested(']', () => this.elements());
    else if (char === '"') this.string();
    else if (char === '-' || digit.test(char)) this.number();
    else if (char in literals) this.literal(literals[char]!);
    else this.fail('looking for beginning of value');
  }

  nested(close: string, contents: () => void): void {
    if (++this.depth > this.depthMax) this.fail(`exceeded max depth of ${this.depthMax}`);
    this.at++;
    this.skipSpace();
    if (this.peek() === close) this.at++;
    else contents();
    this.depth--;
  }

  members(): void {
    do {
      this.skipSpace();
      if (this.peek() !== '"') this.fail('looking for beginning of object key string');
      this.string();
      this.skipSpace();
      if (this.peek() !== ':') this.fail('after object key');
      this.at++;
      this.value();
    } while (this.comma('}', 'after object key:value pair'));
  }

  elements(): void {
    do this.value();
    while (this.comma(']', 'after array element'));
  }

  /** Steps over a comma (true) or the closing bracket (false). */
  comma(close: string, where: string): boolean {
    this.skipSpace();
    const char = this.peek();
    if (char !== ',' && char !== close) this.fail(where);
    this.at++;
    return char === ',';
  }

  string(): void {
    this.at++;
    for (;;) {
      const char = this.peek();
      if (char < ' ') this.fail('in string literal');
      this.at++;
      if (char === '"') return;
      if (char === '\\') this.escape();
    }
  }

  escape(): void {
    const char = this.peek();
    if (!'"\\/bfnrtu'.includes(char)) this.fail('in string escape code');
    this.at++;
    if (char !== 'u') return;
    for (let i = 0; i < 4; i++, this.at++) {
      if (!/[0-9a-fA-F]/.test(this.peek())) this.fail('in \\u hexadecimal character escape');
    }
  }

  number(): void {
    if (this.peek() === '-') this.at++;
    if (this.peek() === '0') this.at++;
    else this.digits('in numeric literal');
    if (this.text[this.at] === '.') {
      this.at++;
      this.digits('after decimal point in numeric literal');
    }
    if (this.text[this.at]?.toLowerCase() === 'e') {
      this.at++;
      if ('+-'.includes(this.peek())) this.at++;
      this.digits('in exponent of numeric literal');
    }
  }

  digits(where: string): void {
    if (!digit.test(this.peek())) this.fail(where);
    while (digit.test(this.text[this.at] ?? '')) this.at++;
  }

  literal(word: string): void {
    for (const expected of word) {
      if (this.peek() !== expected) this.fail(`in literal ${word} (expecting '${expected}')`);
      this.at++;
    }
  }
}

const escapes: Record<string, string> = { "'": "\\'", '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** Go reads bytes: of a character beyond ASCII it names the first byte of its UTF-8 form. */
function quoteChar(char: string): string {
  const code = firstByte(char.charCodeAt(0));
  const escaped = escapes[char];
  if (escaped) return `'${escaped}'`;
  if (code < 0x20 || (code >= 0x7f && code < 0xa1)) return `'\\${hex(code)}'`;
  return `'${String.fromCharCode(code)}'`;
}

const hex = (code: number) => (code < 0x80 ? 'x' : 'u00') + code.toString(16).padStart(2, '0');

function firstByte(unit: number): number {
  if (unit < 0x80) return unit;
  if (unit < 0x800) return 0xc0 | (unit >> 6);
  const isSurrogate = unit >= 0xd800 && unit < 0xe000;
  return isSurrogate ? 0xf0 : 0xe0 | (unit >> 12);
}
