/**
 * Sets of characters in regular expressions. A set asks a JavaScript class about one character at a time, which
 * cannot backtrack, and remembers the answers for ASCII.
 */
export type Characters = (codePoint: number) => boolean;

/** A part of a set: what stands between the brackets of a JavaScript class with the flag `u`. */
export interface Member {
  source: string;
  negated: boolean;
}

/**
 * All characters of any member, or of none when `negated`; `fold` ignores case as Unicode's simple folding does. Made
 * when first asked, for an expression may be refused after hundreds of sets.
 */
export function makeCharacters(members: Member[], options: { negated: boolean; fold: boolean }): Characters {
  let classes: { pattern: RegExp; negated: boolean }[] | undefined;
  const makeClass = ({ source, negated }: Member) => ({
    pattern: new RegExp(`^[${source}]$`, options.fold ? 'iu' : 'u'),
    negated,
  });
  const matches = (codePoint: number) => {
    classes ??= members.map(makeClass);
    const character = String.fromCodePoint(codePoint);
    const found = classes.some(({ pattern, negated }) => pattern.test(character) !== negated);
    return found !== options.negated;
  };
  const ascii: boolean[] = [];
  return (codePoint) => {
    if (codePoint >= 128) return matches(codePoint);
    ascii[codePoint] ??= matches(codePoint);
    return ascii[codePoint];
  };
}

export const range = (low: number, high: number): Member => member(`${written(low)}-${written(high)}`);

const written = (codePoint: number) => `\\u{${codePoint.toString(16)}}`;
const member = (source: string, negated = false): Member => ({ source, negated });

export const notNewline: Characters = (codePoint) => codePoint !== 10;
export const anyCharacter: Characters = () => true;

export const isWordCharacter = (codePoint: number | undefined) =>
  codePoint !== undefined && codePoint < 128 && /\w/.test(String.fromCharCode(codePoint));

/** `\d \s \w` and their opposites. ASCII only, unlike JavaScript's `\s`. */
export function perlMember(letter: string): Member | undefined {
  const source = perlClasses[letter.toLowerCase()];
  return source === undefined ? undefined : member(source, letter !== letter.toLowerCase());
}

const perlClasses: Record<string, string> = { d: '0-9', s: String.raw`\t\n\f\r `, w: '0-9A-Za-z_' };

/** `alpha` or `^alpha`, from `[:alpha:]`. */
export function posixMember(name: string): Member | undefined {
  const negated = name.startsWith('^');
  const source = posixClasses[negated ? name.slice(1) : name];
  return source === undefined ? undefined : member(source, negated);
}

const posixClasses: Record<string, string> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: String.raw`\x00-\x7F`,
  blank: String.raw`\t `,
  cntrl: String.raw`\x00-\x1F\x7F`,
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: String.raw`!-\/:-@\[-\x60\{-~`,
  space: String.raw`\t\n\v\f\r `,
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
};

/** A general category or a script, as in `\p{Lu}` and `\p{Greek}`; "^" before the name negates. */
export function unicodeMember(name: string, negated: boolean): Member | undefined {
  if (name.startsWith('^')) return unicodeMember(name.slice(1), !negated);
  if (name === 'Any') return member(String.raw`\u{0}-\u{10FFFF}`, negated);
  if (name === 'C') return member(String.raw`\p{Cc}\p{Cf}\p{Co}\p{Cs}`, negated);
  const source = categoryPattern.test(name) ? `\\p{${name}}` : `\\p{Script=${name}}`;
  return isClass(name, source) ? member(source, negated) : undefined;
}

const categoryPattern = /^(C[cfos]|L[lmotu]?|M[cen]?|N[dlo]?|P[cdefios]?|S[ckmo]?|Z[lps]?)$/;

function isClass(name: string, source: string): boolean {
  if (!/^[A-Za-z_]+$/.test(name)) return false;
  try {
    return Boolean(new RegExp(source, 'u'));
  } catch {
    return false;
  }
}
