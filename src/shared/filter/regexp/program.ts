/**
 * A regular expression as instructions, for the simulations that run it: whether it matches (`match.ts`), and what its
 * groups match (`captures.ts`). Of a split, `next` is what the expression would rather do, as in Perl and Go.
 */
import { regexpInstructionsMax } from '../../limits.ts';
import type { Characters } from './characters.ts';
import { type Assertion, parseRegexp, type Regexp, RegexpFault } from './syntax.ts';

export type Instruction =
  | { kind: 'character'; characters: Characters; next: number }
  | { kind: 'assertion'; assertion: Assertion; next: number }
  /** Where group n begins (slot 2n) and ends (slot 2n + 1). */
  | { kind: 'save'; slot: number; next: number }
  | { kind: 'split'; next: number; other: number }
  | { kind: 'found' };

export interface Program {
  instructions: Instruction[];
  start: number;
}

/** `withSaves`: groups note where they begin and end. @throws {RegexpFault} */
export function makeProgram(source: string, withSaves = false): Program {
  const emitter = new Emitter(source, withSaves);
  const start = emitter.emit(parseRegexp(source), 0);
  return { instructions: emitter.instructions, start };
}

class Emitter {
  readonly instructions: Instruction[] = [{ kind: 'found' }];
  readonly #source: string;
  readonly #withSaves: boolean;

  constructor(source: string, withSaves: boolean) {
    this.#source = source;
    this.#withSaves = withSaves;
  }

  /** Appends the instructions of `regexp`, which continue at `next`; gives the index of the first. */
  emit(regexp: Regexp, next: number): number {
    switch (regexp.kind) {
      case 'character':
      case 'assertion':
        return this.#add({ ...regexp, next });
      case 'sequence':
        return regexp.members.reduceRight((rest, member) => this.emit(member, rest), next);
      case 'choice': {
        const starts = regexp.members.map((member) => this.emit(member, next));
        return starts.reduceRight((other, first) => this.#add({ kind: 'split', next: first, other }));
      }
      case 'capture':
        return this.#capture(regexp, next);
      case 'repeat':
        return this.#repeat(regexp, next);
    }
  }

  #capture({ member, group }: Extract<Regexp, { kind: 'capture' }>, next: number): number {
    if (!this.#withSaves) return this.emit(member, next);
    const end = this.#add({ kind: 'save', slot: 2 * group + 1, next });
    return this.#add({ kind: 'save', slot: 2 * group, next: this.emit(member, end) });
  }

  #repeat({ member, min, max, lazy }: Extract<Regexp, { kind: 'repeat' }>, next: number): number {
    const again = (body: number) =>
      lazy ? ({ next, other: body } as const) : ({ next: body, other: next } as const);
    let entry = next;
    let copies = min;
    if (max === Infinity) {
      const at = this.#add({ kind: 'split', next, other: next });
      const body = this.emit(member, at);
      this.instructions[at] = { kind: 'split', ...again(body) };
      entry = min > 0 ? body : at;
      copies = Math.max(0, min - 1);
    } else {
      for (let extra = min; extra < max; extra++)
        entry = this.#add({ kind: 'split', ...again(this.emit(member, entry)) });
    }
    for (; copies > 0; copies--) entry = this.emit(member, entry);
    return entry;
  }

  #add(instruction: Instruction): number {
    if (this.instructions.length >= regexpInstructionsMax)
      throw new RegexpFault(`expression needs more than ${regexpInstructionsMax} instructions`, this.#source);
    return this.instructions.push(instruction) - 1;
  }
}
