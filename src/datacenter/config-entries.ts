import type { ConfigEntry, NewConfigEntry } from '../requests/config-entry.ts';
import type { Index } from '../shared/model.ts';
import type { Transaction } from './store/transaction.ts';

/** False: `cas` names another index than the entry has; 0 stands for none. */
export function setConfigEntry(tx: Transaction, entry: NewConfigEntry, cas?: Index): boolean {
  const { Kind, Name } = entry as ConfigEntry;
  const old = tx.store.configEntryTable.get(Kind, Name);
  if (cas !== undefined && cas !== (old?.ModifyIndex ?? 0)) return false;
  const row = { ...entry, CreateIndex: old?.CreateIndex ?? tx.index, ModifyIndex: tx.index } as ConfigEntry;
  if (old && JSON.stringify(withoutIndexes(old)) === JSON.stringify(withoutIndexes(row))) return true;
  tx.store.configEntryTable.put(row);
  tx.touchRecords('config-entries');
  return true;
}

/** False: `cas` names another index than the entry has, or there is no entry. */
export function deleteConfigEntry(tx: Transaction, kind: string, name: string, cas?: Index): boolean {
  const old = tx.store.configEntryTable.get(kind, name);
  if (cas !== undefined && cas !== old?.ModifyIndex) return false;
  if (!old) return true;
  tx.store.configEntryTable.delete(kind, name);
  tx.touchRecords('config-entries');
  return true;
}

const withoutIndexes = ({ CreateIndex, ModifyIndex, ...entry }: ConfigEntry) => entry;
