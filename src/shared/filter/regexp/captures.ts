/**
 * What the groups of a regular expression match, by the rules of Perl and Go: the leftmost match, and of those the one that
 * the expression would rather have. All alternatives advance together in the order of preference, each with the places it
 * has saved (Pike's simulation), so the time is still proportional to text times program.
 *
 * Source: https://swtch.com/~rsc/regexp/regexp2.html.
 */
import { type Budget, holds, tooManySteps } from './match.ts';
import { type Instruction, makeProgram, type Program } from './program.ts';

type Saved = readonly number[];

interface Thread {
  instruction: Instruction;
  saved: Saved;
}

/** The texts of the groups, the first of them the whole match; "" for a group that matched nothing. Undefined: no match. */
export type FindGroups = (text: string, budget: Budget) => string[] | undefined;

/** @throws {RegexpFault} */
export function compileGroups(source: string): FindGroups {
  const program = makeProgram(source, true);
  const slots = program.instructions.map((one) => (one.kind === 'save' ? one.slot : 0));
  const groups = Math.floor(Math.max(...slots) / 2);
  return (text, budget) => {
    const saved = findMatch(program, text, budget);
    return (
      saved &&
      Array.from({ length: groups + 1 }, (_, n) => text.slice(saved[2 * n] ?? 0, saved[2 * n + 1] ?? 0))
    );
  };
}

function findMatch(program: Program, text: string, budget: Budget): Saved | undefined {
  let waiting: { at: number; saved: Saved }[] = [];
  let found: Saved | undefined;
  let before: number | undefined;
  for (let at = 0; ; ) {
    const here = text.codePointAt(at);
    // A match that begins later is worth less than any that has begun.
    if (!found) waiting.push({ at: program.start, saved: [at] });
    const follow = new Follow(program, budget, { at, before, here });
    for (const { at: index, saved } of waiting) follow.from(index, saved);
    waiting = [];
    for (const { instruction, saved } of follow.threads) {
      if (instruction.kind === 'found') {
        found = withSaved(saved, 1, at);
        // What comes after is wanted less.
        break;
      }
      if (instruction.kind === 'character' && here !== undefined && instruction.characters(here))
        waiting.push({ at: instruction.next, saved });
    }
    if (here === undefined || (found && waiting.length === 0)) return found;
    before = here;
    at += here > 0xffff ? 2 : 1;
  }
}

interface Position {
  at: number;
  before: number | undefined;
  here: number | undefined;
}

/** Where the instructions lead from one place in the text without reading any of it. */
class Follow {
  /** What reads a character or has found the end, the most wanted first. */
  readonly threads: Thread[] = [];
  readonly #program: Program;
  readonly #budget: Budget;
  readonly #position: Position;
  readonly #reached = new Set<number>();

  constructor(program: Program, budget: Budget, position: Position) {
    this.#program = program;
    this.#budget = budget;
    this.#position = position;
  }

  from(start: number, startSaved: Saved): void {
    const { at, before, here } = this.#position;
    const open = [{ index: start, saved: startSaved }];
    for (let next = open.pop(); next; next = open.pop()) {
      const { index, saved } = next;
      if (this.#reached.has(index)) continue;
      this.#reached.add(index);
      if (--this.#budget.steps < 0) throw tooManySteps();
      const instruction = this.#program.instructions[index]!;
      switch (instruction.kind) {
        case 'found':
        case 'character':
          this.threads.push({ instruction, saved });
          break;
        case 'split':
          open.push({ index: instruction.other, saved }, { index: instruction.next, saved });
          break;
        case 'save':
          open.push({ index: instruction.next, saved: withSaved(saved, instruction.slot, at) });
          break;
        case 'assertion':
          if (holds(instruction.assertion, before, here)) open.push({ index: instruction.next, saved });
      }
    }
  }
}

function withSaved(saved: Saved, slot: number, at: number): Saved {
  const copy = [...saved];
  copy[slot] = at;
  return copy;
}
