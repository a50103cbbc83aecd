/**
 * Regular expressions as Go reads them (RE2): no look-around, no back references, ASCII `\d \s \w`, flags `i m s
 * U`. Captures and greediness say nothing about whether a text matches, but what of it (`captures.ts`).
 *
 * Source: https://github.com/google/re2/wiki/Syntax and https://pkg.go.dev/regexp/syntax; error texts as Go 1.22
 * and the answers of Consul 1.8.7 have them.
 */
import { regexpDepthMax, regexpRepeatMax } from '../../limits.ts';
import {
  anyCharacter,
  type Characters,
  type Member,
  makeCharacters,
  notNewline,
  perlMember,
  posixMember,
  range,
  unicodeMember,
} from './characters.ts';
import { Cursor } from './cursor.ts';

export type Regexp =
  | { kind: 'character'; characters: Characters }
  | { kind: 'assertion'; assertion: Assertion }
  | { kind: 'sequence' | 'choice'; members: Regexp[] }
  | { kind: 'capture'; member: Regexp; group: number }
  /** `max` Infinity: without end. `counted` is false for `* + ?`, whose nesting has no limit. `lazy`: rather fewer. */
  | { kind: 'repeat'; member: Regexp; min: number; max: number; counted: boolean; lazy: boolean };

export type Assertion =
  | 'text start'
  | 'text end'
  | 'line start'
  | 'line end'
  | 'word boundary'
  | 'no word boundary';

/** Why a text is no regular expression: Go's words. */
export class RegexpFault extends Error {
  constructor(reason: string, at: string) {
    super(`${reason}: \`${at}\``);
  }
}

/** @throws {RegexpFault} */
export const parseRegexp = (source: string): Regexp => new Parser(source).whole();

interface Flags {
  fold: boolean;
  multiline: boolean;
  dotAll: boolean;
  ungreedy: boolean;
}

class Parser extends Cursor {
  private depth = 0;
  private groups = 0;
  private flags: Flags = { fold: false, multiline: false, dotAll: false, ungreedy: false };

  whole(): Regexp {
    const result = this.choice();
    if (this.at < this.source.length) throw new RegexpFault('unexpected )', this.source);
    return result;
  }

  private choice(): Regexp {
    if (++this.depth > regexpDepthMax)
      throw new RegexpFault(`expression nests deeper than the limit of ${regexpDepthMax}`, this.source);
    const members = [this.sequence()];
    while (this.take('|')) members.push(this.sequence());
    this.depth--;
    return members.length === 1 ? members[0]! : { kind: 'choice', members };
  }

  private sequence(): Regexp {
    const members: Regexp[] = [];
    let lastRepeatAt = -1;
    while (this.at < this.source.length && !this.sees('|') && !this.sees(')')) {
      const start = this.at;
      const counts = this.repetition();
      if (counts) this.repeat(members, counts, start, lastRepeatAt);
      else this.atom(members);
      lastRepeatAt = counts ? start : -1;
    }
    return { kind: 'sequence', members };
  }

  /** Puts the last member under a repetition that was written from `start` to here. */
  private repeat(members: Regexp[], counts: Counts, start: number, lastRepeatAt: number): void {
    const { min, max, counted } = counts;
    if (min > regexpRepeatMax || (counted && max > regexpRepeatMax && max !== Infinity) || min > max)
      throw new RegexpFault('invalid repeat count', this.since(start));
    const lazy = this.take('?') !== this.flags.ungreedy;
    if (lastRepeatAt >= 0)
      throw new RegexpFault('invalid nested repetition operator', this.since(lastRepeatAt));
    const member = members.pop();
    if (!member) throw new RegexpFault('missing argument to repetition operator', this.since(start));
    const repeated: Regexp = { kind: 'repeat', member, ...counts, lazy };
    if (counted && !repeatsWithin(repeated, regexpRepeatMax))
      throw new RegexpFault('invalid repeat count', this.since(start));
    members.push(repeated);
  }

