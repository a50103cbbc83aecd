/**
 * From the text of a `?filter=` to a function that says whether a row passes. Everything that can be wrong with a
 * filter is found here, before any row is looked at; the function never throws.
 */
import { ApiError } from '../api-error.ts';
import { filterKeptCharsMax, filtersKeptMax } from '../limits.ts';
import type { Expression, Match } from './expression.ts';
import { type Field, type Fields, operatorsOf, struct } from './field.ts';
import { ConversionFault, parseBool, parseInt64, quote } from './go-text.ts';
import { parseExpression } from './grammar.ts';
import { compileRegexp } from './regexp/match.ts';
import { RegexpFault } from './regexp/syntax.ts';
import { SyntaxFault } from './scanner.ts';

export type Filter = (row: object) => boolean;

/** Why an expression that parses does not fit the fields. */
class SelectorFault extends Error {}

type Test = (value: unknown) => boolean;

const kept = new Map<Fields, Map<string, Filter>>();

/**
 * The filter that `text` describes over rows with these fields; "" and undefined let everything pass. Filters are
 * kept and given again.
 *
 * @throws {ApiError} 400 `Failed to create boolean expression evaluator: <why>`.
 */
export function compileFilter(fields: Fields, text: string | undefined): Filter {
  if (!text) return everything;
  const known = kept.get(fields) ?? new Map<string, Filter>();
  kept.set(fields, known);
  const filter = known.get(text) ?? compile(fields, text);
  if (text.length <= filterKeptCharsMax) keep(known, text, filter);
  return filter;
}

/** As the last used. */
function keep(known: Map<string, Filter>, text: string, filter: Filter): void {
  known.delete(text);
  known.set(text, filter);
  if (known.size > filtersKeptMax) known.delete(known.keys().next().value!);
}

const everything: Filter = () => true;

function compile(fields: Fields, text: string): Filter {
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
      return (row) => members.every((passes) => passes(row));
    }
    case 'or': {
      const members = expression.members.map((member) => compileExpression(member, fields));
      return (row) => members.some((passes) => passes(row));
    }
    case 'not': {
      const member = compileExpression(expression.member, fields);
      return (row) => !member(row);
    }
    case 'match':
      return compileMatch(expression, fields);
  }
}

function compileMatch(match: Match, fields: Fields): Test {
  const path = match.selector;
  const leaf = selectField(path, fields);
  if (!operatorsOf[leaf.type].includes(match.operator)) {
    const names = `${quote(match.operator)} for selector ${quote(path.join('.'))}`;
    throw new SelectorFault(`Invalid match operator ${names}`);
  }
  return reach(struct(fields), path, makeTest(match, leaf), passesWithoutKey(match));
}

/** @throws {SelectorFault} naming the part of the path up to the name that no field has. */
function selectField(path: string[], fields: Fields): Field {
  let field: Field = struct(fields);
  path.forEach((name, depth) => {
    const next = subField(field, name);
    if (!next) throw new SelectorFault(`Selector ${quote(path.slice(0, depth + 1).join('.'))} is not valid`);
    field = next;
  });
  return field;
}

function subField(field: Field, name: string): Field | undefined {
  if (field.type === 'map') return field.values;
  if (field.type !== 'struct' && field.type !== 'structs') return undefined;
  return Object.hasOwn(field.fields, name) ? field.fields[name] : undefined;
}

/**
 * Where a key on the way is not in its map, `!=` and `not in` hold, and both `matches` and `not matches`, as in
 * Consul.
 */
const passesWithoutKey = ({ operator }: Match) =>
  operator !== 'Equal' && operator !== 'In' && operator !== 'Is Not Empty';

/** Follows a path down from a value of type `field` and applies `test` to what it leads to. */
function reach(field: Field, path: string[], test: Test, withoutKey: boolean): Test {
  const [name, ...rest] = path;
  if (name === undefined) return test;
  const next = reach(subField(field, name)!, rest, test, withoutKey);
  const ofStruct: Test = (value) => next((value as Record<string, unknown> | null | undefined)?.[name]);
  switch (field.type) {
    case 'map':
      return (value) => (value && Object.hasOwn(value, name) ? ofStruct(value) : withoutKey);
    case 'structs':
      return (value) => listOf(value).some(ofStruct);
    default:
      return ofStruct;
  }
}

/** What the operator asks of a value of the leaf's type. */
function makeTest(match: Match, leaf: Field): Test {
  switch (match.operator) {
    case 'Equal':
    case 'Not Equal': {
      const { wanted, zero } = coerce(match, leaf);
      return negatedIf(match.operator === 'Not Equal', (value) => (value ?? zero) === wanted);
    }
    case 'In':
    case 'Not In':
      return negatedIf(match.operator === 'Not In', makeContains(match.value!, leaf));
    case 'Is Empty':
    case 'Is Not Empty':
      return negatedIf(match.operator === 'Is Not Empty', isEmpty);
    case 'Matches':
    case 'Not Matches': {
      const matches = makeRegexpTest(match.value!);
      return negatedIf(match.operator === 'Not Matches', (value) => matches(String(value ?? '')));
    }
  }
}

const negatedIf = (negated: boolean, test: Test): Test => (negated ? (value) => !test(value) : test);

function coerce(match: Match, leaf: Field): { wanted: unknown; zero: unknown } {
  const value = match.value!;
  try {
    if (leaf.type === 'int') return { wanted: parseInt64(value), zero: 0 };
    if (leaf.type === 'bool') return { wanted: parseBool(value), zero: false };
    return { wanted: value, zero: '' };
  } catch (error) {
    if (!(error instanceof ConversionFault)) throw error;
    const names = `${quote(value)} for selector ${quote(match.selector.join('.'))}`;
    throw new SelectorFault(`Failed to coerce value ${names}: ${error.message}`);
  }
}

function makeContains(wanted: string, leaf: Field): Test {
  switch (leaf.type) {
    case 'strings':
      return (value) => listOf(value).includes(wanted);
    case 'map':
      return (value) => value != null && Object.hasOwn(value, wanted);
    default:
      return (value) => String(value ?? '').includes(wanted);
  }
}

function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return value == null || Object.keys(value).length === 0;
}

function makeRegexpTest(source: string): (text: string) => boolean {
  try {
    return compileRegexp(source);
  } catch (error) {
    if (!(error instanceof RegexpFault)) throw error;
    throw new SelectorFault(
      `Failed to compile regular expression ${quote(source)}: error parsing regexp: ${error.message}`,
    );
  }
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
