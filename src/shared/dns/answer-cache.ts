/**
 * Encoded answers by question. An entry is good for as long as what it was made from has not changed: the same copy of
 * the catalog, the same index of every topic, the same side of "stale". Nothing expires by time and nothing has to be
 * told of changes, so a thousand changes a second to other services cost an answer nothing.
 *
 * Invariant: at most `2 * generationEntriesMax` entries, however many names are asked. What has not been asked for the
 * time in which that many others were is dropped.
 */
import { type AnswerSettings, freshMsMax, staleMsMax } from './answer-settings.ts';
import type { DnsCatalogs } from './catalogs.ts';
import type { Basis } from './question.ts';
import type { EncodedAnswer } from './wire/encoded-answer.ts';
import { hashQuestion, isSameQuestion, type Query, sliceQuestion } from './wire/query.ts';

const generationEntriesMax = 8192;

interface Entry {
  question: Uint8Array;
  encoded: EncodedAnswer;
  basis: Basis;
}

export class AnswerCache {
  #young = new Map<number, Entry>();
  #old = new Map<number, Entry>();
  readonly #catalogs: DnsCatalogs;
  readonly #entriesMax: number;

  constructor(catalogs: DnsCatalogs, entriesMax: number = generationEntriesMax) {
    this.#catalogs = catalogs;
    this.#entriesMax = entriesMax;
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  find(packet: Uint8Array, query: Query, settings: AnswerSettings): EncodedAnswer | undefined {
    const hash = hashQuestion(packet, query);
    const entry = this.#young.get(hash) ?? this.#promote(hash);
    // Two questions with one hash take turns in one place.
    if (!entry || !isSameQuestion(packet, query, entry.question)) return undefined;
    return this.#isCurrent(entry.basis, settings) ? entry.encoded : undefined;
  }

  store(packet: Uint8Array, query: Query, encoded: EncodedAnswer, basis: Basis): void {
    this.#keep(hashQuestion(packet, query), { question: sliceQuestion(packet, query), encoded, basis });
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
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
    if (this.#young.size >= this.#entriesMax) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(hash, entry);
  }

  #isCurrent(basis: Basis, settings: AnswerSettings): boolean {
    const { reader, topics, indexes, datacenter } = basis;
    if (!reader) return true;
    if (this.#catalogs.reader(datacenter) !== reader) return false;
    const staleMs = this.#catalogs.staleMs(datacenter);
    if (staleMs > freshMsMax !== basis.isStale || staleMs > staleMsMax(settings)) return false;
    for (let i = 0; i < topics.length; i++) if (reader.index(topics[i]!) !== indexes[i]) return false;
    return true;
  }
}
