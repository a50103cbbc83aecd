import type { Index } from '../../shared/model.ts';
import type { Database } from './database.ts';

/**
 * Forgets what was deleted before `beforeMs`; the highest index forgotten, or 0. Asked often, and mostly in vain: rows are
 * looked at in the order of their index, which is that of their time, up to the first that is too young. Where a clock was
 * set back a row may lie behind a younger one; it is forgotten with that.
 */
export function pruneTombstones(
  db: Database,
  table: 'tombstones' | 'kv_tombstones',
  beforeMs: number,
): Index {
  const young = db.first<{ ModifyIndex: Index }>(
    `SELECT ModifyIndex FROM ${table} WHERE AtMs >= ? ORDER BY ModifyIndex LIMIT 1`,
    beforeMs,
  );
  const old = db.first<{ ModifyIndex: Index }>(
    `SELECT ModifyIndex FROM ${table} WHERE ModifyIndex < ? ORDER BY ModifyIndex DESC LIMIT 1`,
    young?.ModifyIndex ?? Number.MAX_SAFE_INTEGER,
  );
  if (!old) return 0;
  db.run(`DELETE FROM ${table} WHERE ModifyIndex <= ?`, old.ModifyIndex);
  return old.ModifyIndex;
}
