import { describe, expect, test } from 'vitest';
import { type Coordinate, roundTripNs } from '../../../src/shared/coordinate.ts';

const coordinate = (rest: Partial<Coordinate> = {}): Coordinate => ({
  Vec: [0, 0],
  Error: 1,
  Adjustment: 0,
  Height: 0,
  ...rest,
});
const placed = (rest: Partial<Coordinate> = {}, Segment = '') => ({
  Node: 'n',
  Segment,
  Coord: coordinate(rest),
});

describe('the round trip between two coordinates', () => {
  const from = placed({ Vec: [0.03, 0], Height: 0.001 });
  test.each<[what: string, to: Partial<Coordinate>, ns: number]>([
    ['is their distance and both heights', { Vec: [0, 0.04], Height: 0.002 }, 53_000_000],
    ['and both adjustments', { Vec: [0, 0.04], Height: 0.002, Adjustment: -0.01 }, 43_000_000],
    ['but those that would make it negative', { Vec: [0, 0.04], Adjustment: -0.06 }, 51_000_000],
    ['and those that would make it nothing', { Vec: [0.03, 0], Adjustment: -0.001 }, 1_000_000],
    ['to the node itself is twice its height', { Vec: [0.03, 0], Height: 0.001 }, 2_000_000],
    ['in whole nanoseconds', { Vec: [0.03, 0.0000000019] }, 1_000_001],
  ])('%s', (_, to, ns) => {
    expect(roundTripNs([from], [placed(to)])).toBe(ns);
    expect(roundTripNs([placed(to)], [from])).toBe(ns);
  });

  test.each<[what: string, to: ReturnType<typeof placed>[]]>([
    ['no coordinate', []],
    ['other dimensions', [placed({ Vec: [0, 0, 0] })]],
    ['a coordinate in another segment', [placed({}, 'alpha')]],
  ])('is infinite where one has %s', (_, to) => {
    expect(roundTripNs([from], to)).toBe(Number.POSITIVE_INFINITY);
    expect(roundTripNs(to, [from])).toBe(Number.POSITIVE_INFINITY);
  });

  test('is that in the segment which both have', () => {
    const server = [placed({ Vec: [1, 0] }), placed({ Vec: [2, 0] }, 'alpha')];
    expect(roundTripNs(server, [placed()])).toBe(1e9);
    expect(roundTripNs([placed({}, 'alpha')], server)).toBe(2e9);
    expect(roundTripNs(server, server)).toBe(0);
  });
});
