/**
 * Network coordinates of nodes, in the shape of Consul's public JSON. Rollcall measures none: it keeps what is sent.
 *
 * Source: https://developer.hashicorp.com/consul/api-docs/coordinate.
 */

export interface Coordinate {
  /** Seconds, in each dimension. */
  Vec: number[];
  Error: number;
  Adjustment: number;
  Height: number;
}

export interface NodeCoordinate {
  Node: string;
  Segment: string;
  Coord: Coordinate;
}

const nanosecondsPerSecond = 1e9;

/**
 * The estimated round trip between two nodes, in whole nanoseconds. Adjustments may make it negative; then they are left
 * out. Infinite where either has no coordinate, or their dimensions differ.
 *
 * Source: https://developer.hashicorp.com/consul/docs/architecture/coordinates#working-with-coordinates.
 */
export function roundTripNs(from: NodeCoordinate[], to: NodeCoordinate[]): number {
  const [a, b] = inOneSegment(from, to);
  if (!a || !b || a.Vec.length !== b.Vec.length) return Number.POSITIVE_INFINITY;
  const length = Math.hypot(...a.Vec.map((value, i) => value - b.Vec[i]!)) + a.Height + b.Height;
  const adjusted = length + a.Adjustment + b.Adjustment;
  return Math.trunc((adjusted > 0 ? adjusted : length) * nanosecondsPerSecond);
}

/** A host has a coordinate in its segment alone, a server one in each: who has but one decides which are compared. */
function inOneSegment(from: NodeCoordinate[], to: NodeCoordinate[]): (Coordinate | undefined)[] {
  const segment = [to, from].find(({ length }) => length === 1)?.[0]?.Segment ?? '';
  return [from, to].map((set) => set.find(({ Segment }) => Segment === segment)?.Coord);
}
