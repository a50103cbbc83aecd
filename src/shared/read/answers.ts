/**
 * Answers to reads, kept as the text that is sent: an unchanged answer is not computed again. An entry is good as long as
 * the index of what it was read from stands where it stood, and that of what it was sorted by; the oldest go when the
 * texts together grow too long.
 */

import type { CatalogReader } from '../catalog-reader.ts';
import type { Index } from '../model.ts';
import { answerRead, orderIndex, readIndex } from './answer.ts';
import { parseQueryKey, queryKey, type ReadQuery } from './read-query.ts';

export interface Answer {
  Body: string;
  Index: Index;
}

interface Entry {
  query: ReadQuery;
  answer: Answer;
  orderIndex: Index;
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
    return this.#current(key, query, this.#entries.get(key));
  }

  /** The same for the key of a query, which is sooner compared and sent than the query. */
  getByKey(key: string): Answer {
    const known = this.#entries.get(key);
    return this.#current(key, known?.query ?? parseQueryKey(key), known);
  }

  clear(): void {
    this.#entries.clear();
    this.#chars = 0;
  }

  #current(key: string, query: ReadQuery, known: Entry | undefined): Answer {
    const order = orderIndex(this.#reader, query);
    if (known?.answer.Index === readIndex(this.#reader, query) && known.orderIndex === order)
      return known.answer;
    const { Body, Index } = answerRead(this.#reader, query);
    const entry = { query, answer: { Body: JSON.stringify(Body), Index }, orderIndex: order };
    this.#keep(key, entry, known);
    return entry.answer;
  }

  #keep(key: string, entry: Entry, replaced: Entry | undefined): void {
    if (replaced) this.#forget(key, replaced);
    const { Body } = entry.answer;
    if (Body.length > this.#charsMax) return;
    this.#entries.set(key, entry);
    this.#chars += key.length + Body.length;
    for (const [oldest, value] of this.#entries) {
      if (this.#chars <= this.#charsMax) break;
      this.#forget(oldest, value);
    }
  }

  #forget(key: string, { answer }: Entry): void {
    this.#entries.delete(key);
    this.#chars -= key.length + answer.Body.length;
  }
}
