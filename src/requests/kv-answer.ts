import type { Index } from '../shared/model.ts';

/** What a read under /v1/kv came to: JSON text, or with `?raw` the value itself; absent when there is nothing. */
export interface KvAnswer {
  Index: Index;
  Body?: string;
  Raw?: Uint8Array;
}
