/**
 * Whether a text holds a match of a regular expression, in time proportional to text times program: all
 * alternatives advance together, one character at a time (Thompson's simulation). An expression that a stranger
 * sends can therefore not stall a datacenter, which translating it to a backtracking engine would allow.
 *
 * Source: https://swtch.com/~rsc/regexp/regexp2.html.
 */
import { ApiError } from '../../api-error.ts';
import { filterStepsMax } from '../../limits.ts';
import { isWordCharacter } from './characters.ts';
import { type Instruction, makeProgram, type Program } from './program.ts';
import type { Assertion } from './syntax.ts';

/** What the regular expressions of one answer may still do: an instruction at a character is a step. */
export interface Budget {
  steps: number;
}

/** Whether a text holds a match. @throws {ApiError} 400 when the budget is spent. */
export type Search = (text: string, budget: Budget) => boolean;

/** @throws {RegexpFault} */
export function compileRegexp(source: string): Search {
  const program = makeProgram(source);
  return (text, budget) => new Run(program, budget).finds(text);
}

class Run {
  private readonly program: Program;
  /** The step in which an instruction was last reached: each is entered once a step. */
  private readonly reachedIn: Uint32Array;
  private step = 0;
  private readonly budget: Budget;

  constructor(program: Program, budget: Budget) {
    this.program = program;
    this.budget = budget;
    this.reachedIn = new Uint32Array(program.instructions.length);
  }

  finds(text: string): boolean {
    let waiting: number[] = [];
    let before: number | undefined;
    for (let at = 0; ; ) {
      const here = text.codePointAt(at);
      waiting.push(this.program.start);
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
      const instruction = this.program.instructions[index]!;
      switch (instruction.kind) {
        case 'found':
          return 'found';
        case 'character':
          threads.push(instruction);
          break;
        case 'save':
          open.push(instruction.next);
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

export const tooManySteps = () =>
  new ApiError(
    400,
    `Filter refused: its regular expressions take more than ${filterStepsMax} steps over these rows`,
  );

export function holds(assertion: Assertion, before: number | undefined, here: number | undefined): boolean {
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
