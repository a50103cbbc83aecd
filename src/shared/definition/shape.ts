/**
 * Shapes of documents: tables of field names and kinds that turn the JSON of an API body, or what a config file says,
 * into a typed record. One table serves both: a key is found without regard to letter case and underscores, so `TTL`,
 * `ttl`, `DeregisterCriticalServiceAfter` and `deregister_critical_service_after` all arrive under the table's name.
 *
 * Reading never throws: each fault is noted as an {@link Issue} in document order, and the caller decides whether one
 * of them is an HTTP answer in Go's words or all of them are the report on a file. `null` counts as absent, as in Go.
 */
import { DurationError, parseDuration } from '../duration.ts';
import { isObject } from '../is-object.ts';

type Fault =
  /** A key that the shape has not, and the fields that it has at that place. */
  | { kind: 'unknown'; key: string; fields: readonly string[] }
  /** A value of the wrong JSON type. `found` may carry the number: "number 1.5". */
  | { kind: 'type'; found: string; wants: Wants; goType: string; goField: string }
  /** A value of the right type that says nothing valid. */
  | { kind: 'value'; text: string };

/** A fault and the place of the value or the key. */
export type Issue = Fault & Pick<Place, 'path' | 'opaqueAt'>;

type Wants = 'scalar' | 'list' | 'map';

/** Files may write anything as a list of one; HCL, which has no other lists of blocks, a list of one as a map. */
export type Source = 'body' | 'json' | 'hcl';

/** Where a value stands: for people (`path`: "services[0].port") and in Go's structs (`goField`: "Weights.Passing"). */
export interface Place {
  readonly path: string;
  readonly goStruct: string;
  readonly goField: string;
  /** The path of the outermost opaque struct around it that is not the document itself; "" if there is none. */
  readonly opaqueAt: string;
  readonly source: Source;
  readonly issues: Issue[];
}

export interface Kind<T> {
  /** As Go prints the type. */
  readonly goType: string;
  /** Of a list or a map: what it holds. */
  readonly items?: Kind<unknown>;
  readonly values?: Kind<unknown>;
  /** What Go makes of a `null` in a list or map of this kind. */
  zero(): T;
  /** Undefined: the fault is noted. Never called with `null`. */
  read(value: unknown, at: Place): T | undefined;
}

export type Fields = Record<string, Kind<unknown>>;
type Read<F extends Fields> = { [K in keyof F]?: F[K] extends Kind<infer T> ? T : never };

/** The type that a shape reads. */
export type ReadOf<K> = K extends Kind<infer T> ? T : never;

/** Reads a whole document. The value is complete only if there are no issues. */
export function readShape<T>(kind: Kind<T>, value: unknown, source: Source) {
  const issues: Issue[] = [];
  const start: Place = { path: '', goStruct: '', goField: '', opaqueAt: '', source, issues };
  return { value: value === null ? undefined : kind.read(value, start), issues };
}

function jsonTypeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  return typeof value === 'bigint' ? 'number' : typeof value;
}

function note({ issues, path, opaqueAt }: Place, fault: Fault, at = path): void {
  issues.push({ ...fault, path: at, opaqueAt });
}

function mistyped(value: unknown, wants: Wants, goType: string, at: Place): undefined {
  const isNumber = jsonTypeOf(value) === 'number';
  const literal = isNumber && (goType === 'int' || goType === 'uint64') ? ` ${value}` : '';
  const goField = at.goField === '' ? '' : `${at.goStruct}.${at.goField}`;
  note(at, { kind: 'type', found: jsonTypeOf(value) + literal, wants, goType, goField });
  return undefined;
}

function scalar<T>(goType: string, zero: () => T, is: (value: unknown) => value is T): Kind<T> {
  return {
    goType,
    zero,
    read(written, at) {
      const value = unwrapped(written, at);
      return is(value) ? value : mistyped(value, 'scalar', goType, at);
    },
  };
}

const isString = (value: unknown): value is string => typeof value === 'string';
const isInteger = (value: unknown): value is number => Number.isSafeInteger(value);
const isUint64 = (value: unknown): value is number | bigint =>
  typeof value === 'bigint' ? value >= 0n && value < 2n ** 64n : isInteger(value) && value >= 0;
const isBoolean = (value: unknown): value is boolean => typeof value === 'boolean';
const isNumber = (value: unknown): value is number => typeof value === 'number';

export const string = scalar('string', () => '', isString);
export const integer = scalar('int', () => 0, isInteger);
/** Unsigned, of 64 bits: beyond what a number holds exactly it has to come as a bigint. */
export const uint64 = scalar<number | bigint>('uint64', () => 0, isUint64);
export const number = scalar('float64', () => 0, isNumber);
export const boolean = scalar('bool', () => false, isBoolean);
export const object = scalar('map[string]interface {}', () => ({}), isObject);
/** Anything goes, and comes out as it is. */
export const anything: Kind<unknown> = { goType: 'interface {}', zero: () => null, read: (value) => value };
/** A string that Go gives a type of its own. */
export const stringNamed = (goType: string) => scalar(goType, () => '', isString);