  /** `*`, `+`, `?`, `{2}`, `{2,}` or `{2,5}`; other braces are text. */
  private repetition(): Counts | undefined {
    if (this.take('*')) return { min: 0, max: Infinity, counted: false };
    if (this.take('+')) return { min: 1, max: Infinity, counted: false };
    if (this.take('?')) return { min: 0, max: 1, counted: false };
    const braces = this.takePattern(/\{(0|[1-9]\d*)(,(0|[1-9]\d*)?)?\}/y);
    if (!braces) return undefined;
    const min = Number(braces[1]);
    const max = braces[2] === undefined ? min : braces[3] === undefined ? Infinity : Number(braces[3]);
    return { min, max, counted: true };
  }

  private atom(members: Regexp[]): void {
    if (this.sees('(')) this.group(members);
    else if (this.sees('\\')) this.escaped(members);
    else members.push(this.plainAtom());
  }

  private plainAtom(): Regexp {
    const { multiline, dotAll } = this.flags;
    if (this.sees('[')) return character(this.bracketClass());
    if (this.take('.')) return character(dotAll ? anyCharacter : notNewline);
    if (this.take('^')) return assertion(multiline ? 'line start' : 'text start');
    if (this.take('$')) return assertion(multiline ? 'line end' : 'text end');
    return this.literal(this.nextPoint());
  }

  private group(members: Regexp[]): void {
    const outer = this.flags;
    const opened = this.sees('(?') ? this.perlGroup() : this.take('(') && 'capture';
    if (!opened) return;
    const group = opened === 'capture' ? ++this.groups : 0;
    const inner = this.choice();
    if (!this.take(')')) throw new RegexpFault('missing closing )', this.source);
    this.flags = outer;
    members.push(group > 0 ? { kind: 'capture', member: inner, group } : inner);
  }

