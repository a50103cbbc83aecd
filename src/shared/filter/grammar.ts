/**
 * The grammar of filter expressions, rule by rule: `not` binds before `and`, `and` before `or`, words are lower
 * case.
 *
 *     Node.Meta.env == prod and not ("v1" in Service.Tags or Checks is empty)
 *
 * The order of the alternatives is part of the language (`not == 1` compares a field named `not`) and of the error
 * texts, so it is that of go-bexpr. Two things differ: `and` and `or` chains are loops, and a rule that stands at a
 * place where it stood before gives its first result, without which nested parentheses take exponential time.
 *
 * Source: https://github.com/hashicorp/go-bexpr, version 0.1.2, and answers of Consul 1.8.7.
 */

import { filterCharsMax, filterDepthMax } from '../limits.ts';
import type { Expression, Match, Operator } from './expression.ts';
import { unquote } from './go-text.ts';
import { Scanner, SyntaxFault } from './scanner.ts';

/** @throws {SyntaxFault} with the place and what was expected there. */
export function parseExpression(text: string): Expression {
  if (text.length > filterCharsMax)
    throw new SyntaxFault(`Expression of ${text.length} characters exceeds the limit of ${filterCharsMax}`);
  return new Grammar(text).input();
}

type Parsed<T> = T | undefined;

class Grammar {
  private readonly scan: Scanner;
  private readonly known = new Map<number, { result: Parsed<Expression>; end: number }>();
  private depth = 0;

  constructor(text: string) {
    this.scan = new Scanner(text);
  }

  input(): Expression {
    const { scan } = this;
    const whole = (expression: () => Parsed<Expression>) =>
      scan.attempt(() => {
        this.optionalSpace();
        const result = expression();
        return result && this.optionalSpace() && scan.end() && result;
      });
    return scan.finish(whole(() => this.parenthesised()) ?? whole(() => this.or()));
  }

  private or(): Parsed<Expression> {
    const start = this.scan.position;
    let memo = this.known.get(start);
    if (!memo) {
      const result = this.chain('or', () => this.chain('and', () => this.negation()));
      memo = { result, end: this.scan.position };
      this.known.set(start, memo);
    }
    this.scan.position = memo.end;
    return memo.result;
  }

  private chain(kind: 'and' | 'or', member: () => Parsed<Expression>): Parsed<Expression> {
    const { scan } = this;
    const first = member();
    if (!first) return undefined;
    const members = [first];
    const next = () => this.space() && scan.literal(kind) && this.space() && member();
    for (let more = scan.attempt(next); more; more = scan.attempt(next)) members.push(more);
    return members.length === 1 ? first : { kind, members };
  }

  private negation(): Parsed<Expression> {
    const { scan } = this;
    const negated = scan.attempt(
      () => scan.literal('not') && this.space() && this.deeper(() => this.negation()),
    );
    return negated ? { kind: 'not', member: negated } : this.grouping();
  }

  private grouping(): Parsed<Expression> {
    const { scan } = this;
    const group = this.parenthesised() ?? this.match();
    if (group) return group;
    return scan.attempt(() => {
      const unclosed = this.opening() && this.optionalSpace() && scan.not(() => scan.literal(')'));
      return unclosed ? scan.fault('grouping', 'Unmatched parentheses') : undefined;
    });
  }

  private parenthesised(): Parsed<Expression> {
    return this.scan.attempt(() => {
      const inner = this.opening();
      return inner && this.optionalSpace() && this.scan.literal(')') && inner;
    });
  }

  /** `(` and the expression after it. */
  private opening(): Parsed<Expression> {
    if (!this.scan.literal('(')) return undefined;
    this.optionalSpace();
    return this.deeper(() => this.or());
  }

  private deeper<T>(rule: () => T): T {
    if (++this.depth > filterDepthMax)
      throw new SyntaxFault(`Expression nested deeper than the limit of ${filterDepthMax}`);
    const result = rule();
    this.depth--;
    return result;
  }

  private match(): Parsed<Match> {
    const { scan } = this;
    return (
      scan.attempt(() => this.selectorThenValue()) ??
      scan.attempt(() => this.selectorAlone()) ??
      scan.attempt(() => this.valueThenSelector()) ??
      scan.attempt(() => this.valueThenNothing())
    );
  }

  private selectorThenValue(): Parsed<Match> {
    const selector = this.selector();
    const operator = selector && this.firstOperator(selectorValueOperators);
    const value = operator && this.value();
    return value === undefined
      ? undefined
      : { kind: 'match', selector: selector!, operator: operator!, value };
  }

  private selectorAlone(): Parsed<Match> {
    const selector = this.selector();
    const operator = selector && this.firstOperator(selectorOperators);
    return operator && { kind: 'match', selector: selector!, operator };
  }

  private valueThenSelector(): Parsed<Match> {
    const value = this.value();
    const operator = value === undefined ? undefined : this.firstOperator(valueSelectorOperators);
    const selector = operator && this.selector();
    return selector && { kind: 'match', selector, operator: operator!, value: value! };
  }

  private valueThenNothing(): undefined {
    const { scan } = this;
    if (this.value() === undefined || !this.firstOperator(valueSelectorOperators)) return undefined;
    return scan.not(() => this.selector()) ? scan.fault('match', 'Invalid selector') : undefined;
  }

