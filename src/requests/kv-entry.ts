/**
 * A key with its value, in the shape of Consul's public JSON; only `Flags` is text inside, for it is an unsigned 64-bit
 * number, which JavaScript's numbers do not hold.
 *
 * Source: https://developer.hashicorp.com/consul/api-docs/kv.
 */
import { formatDuration } from '../shared/duration.ts';
import type { Indexed } from '../shared/model.ts';

export interface KvEntry extends Indexed {
  Key: string;
  Value: Uint8Array;
  /** Decimal digits of an unsigned 64-bit number. */
  Flags: string;
  /** How often the key was acquired as a lock. */
  LockIndex: number;
  /** The session that holds it; "" for none. */
  Session: string;
  /** Its own time to live, and when that ends (Rollcall's own; Consul has none). */
  TTLMs: number | null;
  ExpiresAtMs: number | null;
}

/** The entry as JSON text. `Session` and `TTL` appear when set; an empty value is null; `withValue` false shows none. */
export function kvEntryJson(entry: KvEntry, withValue = true): string {
  const { Key, Value, Flags, LockIndex, Session, TTLMs, CreateIndex, ModifyIndex } = entry;
  const value = withValue && Value.byteLength > 0 ? `"${Value.toBase64()}"` : 'null';
  const session = Session === '' ? '' : `"Session":${JSON.stringify(Session)},`;
  const ttl = TTLMs === null ? '' : `"TTL":${JSON.stringify(formatDuration(TTLMs))},`;
  return (
    `{"LockIndex":${LockIndex},"Key":${JSON.stringify(Key)},"Flags":${Flags},"Value":${value},${session}${ttl}` +
    `"CreateIndex":${CreateIndex},"ModifyIndex":${ModifyIndex}}`
  );
}

/**
 * Keys as `?keys&separator=` lists them: each cut after the first separator that follows the prefix, and then once.
 * `keys` are sorted and begin with `prefix`.
 */
export function cutKeys(keys: string[], prefix: string, separator: string): string[] {
  if (separator === '') return keys;
  const cut = keys.map((key) => {
    const at = key.indexOf(separator, prefix.length);
    return at < 0 ? key : key.slice(0, at + separator.length);
  });
  return [...new Set(cut)];
}
