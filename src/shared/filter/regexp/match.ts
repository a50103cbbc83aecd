/**
 * Whether a text holds a match of a regular expression, in time proportional to text times program: all
 * alternatives advance together, one character at a time (Thompson's simulation). An expression that a stranger
 * sends can therefore not stall a datacenter, which translating it to a backtracking engine would allow.
 *
 * Source: https://swtch.com/~rsc/regexp/regexp2.html.
 */
import { ApiError } from '../../api-error.ts';
import { filterStepsMax, regexpInstructionsMax } from '../../limits.ts';
import { type Characters, isWordCharacter } from './characters.ts';
import { type Assertion, parseRegexp, type Regexp, RegexpFault } from './syntax.ts';

type Instruction =
  | { kind: 'character'; characters: Characters; next: number }
  | { kind: 'assertion'; assertion: Assertion; next: number }
  | { kind: 'split'; next: number; other: number }
  | { kind: 'found' };

/** What the regular expressions of one answer may still do: an instruction at a character is a step. */
export interface Budget {
  steps: number;
}

/** Whether a text holds a match. @throws {ApiError} 400 when the budget is spent. */
export type Search = (text: string, budget: Budget) => boolean;

/** @throws {RegexpFault} */
export function compileRegexp(source: string): Search {
  const program: Instruction[] = [{ kind: 'found' }];
  const start = emit(program, parseRegexp(source), 0, source);
  return (text, budget) => new Run(program, start, budget).finds(text);
}

/** Appends the instructions of `regexp`, which continue at `next`; gives the index of the first. */
function emit(program: Instruction[], regexp: Regexp, next: number, source: string): number {
  const add = (instruction: Instruction) => {
    if (program.length >= regexpInstructionsMax)
      throw new RegexpFault(`expression needs more than ${regexpInstructionsMax} instructions`, source);
    return program.push(instruction) - 1;
  };
  switch (regexp.kind) {
    case 'character':
    case 'assertion':
      return add({ ...regexp, next });
    case 'sequence':
      return regexp.members.reduceRight((rest, member) => emit(program, member, rest, source), next);
    case 'choice': {
      const starts = regexp.members.map((member) => emit(program, member, next, source));
      return starts.reduceRight((other, first) => add({ kind: 'split', next: first, other }));
    }
    case 'repeat': {
      const copy = (then: number) => emit(program, regexp.member, then, source);
      let { min } = regexp;
      let entry = next;
      if (regexp.max === Infinity) {
        const loop: Instruction = { kind: 'split', next: 0, other: next };
        const at = add(loop);
        loop.next = copy(at);
        entry = min > 0 ? loop.next : at;
        min = Math.max(0, min - 1);
      } else {
        for (let extra = min; extra < regexp.max; extra++)
          entry = add({ kind: 'split', next: copy(entry), other: next });
      }
      for (let copies = 0; copies < min; copies++) entry = copy(entry);
      return entry;
    }
  }
}

class Run {
  private readonly program: Instruction[];
  private readonly start: number;
  /** The step in which an instruction was last reached: each is entered once a step. */
  private readonly reachedIn: Uint32Array;
  private step = 0;
  private readonly budget: Budget;

  constructor(program: Instruction[], start: number, budget: Budget) {
    this.program = program;
    this.start = start;
    this.budget = budget;
    this.reachedIn = new Uint32Array(program.length);
  }

  finds(text: string): boolean {
    let waiting: number[] = [];
    let before: number | undefined;
    for (let at = 0; ; ) {
      const here = text.codePointAt(at);
      waiting.push(this.start);
      const threads = this.follow(waiting, before, here);
      if (threads === 'found') return true;
      if (here === undefined) return false;
      waiting = [];
      for (const { characters, next } of threads) if (characters(here)) waiting.push(next);
      before = here;
      at += here > 0xffff ? 2 : 1;
    }
  }

  /** What waits for a character, from these instructions on without reading any. */
  private follow(from: number[], before: number | undefined, here: number | undefined) {
    const threads: (Instruction & { kind: 'character' })[] = [];
    this.step++;
    for (const open = from; open.length > 0; ) {
      const index = open.pop()!;
      if (this.reachedIn[index] === this.step) continue;
      this.reachedIn[index] = this.step;
      if (--this.budget.steps < 0) throw tooManySteps();
      const instruction = this.program[index]!;
      switch (instruction.kind) {
        case 'found':
          return 'found';
        case 'character':
          threads.push(instruction);
          break;
        case 'split':
          open.push(instruction.next, instruction.other);
          break;
        case 'assertion':
          if (holds(instruction.assertion, before, here)) open.push(instruction.next);
      }
    }
    return threads;
  }
}

const tooManySteps = () =>
  new ApiError(
    400,
    `Filter refused: its regular expressions take more than ${filterStepsMax} steps over these rows`,
  );

function holds(assertion: Assertion, before: number | undefined, here: number | undefined): boolean {
  switch (assertion) {
    case 'text start':
      return before === undefined;
    case 'text end':
      return here === undefined;
    case 'line start':
      return before === undefined || before === 10;
    case 'line end':
      return here === undefined || here === 10;
    case 'word boundary':
      return isWordCharacter(before) !== isWordCharacter(here);
    case 'no word boundary':
      return isWordCharacter(before) === isWordCharacter(here);
  }
}
