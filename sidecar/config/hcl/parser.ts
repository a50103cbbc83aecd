/**
 * HCL 1 to plain values. A block and `key = { … }` are the same thing, an object; a label is one more level of nesting; a
 * key that stands several times with objects becomes a list of them, with anything else the last one counts.
 */
import { isObject } from '../../../src/shared/is-object.ts';
import { HclError, readTokens, type Token, type TokenKind } from './lexer.ts';

/** How deep objects and lists may be nested: far beyond any config, far below the limit of the stack. */
export const hclDepthMax = 128;

export type HclObject = { [key: string]: unknown };

/** @throws {HclError} "At <line>:<column>: …" */
export function parseHcl(text: string): HclObject {
  const parser = new Parser(readTokens(text));
  const object = parser.members('EOF');
  parser.take('EOF');
  return object;
}

class Parser {
  readonly tokens: Token[];
  at = 0;
  depth = 0;

  constructor(tokens: Token[]) {
    this.tokens = tokens;
  }

  peek = (): Token => this.tokens[this.at]!;

  is = (kind: TokenKind): boolean => this.peek().kind === kind;

  take(kind: TokenKind): Token {
    const token = this.peek();
    if (token.kind !== kind) throw new HclError(token, `expected: ${kind} got: ${token.kind}`);
    this.at++;
    return token;
  }

  skip(kind: TokenKind): void {
    if (this.is(kind)) this.at++;
  }

  members(end: 'EOF' | 'RBRACE'): HclObject {
    const entries = new Map<string, unknown>();
    while (!this.is(end)) {
      const [key, ...labels] = this.keys(end);
      const value = labels.reduceRight<unknown>(
        (inner, label) => fromEntry(label, inner),
        this.memberValue(labels),
      );
      entries.set(key!, withRepeated(entries.get(key!), value));
      this.skip('COMMA');
    }
    return Object.fromEntries(entries);
  }

  keys(end: 'EOF' | 'RBRACE'): string[] {
    const keys: string[] = [];
    while (this.is('IDENT') || this.is('STRING')) keys.push(this.tokens[this.at++]!.text);
    if (keys.length > 0) return keys;
    const token = this.peek();
    if (end === 'RBRACE') throw new HclError(token, `object expected closing RBRACE got: ${token.kind}`);
    throw new HclError(token, 'no object keys found!');
  }

  memberValue(labels: string[]): unknown {
    const token = this.peek();
    if (token.kind === 'LBRACE') return this.object();
    if (labels.length > 0) throw new HclError(token, `nested object expected: LBRACE got: ${token.kind}`);
    if (token.kind !== 'ASSIGN')
      throw new HclError(token, `key expected start of object ('{') or assignment ('=')`);
    this.at++;
    return this.value();
  }

  value(): unknown {
    const token = this.peek();
    if (token.kind === 'LBRACE') return this.object();
    if (token.kind === 'LBRACK') return this.list();
    this.at++;
    if (token.kind === 'STRING') return token.text;
    if (token.kind === 'NUMBER') return readNumber(token);
    if (token.text === 'true') return true;
    if (token.text === 'false') return false;
    const { line, column, kind, text } = token;
    throw new HclError(token, `Unknown token: ${line}:${column} ${kind} ${text}`.trimEnd());
  }

  object(): HclObject {
    this.deeper(this.take('LBRACE'));
    const object = this.members('RBRACE');
    this.take('RBRACE');
    this.depth--;
    return object;
  }

  list(): unknown[] {
    this.deeper(this.take('LBRACK'));
    const list: unknown[] = [];
    for (;;) {
      while (this.is('COMMA')) this.at++;
      if (this.is('RBRACK')) break;
      list.push(this.value());
      if (this.is('RBRACK')) break;
      const { kind } = this.peek();
      if (kind !== 'COMMA')
        throw new HclError(this.peek(), `error parsing list, expected comma or list end, got: ${kind}`);
    }
    this.take('RBRACK');
    this.depth--;
    return list;
  }

  deeper(token: Token): void {
    if (++this.depth > hclDepthMax) throw new HclError(token, `nested deeper than ${hclDepthMax}`);
  }
}

/** A leading 0 makes it octal, as in Go. */
function readNumber(token: Token): number {
  const [, sign, digits = ''] = /^(-?)(.*)$/.exec(token.text)!;
  const isOctal = /^0\d+$/.test(digits);
  const size = Number(isOctal ? `0o${digits.slice(1)}` : digits);
  if (Number.isNaN(size)) throw new HclError(token, `invalid number: ${token.text}`);
  return sign === '-' ? -size : size;
}

const fromEntry = (key: string, value: unknown): HclObject => Object.fromEntries([[key, value]]);

function withRepeated(before: unknown, value: unknown): unknown {
  if (!isObject(value)) return value;
  if (isObject(before)) return [before, value];
  return Array.isArray(before) ? [...before, value] : value;
}