  /**
   * `(?P<name>`, `(?<name>`, `(?flags:` open a group; `(?flags)` does not: it changes the rest of the group it is
   * in.
   */
  private perlGroup(): 'capture' | 'group' | undefined {
    const start = this.at;
    const named = this.takePattern(/\(\?P?<(?=.)([^>]*)(>?)/y);
    if (named) {
      if (!named[2]) throw new RegexpFault('invalid named capture', this.source.slice(start));
      if (!/^\w+$/.test(named[1]!)) throw new RegexpFault('invalid named capture', named[0]);
      return 'capture';
    }
    const written = this.takePattern(/\(\?([imsU]*)(?:-([imsU]+))?([:)])/y);
    if (!written) {
      const bad = this.takePattern(/\(\?[imsU]*(-[imsU]*)?.?/suy)!;
      throw new RegexpFault('invalid or unsupported Perl syntax', bad[0]);
    }
    const has = (letter: string, before: boolean) =>
      written[2]?.includes(letter) ? false : written[1]!.includes(letter) || before;
    const { fold, multiline, dotAll, ungreedy } = this.flags;
    this.flags = {
      fold: has('i', fold),
      multiline: has('m', multiline),
      dotAll: has('s', dotAll),
      ungreedy: has('U', ungreedy),
    };
    return written[3] === ':' ? 'group' : undefined;
  }

  private escaped(members: Regexp[]): void {
    const assertionName = assertionEscapes[this.source[this.at + 1] ?? ''];
    const quoted = this.takePattern(/\\Q(.*?)(?:\\E|$)/sy);
    if (assertionName) {
      this.at += 2;
      members.push(assertion(assertionName));
    } else if (quoted) {
      members.push(...[...quoted[1]!].map((text) => this.literal(text.codePointAt(0)!)));
    } else {
      const member = this.classEscape();
      members.push(member ? character(this.charactersOf([member])) : this.literal(this.characterEscape()));
    }
  }

  private literal(point: number): Regexp {
    if (this.flags.fold) return character(this.charactersOf([range(point, point)]));
    return character((other) => other === point);
  }

  private charactersOf(members: Member[], negated = false): Characters {
    return makeCharacters(members, { negated, fold: this.flags.fold });
  }

  private bracketClass(): Characters {
    const start = this.at;
    this.take('[');
    const negated = this.take('^');
    const members: Member[] = [];
    do members.push(this.classMember(start));
    while (!this.take(']'));
    return this.charactersOf(members, negated);
  }

  private classMember(classStart: number): Member {
    const posix = this.takePattern(/\[:(.*?):\]/sy);
    if (posix) {
      const member = posixMember(posix[1]!);
      if (!member) throw new RegexpFault('invalid character class range', posix[0]);
      return member;
    }
    return this.classEscape() ?? this.classRange(classStart);
  }

  private classRange(classStart: number): Member {
    const start = this.at;
    const low = this.classCharacter(classStart);
    if (!this.takePattern(/-(?=[^\]])/y)) return range(low, low);
    const high = this.classCharacter(classStart);
    if (high < low) throw new RegexpFault('invalid character class range', this.since(start));
    return range(low, high);
  }

  private classCharacter(classStart: number): number {
    if (this.at >= this.source.length)
      throw new RegexpFault('missing closing ]', this.source.slice(classStart));
    return this.sees('\\') ? this.characterEscape() : this.nextPoint();
  }

  /** `\d`, `\pL`, `\p{Greek}` and the like. */
  private classEscape(): Member | undefined {
    const perl = this.takePattern(/\\([dswDSW])/y);
    if (perl) return perlMember(perl[1]!);
    const unicode = this.takePattern(/\\([pP])(?:\{([^}]*)\}|([^{]))/uy);
    if (!unicode && this.sees('\\p', '\\P'))
      throw new RegexpFault('invalid character class range', this.source.slice(this.at));
    if (!unicode) return undefined;
    const member = unicodeMember(unicode[2] ?? unicode[3]!, unicode[1] === 'P');
    if (!member) throw new RegexpFault('invalid character class range', unicode[0]);
    return member;
  }

  /** `\n`, `\x41`, `\x{1F600}`, `\101`, `\.`: one character. */
  private characterEscape(): number {
    const code = this.takePattern(/\\(?:x\{([\da-fA-F]+)\}|x([\da-fA-F]{2})|(0[0-7]{0,2}|[1-7][0-7]{1,2}))/y);
    if (code) {
      const point = code[3] ? Number.parseInt(code[3], 8) : Number.parseInt(code[1] ?? code[2]!, 16);
      if (point <= 0x10ffff) return point;
      throw new RegexpFault('invalid escape sequence', code[0].slice(0, -1));
    }
    const plain = this.takePattern(/\\([^\w\P{ASCII}]|_|[afnrtv])/uy);
    if (plain) return namedEscapes[plain[1]!] ?? plain[1]!.codePointAt(0)!;
    const bad = this.takePattern(/\\(x\{[\da-fA-F]*.?|x.?.?|.)?/suy)!;
    if (bad[0] === '\\') throw new RegexpFault('trailing backslash at end of expression', '');
    throw new RegexpFault('invalid escape sequence', bad[0]);
  }
}

interface Counts {
  min: number;
  max: number;
  counted: boolean;
}

const character = (characters: Characters): Regexp => ({ kind: 'character', characters });
const assertion = (name: Assertion): Regexp => ({ kind: 'assertion', assertion: name });

const assertionEscapes: Record<string, Assertion> = {
  A: 'text start',
  z: 'text end',
  b: 'word boundary',
  B: 'no word boundary',
};
const namedEscapes: Record<string, number> = { a: 7, f: 12, n: 10, r: 13, t: 9, v: 11 };

/** Whether nested counts, multiplied, stay within `copies`. */
function repeatsWithin(regexp: Regexp, copies: number): boolean {
  switch (regexp.kind) {
    case 'sequence':
    case 'choice':
      return regexp.members.every((member) => repeatsWithin(member, copies));
    case 'capture':
      return repeatsWithin(regexp.member, copies);
    case 'repeat': {
      if (!regexp.counted || regexp.max === 0)
        return !regexp.counted ? repeatsWithin(regexp.member, copies) : true;
      const count = regexp.max === Infinity ? regexp.min : regexp.max;
      if (count > copies) return false;
      return repeatsWithin(regexp.member, count > 0 ? Math.floor(copies / count) : copies);
    }
    default:
      return true;
  }
}