  private firstOperator(rules: OperatorRule[]): Parsed<Operator> {
    for (const { operator, words } of rules) {
      const found = this.scan.attempt(() => this.operatorWords(words));
      if (found) return operator;
    }
    return undefined;
  }

  /** Words stand apart from each other and from what they compare; `==` and `!=` need not. */
  private operatorWords(words: string[]): boolean {
    const { scan } = this;
    if (/\W/.test(words[0]!)) return this.optionalSpace() && scan.literal(words[0]!) && this.optionalSpace();
    const spaced = words.every((word) => this.space() && scan.literal(word));
    return spaced && (words.at(-1) === 'empty' || this.space());
  }

  private selector(): Parsed<string[]> {
    const { scan } = this;
    const first = this.identifier();
    if (first === undefined) return undefined;
    const path = [first];
    const next = () =>
      scan.attempt(() => (scan.literal('.') ? this.identifier() : undefined)) ?? this.index();
    for (let part = next(); part !== undefined; part = next()) path.push(part);
    return path;
  }

  private identifier(): Parsed<string> {
    const { scan } = this;
    const start = scan.position;
    if (!scan.oneOf('[a-zA-Z]', /[a-zA-Z]/)) return undefined;
    scan.manyOf('[a-zA-Z0-9_]', /[a-zA-Z0-9_]/);
    return scan.text.slice(start, scan.position);
  }

  /** `["key"]` */
  private index(): Parsed<string> {
    const { scan } = this;
    const open = () => scan.literal('[') && this.optionalSpace();
    return (
      scan.attempt(() => {
        const key = open() ? this.quoted() : undefined;
        return key !== undefined && this.optionalSpace() && scan.literal(']') ? key : undefined;
      }) ??
      scan.attempt(() => {
        const bad = open() && scan.not(() => this.quoted());
        return bad ? scan.fault('index', 'Invalid index') : undefined;
      }) ??
      scan.attempt(() => {
        const key = open() ? this.quoted() : undefined;
        const bad = key !== undefined && this.optionalSpace() && scan.not(() => scan.literal(']'));
        return bad ? scan.fault('index', 'Unclosed index expression') : undefined;
      })
    );
  }

  private value(): Parsed<string> {
    return this.selector()?.join('.') ?? this.number() ?? this.quoted();
  }

  private number(): Parsed<string> {
    const { scan } = this;
    const start = scan.position;
    const digits = () => {
      scan.literal('-');
      return this.integerOrFloat();
    };
    const ended = () =>
      scan.attempt(() => this.space()) !== undefined || scan.end() || peek(scan, () => scan.literal(')'));
    return (
      scan.attempt(() => digits() && peek(scan, ended) && scan.text.slice(start, scan.position)) ??
      scan.attempt(() =>
        digits() && scan.not(ended) ? scan.fault('number', 'Invalid number literal') : undefined,
      )
    );
  }

  private integerOrFloat(): boolean {
    const { scan } = this;
    const whole = scan.literal('0') || (scan.oneOf('[1-9]', /[1-9]/) && scan.manyOf('[0-9]', /[0-9]/));
    if (!whole) return false;
    scan.attempt(() => scan.literal('.') && scan.oneOf('[0-9]', /[0-9]/) && scan.manyOf('[0-9]', /[0-9]/));
    return true;
  }

  /** "text" with the escapes of Go, or \`text\` as it stands. */
  private quoted(): Parsed<string> {
    const { scan } = this;
    const start = scan.position;
    for (const quote of ['`', '"']) {
      if (!scan.literal(quote)) continue;
      while (scan.not(() => scan.literal(quote)) && !scan.end()) scan.position++;
      if (!scan.literal(quote)) {
        scan.fault('string', 'Unterminated string literal');
        break;
      }
      const text = unquote(scan.text.slice(start, scan.position));
      if (text === undefined) scan.fault('string', 'invalid syntax', start);
      return text ?? '';
    }
    scan.position = start;
    return undefined;
  }

  private space(): boolean {
    return this.scan.oneOf(spaceName, spaceCharacters) && this.scan.manyOf(spaceName, spaceCharacters);
  }

  private optionalSpace(): true {
    return this.scan.manyOf(spaceName, spaceCharacters);
  }
}

const spaceName = String.raw`[ \t\r\n]`;
const spaceCharacters = /[ \t\r\n]/;

function peek(scan: Scanner, rule: () => boolean): boolean {
  const start = scan.position;
  const result = rule();
  scan.position = start;
  return result;
}

interface OperatorRule {
  operator: Operator;
  words: string[];
}

const selectorValueOperators: OperatorRule[] = [
  { operator: 'Equal', words: ['=='] },
  { operator: 'Not Equal', words: ['!='] },
  { operator: 'In', words: ['contains'] },
  { operator: 'Not In', words: ['not', 'contains'] },
  { operator: 'Matches', words: ['matches'] },
  { operator: 'Not Matches', words: ['not', 'matches'] },
];
const selectorOperators: OperatorRule[] = [
  { operator: 'Is Empty', words: ['is', 'empty'] },
  { operator: 'Is Not Empty', words: ['is', 'not', 'empty'] },
];
const valueSelectorOperators: OperatorRule[] = [
  { operator: 'In', words: ['in'] },
  { operator: 'Not In', words: ['not', 'in'] },
];
