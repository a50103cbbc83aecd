/** Reads under /v1/kv: which topic they wait on, and what they come to. */

import type { KvAnswer } from '../requests/kv-answer.ts';
import { cutKeys, kvEntryJson } from '../requests/kv-entry.ts';
import type { KvQuery } from '../requests/kv-request.ts';
import { keyTopic, prefixTopic, type Topic } from '../shared/catalog-reader.ts';
import type { CatalogStore } from './store/catalog-store.ts';

export const kvTopic = (query: KvQuery): Topic =>
  query.Kind === 'get' ? keyTopic(query.Key) : prefixTopic(query.Prefix);

export function readKv(store: CatalogStore, query: KvQuery): KvAnswer {
  const Index = store.index(kvTopic(query));
  if (query.Kind === 'get') return readKey(store, query, Index);
  if (query.Kind === 'keys') {
    const keys = store.kvTable.keysUnder(query.Prefix);
    // Listing nothing at the root is an empty list; anywhere else there is nothing to list.
    if (keys.length === 0 && query.Prefix !== '') return { Index };
    return { Index, Body: JSON.stringify(cutKeys(keys, query.Prefix, query.Separator)) };
  }
  const entries = store.kvTable.under(query.Prefix);
  if (entries.length === 0) return { Index };
  return { Index, Body: `[${entries.map((entry) => kvEntryJson(entry)).join(',')}]` };
}

function readKey(store: CatalogStore, query: Extract<KvQuery, { Kind: 'get' }>, Index: number): KvAnswer {
  const entry = store.kvTable.get(query.Key);
  if (!entry) return { Index };
  return query.Raw ? { Index, Raw: entry.Value } : { Index, Body: `[${kvEntryJson(entry)}]` };
}
