/**
 * Encoded answers by question. An entry is good for as long as what it was made from has not changed: the same copy of
 * the catalog, the same index of every topic, the same side of "stale". Nothing expires by time and nothing has to be
 * told of changes, so a thousand changes a second to other services cost an answer nothing.
 *
 * Questions that differ in case only share an entry: the question is repeated as it was asked, and records point at it.
 * So resolvers that scramble letters against forgery (0x20) are answered from the cache, too.
 *
 * Invariant: entries weigh at most `2 * generationBytesMax`, whatever is asked. What has not been asked for the time in
 * which a generation's weight of others was stored is dropped.
 */
import { type AnswerSettings, freshMsMax, staleMsMax } from './answer-settings.ts';
import type { Basis, IndexReader } from './question.ts';
import type { EncodedAnswer } from './wire/encoded-answer.ts';
import { hashQuestionKey, hasQuestionKey, type Query, sliceQuestionKey } from './wire/query.ts';

/** Some ten thousand answers of a few instances each. */
const generationBytesMax = 16 * 1024 * 1024;
/** About what an entry and each of its items take beside their records. */
const entryBytes = 1024;
const itemBytes = 256;

/** About how much memory an answer takes in the cache. */
export function weighAnswer({ bytes, items, far }: EncodedAnswer): number {
  return entryBytes + bytes.length + items.length * itemBytes + (far ? weighAnswer(far) : 0);
}

/** What a basis is checked against, as of `DnsCatalogs`. */
export interface BasisSource {
  reader(datacenter: string | undefined): IndexReader | undefined | Promise<IndexReader | undefined>;
  staleMs(datacenter: string | undefined): number;
}

interface Entry {
  key: Uint8Array;
  encoded: EncodedAnswer;
  basis: Basis;
}

export class AnswerCache {
  #young = new Map<number, Entry>();
  #old = new Map<number, Entry>();
  readonly #catalogs: BasisSource;
  readonly #bytesMax: number;
  #youngBytes = 0;

  /** @param bytesMax of a generation; there are two. */
  constructor(catalogs: BasisSource, bytesMax: number = generationBytesMax) {
    this.#catalogs = catalogs;
    this.#bytesMax = bytesMax;
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  find(packet: Uint8Array, query: Query, settings: AnswerSettings): EncodedAnswer | undefined {
    const hash = hashQuestionKey(packet, query);
    const entry = this.#young.get(hash) ?? this.#promote(hash);
    // Two questions with one hash take turns in one place.
    if (!entry || !hasQuestionKey(packet, query, entry.key)) return undefined;
    return isCurrent(entry.basis, this.#catalogs, settings) ? entry.encoded : undefined;
  }

  store(packet: Uint8Array, query: Query, encoded: EncodedAnswer, basis: Basis): void {
    if (weighAnswer(encoded) > this.#bytesMax) return;
    this.#keep(hashQuestionKey(packet, query), { key: sliceQuestionKey(packet, query), encoded, basis });
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
    this.#youngBytes = 0;
  }

  #promote(hash: number): Entry | undefined {
    const entry = this.#old.get(hash);
    if (entry) {
      this.#old.delete(hash);
      this.#keep(hash, entry);
    }
    return entry;
  }

  #keep(hash: number, entry: Entry): void {
    const replaced = this.#young.get(hash);
    if (replaced) this.#youngBytes -= weighAnswer(replaced.encoded);
    const weight = weighAnswer(entry.encoded);
    if (this.#youngBytes + weight > this.#bytesMax) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngBytes = 0;
    }
    this.#young.set(hash, entry);
    this.#youngBytes += weight;
  }
}

/** Whether an answer still stands that was made from this. */
export function isCurrent(basis: Basis, catalogs: BasisSource, settings: AnswerSettings): boolean {
  const { reader, current, indexes, datacenter } = basis;
  if (!reader) return true;
  if (catalogs.reader(datacenter) !== reader) return false;
  const staleMs = catalogs.staleMs(datacenter);
  if (staleMs > freshMsMax !== basis.isStale || staleMs > staleMsMax(settings)) return false;
  for (let i = 0; i < indexes.length; i++) if (current[i]!.value !== indexes[i]) return false;
  return true;
}
