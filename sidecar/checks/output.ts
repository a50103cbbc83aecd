/**
 * Limits on a check's output, in Consul's forms. Sizes are bytes of UTF-8; a character that a cut would halve is left
 * out whole.
 */

/** The last `bytesMax` bytes of a stream of any length, in memory for no more than them. */
export class TailBuffer {
  readonly #bytes: Buffer;
  #written = 0;

  constructor(bytesMax: number) {
    this.#bytes = Buffer.alloc(bytesMax);
  }

  /** How many bytes were written in all. */
  get written(): number {
    return this.#written;
  }

  get full(): boolean {
    return this.#written > this.#bytes.length;
  }

  write(chunk: Uint8Array): void {
    const size = this.#bytes.length;
    const kept = chunk.subarray(Math.max(0, chunk.length - size));
    const at = (this.#written + chunk.length - kept.length) % size;
    const untilEnd = Math.min(kept.length, size - at);
    this.#bytes.set(kept.subarray(0, untilEnd), at);
    this.#bytes.set(kept.subarray(untilEnd), 0);
    this.#written += chunk.length;
  }

  /** What is kept, in the order it was written. */
  bytes(): Buffer {
    if (!this.full) return this.#bytes.subarray(0, this.#written);
    const at = this.#written % this.#bytes.length;
    return Buffer.concat([this.#bytes.subarray(at), this.#bytes.subarray(0, at)]);
  }

  toString(): string {
    const bytes = this.bytes();
    return bytes.toString('utf8', this.full ? leadingContinuationBytes(bytes) : 0);
  }

  /** The tail, headed by what was cut away: for scripts, whose last lines say most. */
  describe(): string {
    if (!this.full) return this.toString();
    return `Captured ${this.#bytes.length} of ${this.#written} bytes\n...\n${this}`;
  }
}

/** The first `bytesMax` bytes, followed by what was cut away: for the note of a TTL update. */
export function limitNote(note: string, bytesMax: number): string {
  const bytes = Buffer.from(note);
  if (bytes.length <= bytesMax) return note;
  let end = bytesMax;
  while (end > 0 && isContinuation(bytes[end]!)) end--;
  return `${bytes.toString('utf8', 0, end)} ... (captured ${bytesMax} of ${bytes.length} bytes)`;
}

/** At most three, so that output that is no UTF-8 at all is not thrown away. */
function leadingContinuationBytes(bytes: Buffer): number {
  let count = 0;
  while (count < 3 && isContinuation(bytes[count] ?? 0)) count++;
  return count;
}

const isContinuation = (byte: number) => (byte & 0xc0) === 0x80;
