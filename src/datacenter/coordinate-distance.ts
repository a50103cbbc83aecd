import type { Coordinate } from '../requests/coordinate.ts';

export const hasSameDimensions = (a: Coordinate, b: Coordinate) => a.Vec.length === b.Vec.length;

/**
 * The estimated round trip between two nodes, in seconds. Adjustments may make it negative; then they are left out.
 *
 * Source: https://developer.hashicorp.com/consul/docs/architecture/coordinates#working-with-coordinates.
 */
export function distance(a: Coordinate, b: Coordinate): number {
  const length = Math.hypot(...a.Vec.map((value, i) => value - b.Vec[i]!)) + a.Height + b.Height;
  const adjusted = length + a.Adjustment + b.Adjustment;
  return adjusted > 0 ? adjusted : length;
}
