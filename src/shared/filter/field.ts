/**
 * What a filter may say about a field, by the Go type that it has in Consul. Absent values count as Go's zero value
 * of their type.
 */
import type { Operator } from './expression.ts';

export type Field =
  | { type: 'string' | 'int' | 'bool' | 'strings' }
  /** `values` is the type of what stands behind each key. */
  | { type: 'map'; values: Field }
  | { type: 'struct' | 'structs'; fields: Fields };

/** The selectors of an endpoint. */
export type Fields = Readonly<Record<string, Field>>;

export const string: Field = { type: 'string' };
export const int: Field = { type: 'int' };
export const bool: Field = { type: 'bool' };
/** A list of texts. */
export const strings: Field = { type: 'strings' };
export const map = (values: Field): Field => ({ type: 'map', values });
export const struct = (fields: Fields): Field => ({ type: 'struct', fields });
/** A list of structs: whatever is asked about one of its fields is asked of any element. */
export const structs = (fields: Fields): Field => ({ type: 'structs', fields });

export const operatorsOf: Record<Field['type'], readonly Operator[]> = {
  string: ['Equal', 'Not Equal', 'In', 'Not In', 'Matches', 'Not Matches'],
  int: ['Equal', 'Not Equal'],
  bool: ['Equal', 'Not Equal'],
  strings: ['In', 'Not In', 'Is Empty', 'Is Not Empty'],
  map: ['In', 'Not In', 'Is Empty', 'Is Not Empty'],
  struct: [],
  structs: ['Is Empty', 'Is Not Empty'],
};
