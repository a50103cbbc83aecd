/** A place in a text that moves forward over what it recognises. */
export class Cursor {
  readonly source: string;
  at = 0;

  constructor(source: string) {
    this.source = source;
  }

  nextPoint(): number {
    const point = this.source.codePointAt(this.at)!;
    this.at += point > 0xffff ? 2 : 1;
    return point;
  }

  sees(...texts: string[]): boolean {
    return texts.some((text) => this.source.startsWith(text, this.at));
  }

  take(text: string): boolean {
    if (!this.sees(text)) return false;
    this.at += text.length;
    return true;
  }

  /** `pattern` is sticky. */
  takePattern(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.source);
    if (found) this.at = pattern.lastIndex;
    return found;
  }

  since(start: number): string {
    return this.source.slice(start, this.at);
  }
}
