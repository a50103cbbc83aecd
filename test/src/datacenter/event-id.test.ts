/** IDs of events are UUIDs from which clients of Consul derive the index of the event. */
import { expect, it } from 'vitest';
import { makeEventId } from '../../../src/datacenter/event-id.ts';
import { randomBytes } from '../../seeded-bytes.ts';

/** As the Go client does it (api.Event.IDToIndex). */
function indexOf(id: string): bigint {
  const [a, b, c, d, e] = id.split('-');
  return BigInt(`0x${a}${b}${c}`) ^ BigInt(`0x${d}${e}`);
}

it.each([1, 2, 255, 256, 0x4000, 0xffff, 2 ** 32 + 7, Number.MAX_SAFE_INTEGER])('of index %i', (index) => {
  for (let seed = 1; seed <= 50; seed++) {
    const id = makeEventId(index, randomBytes(16, seed));
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(indexOf(id)).toBe(BigInt(index));
  }
});

it('differs each time', () => {
  const ids = Array.from({ length: 1_000 }, (_, seed) => makeEventId(7, randomBytes(16, seed)));
  expect(new Set(ids).size).toBe(1_000);
});
