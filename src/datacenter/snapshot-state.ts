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
import { snapshotChunkChars, snapshotLineBytesMax } from './limits.ts';
import { type Cell, type Column, isInstant, type TableDump, type TableShape } from './store/table-dump.ts';

/** Writes all lines, in pieces. */
export function encodeState(dump: TableDump, write: (bytes: Uint8Array) => void): void {
  const encoder = new TextEncoder();
  let text = '';
  const flush = () => {
    write(encoder.encode(text));
    text = '';
  };
  const addLine = (line: unknown) => {
    text += `${JSON.stringify(line)}\n`;
    if (text.length >= snapshotChunkChars) flush();
  };
  for (const table of dump.tables()) {
    addLine({ Table: table.Name, Columns: table.Columns.map(({ Name }) => Name) });
    dump.each(table, (cells) => addLine(cells.map(encodeCell)));
  }
  flush();
}

const encodeCell = (cell: Cell) =>
  cell instanceof ArrayBuffer || cell instanceof Uint8Array ? new Uint8Array(cell).toBase64() : cell;

interface Reading {
  /** The highest index a row can have. */
  index: Index;
  /** Added to every instant. */
  shiftMs: number;
}

/**
 * Inserts the rows of a state, which comes in pieces, into empty tables.
 * @throws {ApiError} 500 naming the line that cannot be one of them.
 */
export function insertState(dump: TableDump, state: Iterable<Uint8Array>, reading: Reading): void {
  const tables = new Map(dump.tables().map((table) => [table.Name, table]));
  let into: TableShape | undefined;
  for (const [number, line] of numberedLines(state)) {
    const refuseLine = (why: string) => refuse(number, why);
    const value = parseJson(line, refuseLine);
    if (!Array.isArray(value)) into = parseHeader(value, tables, refuseLine);
    else if (into === undefined) throw refuseLine('a row of no table');
    else insertRow(dump, into, value, reading, refuseLine);
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
    return isInstant({ Name }) ? value + reading.shiftMs : value;
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

function* numberedLines(chunks: Iterable<Uint8Array>): Generator<[number: number, line: string]> {
  const decoder = new TextDecoder();
  let number = 1;
  let line = '';
  let lineBytes = 0;
  const add = (bytes: Uint8Array) => {
    lineBytes += bytes.byteLength;
    if (lineBytes > snapshotLineBytesMax)
      throw refuse(number, `more than ${snapshotLineBytesMax} bytes in one line`);
    line += decoder.decode(bytes, { stream: true });
  };
  for (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(lineBreak); end >= 0; end = chunk.indexOf(lineBreak, start)) {
      add(chunk.subarray(start, end));
      yield [number, line];
      number += 1;
      line = '';
      lineBytes = 0;
      start = end + 1;
    }
    add(chunk.subarray(start));
  }
  if (lineBytes > 0) yield [number, line];
}

const refuse = (line: number, why: string) =>
  new ApiError(500, `failed to restore snapshot: line ${line}: ${why}`);
