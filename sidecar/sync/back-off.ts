import type { Random } from '../random.ts';

const firstMs = 250;
const maxMs = 15_000;

/**
 * How long to wait before try number `failures` (1 is the first after a failure): doubling, and never the same for two
 * sidecars, so that an edge that comes back is not met by all of them at once.
 */
export function nextDelayMs(failures: number, random: Random): number {
  const ceilingMs = Math.min(maxMs, firstMs * 2 ** Math.min(failures - 1, 10));
  return ceilingMs / 2 + (random() * ceilingMs) / 2;
}
