/**
 * `?near`: rows in the order of the estimated round trip from a node to the node that each is on.
 *
 * Source: answers of Consul, which sorts so; a node without a coordinate comes last, and equals keep their order.
 */
import type { CatalogReader } from '../catalog-reader.ts';
import { roundTripNs } from '../coordinate.ts';

/**
 * Consul does not sort where the node itself has no coordinate. There every agent has one; here most nodes have none, and
 * what is on the named node is still the nearest to it.
 */
export function nearestFirst<T>(
  reader: Pick<CatalogReader, 'coordinatesOf'>,
  rows: T[],
  near: string,
  nodeOf: (row: T) => string,
): T[] {
  if (near === '') return rows;
  const from = reader.coordinatesOf(near);
  if (from.length === 0) return itselfFirst(rows, near, nodeOf);
  const known = new Map<string, number>();
  const distanceTo = (node: string): number => {
    const distance = known.get(node) ?? roundTripNs(from, reader.coordinatesOf(node));
    known.set(node, distance);
    return distance;
  };
  // Unlike a difference, this tells two that are infinitely far that they are equal.
  const compare = (a: number, b: number) => (a === b ? 0 : a < b ? -1 : 1);
  return rows.toSorted((a, b) => compare(distanceTo(nodeOf(a)), distanceTo(nodeOf(b))));
}

/** What is on the node named `near` first, all else in its order. */
export function itselfFirst<T>(rows: T[], near: string, nodeOf: (row: T) => string): T[] {
  const name = near.toLowerCase();
  const isHere = (row: T) => nodeOf(row).toLowerCase() === name;
  return [...rows.filter(isHere), ...rows.filter((row) => !isHere(row))];
}