/**
 * Milliseconds, from a text like "10s" or, in a body only, a number of nanoseconds. In a body values of other types count
 * as absent, which is what Consul does.
 */
export const duration: Kind<number> = {
  goType: 'string',
  zero: () => 0,
  read(written, at) {
    const value = unwrapped(written, at);
    if (isString(value)) return readDuration(value, at);
    if (at.source !== 'body') return mistyped(value, 'scalar', 'string', at);
    return typeof value === 'number' ? Math.trunc(value) / 1e6 : undefined;
  },
};

function readDuration(text: string, at: Place): number | undefined {
  try {
    return parseDuration(text);
  } catch (error) {
    if (!(error instanceof DurationError)) throw error;
    const detail = at.source === 'body' ? '' : `invalid duration: ${JSON.stringify(text)}: `;
    note(at, { kind: 'value', text: detail + error.message });
    return undefined;
  }
}

export function listOf<T>(item: Kind<T>, goType = `[]${item.goType}`): Kind<T[]> {
  return {
    goType,
    items: item,
    zero: () => [],
    read(value, at) {
      const list = at.source === 'hcl' && isObject(value) ? [value] : value;
      if (!Array.isArray(list)) return mistyped(value, 'list', goType, at);
      const items = list.map((element, i) => readItem(item, element, { ...at, path: `${at.path}[${i}]` }));
      return items.filter((element) => element !== undefined) as T[];
    },
  };
}

function readItem<T>(item: Kind<T>, element: unknown, at: Place): T | undefined {
  return element === null ? item.zero() : item.read(element, at);
}

export function mapOf<T>(item: Kind<T>, goType = `map[string]${item.goType}`): Kind<Record<string, T>> {
  return {
    goType,
    values: item,
    zero: () => ({}),
    read(value, at) {
      const map = unwrapped(value, at);
      if (!isObject(map)) return mistyped(map, 'map', goType, at);
      const entries = Object.entries(map).map(
        ([key, element]) => [key, readItem(item, element, { ...at, path: `${at.path}[${key}]` })] as const,
      );
      return Object.fromEntries(entries.filter(([, element]) => element !== undefined)) as Record<string, T>;
    },
  };
}

export const stringList = listOf(string);
export const stringMap = mapOf(string);

/** In a file, but not around all of it, a list of one stands for what it holds, wherever no list is wanted. */
function unwrapped(value: unknown, at: Place): unknown {
  const isList = at.source !== 'body' && at.path !== '' && Array.isArray(value);
  return isList && value.length === 1 && value[0] !== null ? value[0] : value;
}

interface StructOptions {
  /** Keys that the fields do not name: refused (default), left out, or kept under their own name. */
  others?: 'refuse' | 'drop' | 'keep';
  /** Go decodes this struct with a decoder of its own: errors inside it name the field that holds it, and end all. */
  opaque?: boolean;
}

export interface Struct<F extends Fields> extends Kind<Read<F>> {
  readonly fields: F;
  /** Keys that the fields do not name are no fault. */
  readonly open: boolean;
}

/** A record with known keys. `name` is Go's, like "structs.Weights". */
export function struct<F extends Fields>(name: string, fields: F, options: StructOptions = {}): Struct<F> {
  const byKey = new Map(Object.keys(fields).map((field) => [foldKey(field), field]));
  return {
    goType: name,
    fields,
    open: options.others === 'drop' || options.others === 'keep',
    zero: () => ({}),
    read(value, place) {
      const at = options.opaque ? { ...place, opaqueAt: place.opaqueAt || place.path } : place;
      const members = unwrapped(value, at);
      if (!isObject(members)) return mistyped(members, 'map', name, at);
      const entries: [string, unknown][] = [];
      for (const [key, member] of Object.entries(members)) {
        const field = byKey.get(foldKey(key));
        if (at.source !== 'body' && entries.some(([before]) => before === field))
          note(at, { kind: 'unknown', key, fields: Object.keys(fields) }, join(at.path, key));
        else if (field === undefined && options.others === 'keep') entries.push([key, member]);
        else if (field === undefined && options.others === 'drop') continue;
        else if (field === undefined)
          note(at, { kind: 'unknown', key, fields: Object.keys(fields) }, join(at.path, key));
        else if (member !== null)
          entries.push([field, fields[field]!.read(member, inside(at, name, field, key, options))]);
      }
      return Object.fromEntries(entries.filter(([, member]) => member !== undefined)) as Read<F>;
    },
  };
}

/** The form in which keys are compared. */
const foldKey = (key: string) => key.replaceAll('_', '').toLowerCase();

function inside(at: Place, name: string, field: string, key: string, { opaque }: StructOptions): Place {
  const path = join(at.path, key);
  if (opaque && at.goField !== '') return { ...at, path };
  const goStruct = opaque ? '' : name.slice(name.indexOf('.') + 1);
  return { ...at, path, goStruct, goField: join(at.goField, field) };
}

const join = (path: string, key: string) => (path === '' ? key : `${path}.${key}`);
