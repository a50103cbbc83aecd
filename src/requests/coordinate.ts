/**
 * A network coordinate as it is sent.
 *
 * Source: https://developer.hashicorp.com/consul/api-docs/coordinate.
 */
import { ApiError } from '../shared/api-error.ts';
import type { Coordinate, NodeCoordinate } from '../shared/coordinate.ts';
import { decodeBody } from '../shared/definition/decode-body.ts';
import { decodeJsonBody } from '../shared/definition/json-body.ts';
import { anything, type Kind, listOf, string, struct } from '../shared/definition/shape.ts';
import { sizeFault } from '../shared/definition/size-fault.ts';

/** The dimensions that Consul's coordinates have. */
const dimensions = 8;

/** The coordinate of what was never measured: nowhere, and as unsure of it as can be. */
export const originCoordinate: Coordinate = {
  Vec: Array(dimensions).fill(0),
  Error: 1.5,
  Adjustment: 0,
  Height: 0.00001,
};

const float: Kind<number> = {
  goType: 'float64',
  zero: () => 0,
  read: (value) => (typeof value === 'number' ? value : Number.NaN),
};

export const coordinateUpdate = struct('structs.CoordinateUpdateRequest', {
  Datacenter: string,
  Node: string,
  Segment: string,
  Partition: string,
  Coord: struct('coordinate.Coordinate', {
    Vec: listOf(float),
    Error: float,
    Adjustment: float,
    Height: float,
  }),
  Token: anything,
});

/** @throws {ApiError} 400 for a body that cannot be read, 500 for a coordinate that is none. */
export function decodeCoordinate(text: string): NodeCoordinate {
  const { Node = '', Segment = '', Coord } = decodeBody(coordinateUpdate, decodeJsonBody(text));
  const { Vec = [], Error: error = 0, Adjustment = 0, Height = 0 } = Coord ?? {};
  const size = sizeFault({ 'Node name': Node, 'Segment name': Segment });
  if (size) throw new ApiError(400, size);
  if (Vec.length !== dimensions) throw new ApiError(500, 'incompatible coordinate');
  if (![...Vec, error, Adjustment, Height].every(Number.isFinite))
    throw new ApiError(500, 'invalid coordinate');
  return { Node, Segment, Coord: { Vec, Error: error, Adjustment, Height } };
}
