/**
 * How a sidecar's copy of the catalog is brought up to date: by what changed since the index it has, or, when that is too
 * much or no longer known, by pages of the whole. Pages are read at different moments while deltas go on being sent; since
 * both travel in order on one socket, the copy ends up equal to the catalog.
 */
import { ApiError } from '../shared/api-error.ts';
import type { Index } from '../shared/model.ts';
import type { Change, Page } from '../shared/protocol/messages.ts';
import type { CatalogStore } from './store/catalog-store.ts';
import type { Tombstone } from './store/tombstone-table.ts';

/** Deletions first: what was deleted and came back is in both lists. Undefined: too much, or forgotten. */
export function changesSince(store: CatalogStore, index: Index, changesMax: number): Change[] | undefined {
  if (index < store.prunedIndex || index > store.lastIndex) return undefined;
  const limit = changesMax + 1;
  const changes: Change[] = [
    ...store.tombstones.since(index, limit).map(deletion),
    ...store.nodeTable.since(index, limit).map((row) => ({ Set: 'node' as const, Row: row })),
    ...store.serviceTable
      .since(index, limit)
      .map(({ Node, Service }) => ({ Set: 'service' as const, Node, Row: Service })),
    ...store.checkTable.since(index, limit).map((row) => ({ Set: 'check' as const, Row: row })),
  ];
  return changes.length <= changesMax ? changes : undefined;
}

const deletion = ({ Kind, Node, ID, ModifyIndex, Reason }: Tombstone): Change =>
  Kind === 'node'
    ? { Delete: 'node', Node, Index: ModifyIndex, Reason }
    : { Delete: Kind, Node, ID, Index: ModifyIndex, Reason };

/** A place in the catalog: the last row already sent. */
type Position = [table: 'node' | 'service' | 'check', node: string, id: string];

/** The page after `cursor` ("" for the first). */
export function pageAfter(store: CatalogStore, cursor: string, rowsMax: number): Page {
  const [table, node, id] = cursor === '' ? (['node', '', ''] as Position) : decodeCursor(cursor);
  const { changes, last } = readPage(store, table, node, id, rowsMax);
  const next = changes.length === rowsMax ? last : followingTable(table);
  const page: Page = { Type: 'page', Index: store.lastIndex, Changes: changes };
  return next ? { ...page, Cursor: JSON.stringify(next) } : page;
}

function readPage(store: CatalogStore, table: Position[0], node: string, id: string, rowsMax: number) {
  const changes: Change[] = [];
  let last: Position = [table, node, id];
  if (table === 'node')
    for (const row of store.nodeTable.after(node, rowsMax)) {
      changes.push({ Set: 'node', Row: row });
      last = ['node', row.Node, ''];
    }
  if (table === 'service')
    for (const { Node, Service } of store.serviceTable.after(node, id, rowsMax)) {
      changes.push({ Set: 'service', Node, Row: Service });
      last = ['service', Node, Service.ID];
    }
  if (table === 'check')
    for (const row of store.checkTable.after(node, id, rowsMax)) {
      changes.push({ Set: 'check', Row: row });
      last = ['check', row.Node, row.CheckID];
    }
  return { changes, last };
}

function followingTable(table: Position[0]): Position | undefined {
  if (table === 'node') return ['service', '', ''];
  return table === 'service' ? ['check', '', ''] : undefined;
}

/** @throws {ApiError} 400 for what no page was sent with. */
function decodeCursor(cursor: string): Position {
  try {
    const [table, node, id] = JSON.parse(cursor);
    const isTable = table === 'node' || table === 'service' || table === 'check';
    if (isTable && typeof node === 'string' && typeof id === 'string') return [table, node, id];
  } catch {
    // No JSON, or none that can be taken apart: no cursor of ours either way.
  }
  throw new ApiError(400, `no place in the catalog: ${cursor.slice(0, 100)}`);
}
