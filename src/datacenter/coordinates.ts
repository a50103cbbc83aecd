import type { NodeCoordinate } from '../shared/coordinate.ts';
import type { Transaction } from './store/transaction.ts';

/** One of a node that is not in the catalog is dropped, as Consul does. */
export function setCoordinate(tx: Transaction, { Node: name, Segment, Coord }: NodeCoordinate): void {
  const node = tx.store.nodeTable.byName(name);
  if (!node) return;
  const old = tx.store.coordinateTable.ofNode(node.Node).find((one) => one.Segment === Segment);
  if (JSON.stringify(old?.Coord) === JSON.stringify(Coord)) return;
  tx.store.coordinateTable.put({ Node: node.Node, Segment, Coord });
  tx.touchRecords('coordinates');
}
