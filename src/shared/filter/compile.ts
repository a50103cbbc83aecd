/**
 * From the text of a `?filter=` to a function that says whether a row passes. What is wrong with a filter is found
 * here, before any row is looked at.
 */
import { ApiError } from '../api-error.ts';
import { filterKeptCharsMax, filterStepsMax, filtersKeptMax } from '../limits.ts';
import { compileMatch, SelectorFault, type Test } from './compile-match.ts';
import type { Expression } from './expression.ts';
import type { Fields } from './field.ts';
import { parseExpression } from './grammar.ts';
import { RecentlyUsed } from './recently-used.ts';
import { SyntaxFault } from './scanner.ts';

export type Filter = (row: object) => boolean;

const kept = new WeakMap<Fields, RecentlyUsed<Test>>();

/**
 * The filter that `text` describes over rows with these fields, for one answer; "" and undefined let everything pass.
 * It throws {@link ApiError} 400 when its regular expressions have taken too many steps over all rows.
 *
 * @throws {ApiError} 400 `Failed to create boolean expression evaluator: <why>`.
 */
export function compileFilter(fields: Fields, text: string | undefined): Filter {
  if (!text) return everything;
  const known = kept.get(fields) ?? new RecentlyUsed<Test>(filtersKeptMax);
  kept.set(fields, known);
  const make = () => compile(fields, text);
  const test = text.length <= filterKeptCharsMax ? known.get(text, make) : make();
  const budget = { steps: filterStepsMax };
  return (row) => test(row, budget);
}

const everything: Filter = () => true;

function compile(fields: Fields, text: string): Test {
  try {
    return compileExpression(parseExpression(text), fields);
  } catch (error) {
    if (!(error instanceof SyntaxFault || error instanceof SelectorFault)) throw error;
    throw new ApiError(400, `Failed to create boolean expression evaluator: ${error.message}`);
  }
}

function compileExpression(expression: Expression, fields: Fields): Test {
  switch (expression.kind) {
    case 'and': {
      const members = expression.members.map((member) => compileExpression(member, fields));
      return (row, budget) => members.every((passes) => passes(row, budget));
    }
    case 'or': {
      const members = expression.members.map((member) => compileExpression(member, fields));
      return (row, budget) => members.some((passes) => passes(row, budget));
    }
    case 'not': {
      const member = compileExpression(expression.member, fields);
      return (row, budget) => !member(row, budget);
    }
    case 'match':
      return compileMatch(expression, fields);
  }
}
