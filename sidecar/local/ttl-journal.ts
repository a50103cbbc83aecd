/**
 * What TTL checks were told since all results were last saved, and which checks went, a line each: a program that was told
 * "passing" is not asked again whether the agent died the moment after. A line outlives the process that wrote it, whoever
 * kills it; that it outlives a power cut is not worth a flush of the disk for each heartbeat of each service.
 */
import { closeSync, ftruncateSync, openSync, writeFileSync } from 'node:fs';
import { readIfThere } from '../system/durable-file.ts';
import { decodeLine, encodeLine } from './journal-line.ts';

/** A longer journal is worth saving all results for. */
const journalBytesMax = 1_048_576;

export class TtlJournal<Entry extends unknown[]> {
  readonly #path: string;
  #file: number | undefined;
  #bytes = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** Oldest first. A line that was cut short or overwritten is passed over. @throws what the disk says. */
  read(): Entry[] {
    const lines = (readIfThere(this.#path) ?? '').split('\n');
    return lines.map((line) => decodeLine<Entry>(line)).filter((entry) => entry !== undefined);
  }

  /** Whether it has become so long that {@link clear} is due. @throws what the disk says. */
  append(entry: Entry): boolean {
    this.#file ??= openSync(this.#path, 'a', 0o600);
    // It begins with an end of line, for the last line may have been cut short.
    const text = `\n${encodeLine(entry)}`;
    // Where one write(2) would stop short without an error, this throws.
    writeFileSync(this.#file, text);
    this.#bytes += Buffer.byteLength(text);
    return this.#bytes > journalBytesMax;
  }

  /** All it says is saved elsewhere. @throws what the disk says. */
  clear(): void {
    this.#file ??= openSync(this.#path, 'a', 0o600);
    ftruncateSync(this.#file);
    this.#bytes = 0;
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }
}
