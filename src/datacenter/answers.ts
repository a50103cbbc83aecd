/**
 * Answers to reads, kept as the text that is sent: an unchanged answer is not computed again. An entry is good as long as
 * the index of its topic stands where it stood; the oldest go when the texts together grow too long.
 */

import type { CatalogReader } from '../shared/catalog-reader.ts';
import type { Index } from '../shared/model.ts';
import { answerRead } from '../shared/read/answer.ts';
import { queryKey, type ReadQuery, topicOf } from '../shared/read/read-query.ts';

export interface Answer {
  Body: string;
  Index: Index;
}

interface Entry extends Answer {
  TopicIndex: Index;
}

export class Answers {
  readonly #reader: CatalogReader;
  readonly #charsMax: number;
  readonly #entries = new Map<string, Entry>();
  #chars = 0;

  constructor(reader: CatalogReader, charsMax: number) {
    this.#reader = reader;
    this.#charsMax = charsMax;
  }

  /** @throws {ApiError} for a filter that cannot be applied. */
  get(query: ReadQuery): Answer {
    const key = queryKey(query);
    const topicIndex = this.#reader.index(topicOf(query));
    const known = this.#entries.get(key);
    if (known?.TopicIndex === topicIndex) return known;
    const { Body, Index } = answerRead(this.#reader, query);
    const entry = { Body: JSON.stringify(Body), Index, TopicIndex: topicIndex };
    this.#keep(key, entry, known);
    return entry;
  }

  clear(): void {
    this.#entries.clear();
    this.#chars = 0;
  }

  #keep(key: string, entry: Entry, replaced: Entry | undefined): void {
    if (replaced) this.#forget(key, replaced);
    if (entry.Body.length > this.#charsMax) return;
    this.#entries.set(key, entry);
    this.#chars += key.length + entry.Body.length;
    for (const [oldest, value] of this.#entries) {
      if (this.#chars <= this.#charsMax) break;
      this.#forget(oldest, value);
    }
  }

  #forget(key: string, entry: Entry): void {
    this.#entries.delete(key);
    this.#chars -= key.length + entry.Body.length;
  }
}
