/**
 * The state of a parsing expression grammar at work: where it stands, and what it would have accepted at the farthest
 * place it reached. A rule that does not match leaves the position where it was.
 *
 * Error texts list everything that could have stood at the farthest place, in the order and spelling of the parser
 * generator that Consul uses (github.com/mna/pigeon), because people and tests read them: `1:2 (1): no match found,
 * expected: "(" or [a-z]`. Hence the bookkeeping of expectations inside `!` predicates, where a match is what fails.
 */
export class SyntaxFault extends Error {}

export class Scanner {
  readonly text: string;
  position = 0;
  private farthest = 0;
  private readonly expected = new Set<string>();
  private readonly faults = new Set<string>();
  private inverted = false;

  constructor(text: string) {
    this.text = text;
  }

  literal(text: string): boolean {
    const matches = this.text.startsWith(text, this.position);
    if (this.isWorthNoting(matches)) this.note(JSON.stringify(text));
    if (matches) this.position += text.length;
    return matches;
  }

  /** One character of a class; `name` is how the class is shown. */
  oneOf(name: string, characters: RegExp): boolean {
    const character = this.text[this.position];
    const matches = character !== undefined && characters.test(character);
    if (this.isWorthNoting(matches)) this.note(name);
    if (matches) this.position++;
    return matches;
  }

  /** Any number of characters of a class. */
  manyOf(name: string, characters: RegExp): true {
    while (this.oneOf(name, characters));
    return true;
  }

  /** The end of the text: "not any character". */
  end(): boolean {
    return this.not(() => {
      const matches = this.position < this.text.length;
      if (this.isWorthNoting(matches)) this.note('.');
      return matches;
    });
  }

  /** The result of `rule`, or undefined and the position unchanged when it gives `false` or undefined. */
  attempt<T>(rule: () => T | false | undefined): T | undefined {
    const start = this.position;
    const result = rule();
    if (result !== false && result !== undefined) return result;
    this.position = start;
    return undefined;
  }

  not(rule: () => unknown): boolean {
    const start = this.position;
    this.inverted = !this.inverted;
    const result = rule();
    this.inverted = !this.inverted;
    this.position = start;
    return result === false || result === undefined;
  }

  /** A mistake that has a name: the whole text is refused, even if another rule accepts it. */
  fault(rule: string, message: string, position = this.position): undefined {
    this.faults.add(`${this.place(position)}: rule ${JSON.stringify(rule)}: ${message}`);
    return undefined;
  }

  /** @throws {SyntaxFault} when nothing matched or a fault was found on the way. */
  finish<T>(result: T | undefined): T {
    if (this.faults.size > 0) throw new SyntaxFault([...this.faults].join('\n'));
    if (result !== undefined) return result;
    throw new SyntaxFault(`${this.place(this.farthest)}: no match found, expected: ${this.expectations()}`);
  }

  /** What fails is noted: a mismatch, or inside a `!` predicate a match; and only at the farthest place. */
  private isWorthNoting(matches: boolean): boolean {
    return matches === this.inverted && this.position >= this.farthest;
  }

  private note(what: string): void {
    if (this.position > this.farthest) this.expected.clear();
    this.farthest = this.position;
    this.expected.add(this.inverted ? `!${what}` : what);
  }

  private expectations(): string {
    const names = [...this.expected].filter((name) => name !== '!.').sort();
    if (this.expected.has('!.')) names.push('EOF');
    const last = names.pop();
    return names.length === 0 ? String(last) : `${names.join(', ')} or ${last}`;
  }

  /** Line, column in characters (0 at a line break itself), offset in bytes of UTF-8. */
  private place(position: number): string {
    const before = this.text.slice(0, position);
    const atBreak = this.text[position] === '\n';
    const lines = (atBreak ? `${before}\n` : before).split('\n');
    const column = atBreak ? 0 : [...lines.at(-1)!].length + 1;
    return `${lines.length}:${column} (${utf8Length(before)})`;
  }
}

function utf8Length(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const point = character.codePointAt(0)!;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return bytes;
}
