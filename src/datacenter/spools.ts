/**
 * Snapshots on their way: what is larger than the object's memory waits in its storage, where no reader of the catalog sees
 * it. A spool is dropped when it has been read or refused; what a death of the object leaves is dropped at the next start.
 */
import { ApiError } from '../shared/api-error.ts';
import { spoolIdleMsMax, spoolPartBytes, spoolsMax } from './limits.ts';
import type { SpoolTable } from './store/spool-table.ts';

export class Spools {
  readonly #table: SpoolTable;
  readonly #nowMs: () => number;
  readonly #spools = new Set<Spool>();
  #lastId = 0;

  constructor(table: SpoolTable, nowMs: () => number) {
    this.#table = table;
    this.#nowMs = nowMs;
    table.clear();
  }

  /** @throws {ApiError} 500 when there are too many. One that nobody has used for long makes room. */
  open(bytesMax: number): Spool {
    const nowMs = this.#nowMs();
    for (const spool of this.#spools) if (nowMs - spool.usedAtMs > spoolIdleMsMax) spool.drop();
    if (this.#spools.size >= spoolsMax)
      throw new ApiError(500, `${spoolsMax} snapshots are being taken or restored already: try again later`);
    this.#lastId += 1;
    const spool: Spool = new Spool(this.#table, this.#lastId, bytesMax, this.#nowMs, () =>
      this.#spools.delete(spool),
    );
    this.#spools.add(spool);
    return spool;
  }
}

/** Written once to its end, then read. */
export class Spool {
  usedAtMs: number;
  bytes = 0;
  readonly #table: SpoolTable;
  readonly #id: number;
  readonly #bytesMax: number;
  readonly #nowMs: () => number;
  readonly #dropped: () => void;
  #parts = 0;
  #part = new Uint8Array(spoolPartBytes);
  #filled = 0;
  #isDropped = false;

  constructor(table: SpoolTable, id: number, bytesMax: number, nowMs: () => number, dropped: () => void) {
    this.#table = table;
    this.#id = id;
    this.#bytesMax = bytesMax;
    this.#nowMs = nowMs;
    this.#dropped = dropped;
    this.usedAtMs = nowMs();
  }

  /** @throws {ApiError} 500 for the byte that is one too many. */
  write(bytes: Uint8Array): void {
    this.#use();
    this.bytes += bytes.byteLength;
    if (this.bytes > this.#bytesMax)
      throw new ApiError(
        500,
        `the state has more than ${this.#bytesMax} bytes: it is too large for a snapshot`,
      );
    for (let rest = bytes; rest.byteLength > 0; ) {
      const taken = rest.subarray(0, spoolPartBytes - this.#filled);
      this.#part.set(taken, this.#filled);
      this.#filled += taken.byteLength;
      rest = rest.subarray(taken.byteLength);
      if (this.#filled === spoolPartBytes) this.#flush();
    }
  }

  end(): void {
    if (this.#filled > 0) this.#flush();
    this.#part = new Uint8Array();
  }

  /** What was written, each part read from storage when it is asked for. */
  *parts(): Generator<Uint8Array> {
    for (let part = 0; part < this.#parts; part++) {
      this.#use();
      yield this.#table.get(this.#id, part)!;
    }
  }

  /** Twice is once. */
  drop(): void {
    if (this.#isDropped) return;
    this.#isDropped = true;
    this.#table.delete(this.#id);
    this.#dropped();
  }

  #flush(): void {
    this.#table.put(this.#id, this.#parts, this.#part.subarray(0, this.#filled));
    this.#parts += 1;
    this.#filled = 0;
  }

  #use(): void {
    if (this.#isDropped) throw new Error('a snapshot was given up, for nobody read or sent it');
    this.usedAtMs = this.#nowMs();
  }
}
