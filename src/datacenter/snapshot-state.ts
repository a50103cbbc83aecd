/**
 * The state in a snapshot: lines of JSON, for each table one that names its columns and then one for each row, an array of
 * cells. A blob is base64.
 *
 * By convention a column whose name ends in `AtMs`, `SinceMs` or `UntilMs` is an instant. Between a snapshot and its
 * restoration time stands still: what had ten seconds to live has ten seconds again.
 */
import { decodeBase64 } from '../requests/base64.ts';
import { ApiError } from '../shared/api-error.ts';
import { isObject } from '../shared/is-object.ts';
import type { Index } from '../shared/model.ts';
import { snapshotChunkChars } from './limits.ts';
import type { Cell, Column, TableDump, TableShape } from './store/table-dump.ts';

/** Bytes of all lines, in pieces. @throws {ApiError} 500 when they are more than `bytesMax`. */
export function encodeState(dump: TableDump, bytesMax: number): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let text = '';
  let bytes = 0;
  const flush = () => {
    const chunk = new TextEncoder().encode(text);
    bytes += chunk.byteLength;
    if (bytes > bytesMax)
      throw new ApiError(500, `the state has more than ${bytesMax} bytes: it is too large for a snapshot`);
    chunks.push(chunk);
    text = '';
  };
  const write = (line: unknown) => {
    text += `${JSON.stringify(line)}\n`;
    if (text.length >= snapshotChunkChars) flush();
  };
  for (const table of dump.tables()) {
    write({ Table: table.Name, Columns: table.Columns.map(({ Name }) => Name) });
    dump.each(table, (cells) => write(cells.map(encodeCell)));
  }
  flush();
  return chunks;
}

const encodeCell = (cell: Cell) =>
  cell instanceof ArrayBuffer || cell instanceof Uint8Array ? new Uint8Array(cell).toBase64() : cell;

interface Reading {
  /** The highest index a row can have. */
  index: Index;
  /** Added to every instant. */
  shiftMs: number;
}

/** Inserts the rows of a state into empty tables. @throws {ApiError} 500 naming the line that cannot be one of them. */
export function insertState(dump: TableDump, state: Uint8Array, reading: Reading): void {
  const tables = new Map(dump.tables().map((table) => [table.Name, table]));
  let into: TableShape | undefined;
  for (const [number, line] of numberedLines(state)) {
    const refuse = (why: string) => new ApiError(500, `failed to restore snapshot: line ${number}: ${why}`);
    const value = parseJson(line, refuse);
    if (!Array.isArray(value)) into = parseHeader(value, tables, refuse);
    else if (into === undefined) throw refuse('a row of no table');
    else insertRow(dump, into, value, reading, refuse);
  }
}

type Refuse = (why: string) => ApiError;

function insertRow(
  dump: TableDump,
  table: TableShape,
  row: unknown[],
  reading: Reading,
  refuse: Refuse,
): void {
  const { Name, Columns } = table;
  if (row.length !== Columns.length)
    throw refuse(`${row.length} cells for the ${Columns.length} columns of ${Name}`);
  const cells = Columns.map((column, i) => decodeCell(row[i], column, Name, reading, refuse));
  try {
    dump.insert(Name, Columns, cells);
  } catch (error) {
    throw refuse((error as Error).message);
  }
}

/** The columns that are in the snapshot. @throws for a table or column that is not here, or one that is missing. */
function parseHeader(value: unknown, tables: Map<string, TableShape>, refuse: Refuse): TableShape {
  const { Table, Columns } = (value ?? {}) as { Table?: unknown; Columns?: unknown };
  const table = tables.get(String(Table));
  if (!table || !Array.isArray(Columns)) throw refuse(`no table ${JSON.stringify(Table)}`);
  const known = new Map(table.Columns.map((column) => [column.Name, column]));
  const missing = table.Columns.find(({ Name, Optional }) => !Optional && !Columns.includes(Name));
  if (missing) throw refuse(`${table.Name} has no ${missing.Name}`);
  if (new Set(Columns).size !== Columns.length) throw refuse(`a column of ${table.Name} twice`);
  const columns = Columns.map((name: unknown) => {
    const column = known.get(String(name));
    if (!column) throw refuse(`no column ${JSON.stringify(name)} in ${table.Name}`);
    return column;
  });
  return { Name: table.Name, Columns: columns };
}

function decodeCell(
  value: unknown,
  { Name, Type, Nullable }: Column,
  table: string,
  reading: Reading,
  refuse: Refuse,
): string | number | null | Uint8Array {
  const mistyped = () => refuse(`${JSON.stringify(value)?.slice(0, 50)} is no ${table}.${Name}`);
  if (value === null && Nullable) return null;
  if (Type === 'INTEGER') {
    if (typeof value !== 'number' || !Number.isFinite(value)) throw mistyped();
    if (/^(Create|Modify)Index$/.test(Name) && !(value >= 0 && value <= reading.index)) throw mistyped();
    return /(At|Since|Until)Ms$/.test(Name) ? value + reading.shiftMs : value;
  }
  if (typeof value !== 'string') throw mistyped();
  if (Type === 'BLOB') return decodeBase64(value, () => mistyped());
  if (Name === 'Data' && !isObject(parseJson(value, mistyped))) throw mistyped();
  return value;
}

function parseJson(text: string, refuse: Refuse): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw refuse('no JSON');
  }
}

const lineBreak = 0x0a;

function* numberedLines(state: Uint8Array): Generator<[number: number, line: string]> {
  const decoder = new TextDecoder();
  let number = 0;
  for (let start = 0; start < state.byteLength; ) {
    const found = state.indexOf(lineBreak, start);
    const end = found < 0 ? state.byteLength : found;
    number += 1;
    yield [number, decoder.decode(state.subarray(start, end))];
    start = end + 1;
  }
}
