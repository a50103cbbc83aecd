/** One comparison of a filter: which member of a row it is about, and whether the member passes. */
import type { Match } from './expression.ts';
import { type Field, type Fields, operatorsOf, struct } from './field.ts';
import { ConversionFault, parseBool, parseInt64, quote } from './go-text.ts';
import { type Budget, compileRegexp, type Search } from './regexp/match.ts';
import { RegexpFault } from './regexp/syntax.ts';

/** Whether a row, or a member of one, passes. */
export type Test = (value: unknown, budget: Budget) => boolean;

/** Why an expression that parses does not fit the fields. */
export class SelectorFault extends Error {}

/** @throws {SelectorFault} when the match does not fit the fields. */
export function compileMatch(match: Match, fields: Fields): Test {
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
  const ofStruct: Test = (value, budget) =>
    next((value as Record<string, unknown> | null | undefined)?.[name], budget);
  switch (field.type) {
    case 'map':
      return (value, budget) => (value && Object.hasOwn(value, name) ? ofStruct(value, budget) : withoutKey);
    case 'structs':
      return (value, budget) => listOf(value).some((element) => ofStruct(element, budget));
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
      return negatedIf(match.operator === 'Not Matches', (value, budget) =>
        matches(String(value ?? ''), budget),
      );
    }
  }
}

const negatedIf = (negated: boolean, test: Test): Test =>
  negated ? (value, budget) => !test(value, budget) : test;

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

function makeRegexpTest(source: string): Search {
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
