/**
 * Flags as Go's `flag` package reads them, from a table that also makes the help page: `-name=value`, `-name value` or
 * `--name`; a boolean takes a value only after `=`; the first argument that is no flag, or `--`, ends the flags.
 *
 * Source: https://pkg.go.dev/flag.
 */
import { DurationError, parseDuration } from '../../src/shared/duration.ts';
import { readGoBool } from '../../src/shared/go-bool.ts';

/** `bool` needs no value; the last three may be given several times: `pairs` as "key=value", `meta` as "key:value". */
type FlagType = 'string' | 'bool' | 'int' | 'uint64' | 'duration' | 'list' | 'pairs' | 'meta';

export interface Flag {
  readonly name: string;
  /** Default: "string". */
  readonly type?: FlagType;
  /** What the flag does, one or more sentences. */
  readonly help: string;
  /** For a list: the flag under whose name its values are found, in the order of the command line. */
  readonly joins?: string;
}

interface ValueOf {
  string: string;
  bool: boolean;
  int: number;
  /** In decimal digits: a number here has 53 bits. */
  uint64: string;
  /** Milliseconds. */
  duration: number;
  list: string[];
  pairs: Record<string, string>;
  meta: Record<string, string>;
}

type TypeOf<F extends Flag> = F['type'] extends FlagType ? F['type'] : 'string';

/** The flags that were given, by name. */
export type FlagValues<T extends readonly Flag[]> = { [F in T[number] as F['name']]?: ValueOf[TypeOf<F>] };

export interface ParsedFlags<T extends readonly Flag[]> {
  values: FlagValues<T>;
  /** What follows the flags. */
  args: string[];
  /** `-h`, `-help` or `--help` was among them; nothing after it was read. */
  help: boolean;
}

/** The message is what Go prints; the command adds its usage. */
export class FlagError extends Error {}

/** @throws {FlagError} */
export function parseFlags<const T extends readonly Flag[]>(
  table: T,
  argv: readonly string[],
): ParsedFlags<T> {
  const values: Record<string, unknown> = {};
  const result = (args: string[], help = false) => ({ values: values as FlagValues<T>, args, help });
  const rest = [...argv];
  for (let token = rest[0]; token !== undefined; token = rest[0]) {
    if (!/^--?[^-]|^---|^--=|^--$/.test(token)) break;
    rest.shift();
    if (token === '--') break;
    const { name, text } = splitFlag(token);
    const flag = table.find((candidate) => candidate.name === name);
    if (!flag && (name === 'h' || name === 'help')) return result(rest, true);
    if (!flag) throw new FlagError(`flag provided but not defined: -${name}`);
    const under = flag.joins ?? name;
    values[under] = readFlag(flag, text, rest, values[under]);
  }
  return result(rest);
}

function splitFlag(token: string): { name: string; text: string | undefined } {
  const [, name = '', , text] = /^--?([^=]*)(=([\s\S]*))?$/.exec(token)!;
  if (name === '' || name.startsWith('-')) throw new FlagError(`bad flag syntax: ${token}`);
  return { name, text };
}

function readFlag(
  { name, type = 'string' }: Flag,
  given: string | undefined,
  rest: string[],
  before: unknown,
): unknown {
  if (type === 'bool') return given === undefined || parseBool(name, given);
  const text = given ?? rest.shift();
  if (text === undefined) throw new FlagError(`flag needs an argument: -${name}`);
  if (type === 'int') return parseInteger(name, text);
  if (type === 'uint64') return parseUint64(name, text);
  if (type === 'duration') return parseFlagDuration(name, text);
  if (type === 'list') return [...((before as string[] | undefined) ?? []), text];
  if (type === 'pairs' || type === 'meta')
    return Object.fromEntries([...Object.entries(before ?? {}), splitPair(name, type, text)]);
  return text;
}

function parseBool(name: string, text: string): boolean {
  const value = readGoBool(text);
  if (value !== undefined) return value;
  throw new FlagError(
    `invalid boolean value ${JSON.stringify(text)} for -${name}: strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`,
  );
}

function parseInteger(name: string, text: string): number {
  if (/^[+-]?\d+$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  throw new FlagError(
    `invalid value ${JSON.stringify(text)} for flag -${name}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`,
  );
}

const uint64Max = 2n ** 64n - 1n;

function parseUint64(name: string, text: string): string {
  const isNumber = /^(0|[1-9]\d*|0x[\da-f]+|0b[01]+|0o[0-7]+)$/i.test(text);
  const fault = !isNumber ? 'parse error' : BigInt(text) > uint64Max ? 'value out of range' : '';
  if (fault === '') return String(BigInt(text));
  throw new FlagError(`invalid value ${JSON.stringify(text)} for flag -${name}: ${fault}`);
}

function parseFlagDuration(name: string, text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    if (!(error instanceof DurationError)) throw error;
    throw new FlagError(`invalid value ${JSON.stringify(text)} for flag -${name}: ${error.message}`);
  }
}

/** Metadata without a colon is a key with the value "". */
function splitPair(name: string, type: 'pairs' | 'meta', text: string): [string, string] {
  const at = text.indexOf(type === 'meta' ? ':' : '=');
  if (at !== -1) return [text.slice(0, at), text.slice(at + 1)];
  if (type === 'meta') return [text, ''];
  throw new FlagError(
    `invalid value ${JSON.stringify(text)} for flag -${name}: Missing "=" value in argument: ${text}`,
  );
}

const helpColumns = 73;
const helpIndent = '     ';

/** The part of a help page that lists flags, sorted by name. */
export function flagsHelp(table: readonly Flag[]): string {
  const byName = [...table].sort((a, b) => (a.name < b.name ? -1 : 1));
  return byName.map(flagHelp).join('\n\n');
}

function flagHelp({ name, type, help }: Flag): string {
  const value = type === 'bool' ? '' : '=<value>';
  return `  -${name}${value}\n${wrapWords(help, helpIndent)}`;
}

/** Lines of a help page, each behind the indent. */
export function wrapWords(text: string, indent: string): string {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= helpColumns - indent.length)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.map((line) => indent + line).join('\n');
}
