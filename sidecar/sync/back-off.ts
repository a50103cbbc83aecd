/**
 * How long to wait before a connection is tried again. Never the same for two sidecars: an edge that is deployed drops all
 * of them at once, and they are not to return at once.
 */
import type { Random } from '../system/random.ts';

const firstMsMin = 125;
const firstMsMax = 250;
/** Below the 30 s that an edge gives the hosts after its start. */
const delayMsMax = 15_000;

/** What an object can greet without falling behind; Cloudflare names about a thousand requests a second as its limit. */
const returnsPerS = 1_000;
/**
 * One that lost its connection alone cannot know that, so it waits as all of them would; it must be back before the edge,
 * which waits for 10 s, takes its silence for its end.
 */
const spreadMsMax = 6_000;

/**
 * The first try falls anywhere in a window that is as long as the edge needs to greet everybody, each one after that
 * within a window twice as long as the one before, in its later half.
 *
 * @param tries Connections in a row that were not had or did not stand; 1 is the first.
 * @param nodes How many the catalog has: so many sidecars may be trying.
 */
export function nextDelayMs(tries: number, random: Random, nodes = 0): number {
  const spreadMs = Math.min(spreadMsMax, (nodes / returnsPerS) * 1_000);
  const firstMs = Math.max(firstMsMax, spreadMs);
  if (tries <= 1) return firstMsMin + random() * (firstMs - firstMsMin);
  const ceilingMs = Math.min(delayMsMax, firstMs * 2 ** Math.min(tries - 1, 10));
  return ceilingMs / 2 + (random() * ceilingMs) / 2;
}
