import type { Topic } from '../../../src/shared/catalog-reader.ts';
import type { BasisSource } from '../../../src/shared/dns/answer-cache.ts';
import type { Basis, IndexReader } from '../../../src/shared/dns/question.ts';
import type { SharedBasis } from './messages.ts';
import type { SharedIndexes } from './shared-indexes.ts';

/**
 * All that a thread knows of the catalogs: whether they have changed. How stale they are does not count, for when that
 * begins to matter everything has changed (see `DnsThreads`).
 */
export class SharedCatalogs implements BasisSource {
  readonly #indexes: SharedIndexes;
  readonly #readers = new Map<string | undefined, IndexReader>();

  constructor(indexes: SharedIndexes) {
    this.#indexes = indexes;
  }

  reader(datacenter: string | undefined): IndexReader {
    let reader = this.#readers.get(datacenter);
    if (!reader) {
      reader = { movingIndex: (topic: Topic) => this.#indexes.moving(datacenter ?? '', topic) };
      this.#readers.set(datacenter, reader);
    }
    return reader;
  }

  staleMs(): number {
    return 0;
  }

  basisOf(shared: SharedBasis | undefined): Basis | undefined {
    if (!shared) return undefined;
    const { datacenter, topics } = shared;
    const reader = datacenter === undefined ? undefined : this.reader(datacenter);
    const current = reader ? topics.map((topic) => reader.movingIndex(topic)) : [];
    return { ...shared, reader, current, isStale: false };
  }
}
