/**
 * Readers of values that came off the wire. A peer of the same version sends exactly the shapes of `messages.ts`, so
 * anything else is refused, with its place; what is read is built anew with its members in the order written here, and
 * holds nothing that nobody asked for.
 */
import { ApiError } from '../api-error.ts';
import { isObject } from '../is-object.ts';
import { jsonDepthMax, nameCharsMax } from '../limits.ts';

/** How much is put around a name: `_service_maintenance:` is the most. */
const derivedCharsMax = 64;

/** @throws {ApiError} 400 naming `at` for a value of another shape. */
export type Reader<Value> = (value: unknown, at: string) => Value;

type Readers<Shape> = { [Key in keyof Shape]-?: Reader<Shape[Key]> };

export function refuse(at: string, why: string): never {
  throw new ApiError(400, `${at} ${why}`);
}

export const text: Reader<string> = (value, at) =>
  typeof value === 'string' ? value : refuse(at, 'is no text');
export const flag: Reader<boolean> = (value, at) =>
  typeof value === 'boolean' ? value : refuse(at, 'is neither true nor false');
export const integer: Reader<number> = (value, at) =>
  Number.isSafeInteger(value) ? (value as number) : refuse(at, 'is no integer');
export const count: Reader<number> = (value, at) =>
  integer(value, at) >= 0 ? (value as number) : refuse(at, 'is negative');

const textUpTo =
  (charsMax: number): Reader<string> =>
  (value, at) => {
    const { length } = text(value, at);
    if (length > charsMax) refuse(at, `has ${length} characters, the limit is ${charsMax}`);
    return value as string;
  };

/** A name or ID, which may be "". */
export const shortText = textUpTo(nameCharsMax);

/** One that may be made of another, as the ID of a check that was given none is. */
export const derivedText = textUpTo(nameCharsMax + derivedCharsMax);

export const name: Reader<string> = (value, at) => shortText(value, at) || refuse(at, 'is empty');
export const derivedName: Reader<string> = (value, at) => derivedText(value, at) || refuse(at, 'is empty');

export const oneOf =
  <Word extends string>(...words: Word[]): Reader<Word> =>
  (value, at) =>
    words.find((word) => word === value) ?? refuse(at, `is none of ${words.join(', ')}`);

export const optional =
  <Value>(read: Reader<Value>): Reader<Value | undefined> =>
  (value, at) =>
    value === undefined ? undefined : read(value, at);

export const nullable =
  <Value>(read: Reader<Value>): Reader<Value | null> =>
  (value, at) =>
    value === null ? null : read(value, at);

export const listOf =
  <Value>(read: Reader<Value>, lengthMax = Number.POSITIVE_INFINITY): Reader<Value[]> =>
  (value, at) => {
    if (!Array.isArray(value)) return refuse(at, 'is no list');
    if (value.length > lengthMax) refuse(at, `has ${value.length} members, the limit is ${lengthMax}`);
    return value.map((member, position) => read(member, `${at}[${position}]`));
  };

export const mapOf =
  <Value>(read: Reader<Value>): Reader<Record<string, Value>> =>
  (value, at) => {
    if (!isObject(value)) return refuse(at, 'is no object');
    // Not by assignment: "__proto__" is a key like any other.
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [key, read(member, `${at}[${JSON.stringify(key)}]`)]),
    );
  };

/** Exactly these members; those whose reader gives undefined are absent. */
export const record =
  <Shape extends object>(readers: Readers<Shape>): Reader<Shape> =>
  (value, at) => {
    if (!isObject(value)) return refuse(at, 'is no object');
    const unknown = Object.keys(value).find((key) => !Object.hasOwn(readers, key));
    if (unknown !== undefined) refuse(at, `has the unknown member ${JSON.stringify(unknown.slice(0, 100))}`);
    const members = Object.entries<Reader<unknown>>(readers).map(
      ([key, read]) => [key, read(value[key], `${at}.${key}`)] as const,
    );
    return Object.fromEntries(members.filter(([, member]) => member !== undefined)) as Shape;
  };

/** An object that is stored and given back as it came; not deeper than what serialises it can go. */
export const anyObject: Reader<Record<string, unknown>> = (value, at) => {
  if (!isObject(value)) return refuse(at, 'is no object');
  if (isDeeper(value, jsonDepthMax)) refuse(at, `is nested deeper than ${jsonDepthMax}`);
  return value;
};

function isDeeper(value: unknown, depthMax: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depthMax === 0 || Object.values(value).some((member) => isDeeper(member, depthMax - 1));
}
