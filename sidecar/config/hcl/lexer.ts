/**
 * The tokens of HCL 1, the dialect of Consul's `.hcl` files: identifiers, strings, numbers, heredocs, punctuation.
 * Comments and white space separate tokens and are dropped.
 *
 * Source: https://github.com/hashicorp/hcl/tree/hcl1.
 */

/** A fault in an HCL text. The message opens with its line and column: "At 4:10: …". */
export class HclError extends Error {
  constructor(position: Position, why: string) {
    super(`At ${position.line}:${position.column}: ${why}`);
  }
}

/** Both count from 1. */
export interface Position {
  line: number;
  column: number;
}

export type TokenKind =
  | 'IDENT'
  | 'STRING'
  | 'NUMBER'
  | 'ASSIGN'
  | 'COMMA'
  | 'LBRACE'
  | 'RBRACE'
  | 'LBRACK'
  | 'RBRACK'
  | 'EOF';

export interface Token extends Position {
  kind: TokenKind;
  /** As it is written; for strings and heredocs, what they mean. */
  text: string;
}

const punctuation: Record<string, TokenKind> = {
  '=': 'ASSIGN',
  ',': 'COMMA',
  '{': 'LBRACE',
  '}': 'RBRACE',
  '[': 'LBRACK',
  ']': 'RBRACK',
};
const simpleEscapes = new Map([
  ['a', '\x07'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
  ['"', '"'],
  ['\\', '\\'],
]);
const blank = /(?:\s|#.*|\/\/.*|\/\*[\s\S]*?\*\/)*/y;
const identifier = /[\p{L}_][\p{L}\p{N}_.-]*/uy;
const number = /-?(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)/y;
const heredoc = /<<(-?)([\p{L}\p{N}_]+)\r?\n/uy;

/** All tokens of a text, the last of which is EOF. @throws {HclError} */
export function readTokens(text: string): Token[] {
  const lexer = new Lexer(text);
  const tokens: Token[] = [];
  do tokens.push(lexer.next());
  while (tokens.at(-1)!.kind !== 'EOF');
  return tokens;
}

class Lexer {
  readonly text: string;
  at = 0;
  line = 1;
  lineStart = 0;

  constructor(text: string) {
    this.text = text;
  }

  next(): Token {
    this.match(blank);
    const start = this.position(this.at);
    const token = (kind: TokenKind, text: string): Token => ({ kind, text, ...start });
    const char = this.text[this.at];
    if (char === undefined) return token('EOF', '');
    if (char in punctuation) {
      this.at++;
      return token(punctuation[char]!, char);
    }
    if (char === '"') return token('STRING', this.string(start));
    if (this.text.startsWith('/*', this.at)) throw new HclError(start, 'comment not terminated');
    if (this.text.startsWith('<<', this.at)) return token('STRING', this.heredoc(start));
    const digits = this.match(number);
    if (digits) return token('NUMBER', digits[0]);
    const word = this.match(identifier);
    if (word) return token('IDENT', word[0]);
    throw new HclError(start, 'illegal char');
  }

  match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.text);
    if (match) this.at += match[0].length;
    return match;
  }

  /** Offsets are asked for in rising order, so each line is counted once. */
  position(offset: number): Position {
    for (let end = this.lineEnd(); end !== -1 && end < offset; end = this.lineEnd()) {
      this.line++;
      this.lineStart = end + 1;
    }
    return { line: this.line, column: offset - this.lineStart + 1 };
  }

  lineEnd = () => this.text.indexOf('\n', this.lineStart);

  /** `${…}` is kept as it stands, also with quotes and line ends in it: Consul does not interpolate. */
  string(start: Position): string {
    let meaning = '';
    let braces = 0;
    for (this.at++; ; this.at++) {
      const char = this.text[this.at];
      if (char === undefined || char === '\0' || (char === '\n' && braces === 0)) {
        throw new HclError(start, 'literal not terminated');
      }
      if (char === '"' && braces === 0) break;
      if (this.text.startsWith('${', this.at)) braces++;
      else if (char === '{' && braces > 0 && this.text[this.at - 1] !== '$') braces++;
      if (char === '}' && braces > 0) braces--;
      meaning += char === '\\' && braces === 0 ? this.escape() : char;
    }
    this.at++;
    return meaning;
  }

  /** Leaves the position at the last character of the escape. */
  escape(): string {
    const code = /\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2})|([0-3][0-7]{2}))/y;
    code.lastIndex = this.at;
    const match = code.exec(this.text);
    const start = this.position(this.at);
    if (match) {
      this.at += match[0].length - 1;
      const [, short, long, byte, octal] = match;
      const point = octal ? Number.parseInt(octal, 8) : Number.parseInt(short ?? long ?? byte!, 16);
      if (point > 0x10_ffff) throw new HclError(start, 'illegal char escape');
      return String.fromCodePoint(point);
    }
    const char = this.text[++this.at] ?? '';
    const meaning = simpleEscapes.get(char);
    if (meaning === undefined) throw new HclError(start, 'illegal char escape');
    return meaning;
  }

  /** The line that ends it may be indented, and only that: `<<-` takes as much away from the others. */
  heredoc(start: Position): string {
    const opening = this.match(heredoc);
    if (!opening) throw new HclError(start, 'invalid characters in heredoc anchor');
    const [, dash, anchor = ''] = opening;
    const lines: string[] = [];
    for (;;) {
      const end = this.text.indexOf('\n', this.at);
      const line = this.text.slice(this.at, end === -1 ? undefined : end).replace(/\r$/, '');
      this.at = end === -1 ? this.text.length : end + 1;
      if (line.trimStart() === anchor) {
        const indent = line.slice(0, -anchor.length);
        return dash ? ended(withoutIndent(lines, indent)) : ended(lines) + indent;
      }
      if (end === -1) throw new HclError(start, 'heredoc not terminated');
      lines.push(line);
    }
  }
}

const ended = (lines: string[]): string => lines.map((line) => `${line}\n`).join('');

/** As they are where one of them, maybe an empty one, has less of it. */
const withoutIndent = (lines: string[], indent: string): string[] =>
  lines.every((line) => line.startsWith(indent)) ? lines.map((line) => line.slice(indent.length)) : lines;
