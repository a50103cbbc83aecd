/**
 * How a sidecar's copy of the catalog is brought up to date: by what changed since the index it has, or, when that is too
 * much or no longer known, by pages of the whole. Pages are read at different moments while deltas go on being sent; since
 * both travel in order on one socket, the copy ends up equal to the catalog.
 */
import { ApiError } from '../shared/api-error.ts';
import type { Index } from '../shared/model.ts';
import type { Change, Page } from '../shared/protocol/messages.ts';
import { deltaCharsMax } from './limits.ts';
import type { CatalogStore } from './store/catalog-store.ts';
import type { Tombstone } from './store/tombstone-table.ts';

/** Deletions first: what was deleted and came back is in both lists. Undefined: too much, or forgotten. */
export function changesSince(
  store: CatalogStore,
  index: Index,
  changesMax: number,
  charsMax = deltaCharsMax,
): Change[] | undefined {
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
  return changes.length <= changesMax && isWithin(changes, charsMax) ? changes : undefined;
}

function isWithin(changes: Change[], charsMax: number): boolean {
  let chars = 0;
  return changes.every((change) => {
    chars += JSON.stringify(change).length;
    return chars <= charsMax;
  });
}

const deletion = ({ Kind, Node, ID, ModifyIndex, Reason }: Tombstone): Change =>
  Kind === 'node'
    ? { Delete: 'node', Node, Index: ModifyIndex, Reason }
    : { Delete: Kind, Node, ID, Index: ModifyIndex, Reason };

/** A place in the catalog: the last row already sent. */
type Position = [table: 'node' | 'service' | 'check', node: string, id: string];

/** Rows read at a time: so few that the longest there can be fit into memory. */
const batchRowsMax = 50;

/** The page after `cursor` ("" for the first). It ends with the row that fills it. */
export function pageAfter(store: CatalogStore, cursor: string, charsMax: number): Page {
  const page: Page = { Type: 'page', Index: store.lastIndex, Changes: [] };
  let chars = 0;
  let position: Position | undefined = cursor === '' ? ['node', '', ''] : decodeCursor(cursor);
  while (position) {
    const rows = rowsAfter(store, position);
    for (const { change, at } of rows) {
      page.Changes.push(change);
      chars += JSON.stringify(change).length;
      if (chars >= charsMax) return { ...page, Cursor: JSON.stringify(at) };
    }
    position = rows.length < batchRowsMax ? followingTable(position[0]) : rows.at(-1)!.at;
  }
  return page;
}

function rowsAfter(
  { nodeTable, serviceTable, checkTable }: CatalogStore,
  [table, node, id]: Position,
): { change: Change; at: Position }[] {
  switch (table) {
    case 'node':
      return nodeTable
        .after(node, batchRowsMax)
        .map((Row) => ({ change: { Set: 'node', Row }, at: ['node', Row.Node, ''] }));
    case 'service':
      return serviceTable.after(node, id, batchRowsMax).map(({ Node, Service: Row }) => ({
        change: { Set: 'service', Node, Row },
        at: ['service', Node, Row.ID],
      }));
    case 'check':
      return checkTable
        .after(node, id, batchRowsMax)
        .map((Row) => ({ change: { Set: 'check', Row }, at: ['check', Row.Node, Row.CheckID] }));
  }
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
