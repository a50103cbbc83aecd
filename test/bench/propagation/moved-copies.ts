import { setTimeout as sleep } from 'node:timers/promises';
import type { Host } from './clusters.ts';

const againMs = 50;

/**
 * When the copy of a sidecar, from which it answers, came to an index, as it tells afterwards; in ms since 1970, at the end of
 * the millisecond it names. @throws when its copy has gone past that.
 */
export async function movedAtMs(host: Host, index: number): Promise<number> {
  const response = await fetch(`${host.httpUrl}/v1/agent/self`);
  const { Stats } = (await response.json()) as { Stats: { rollcall: { index: string; index_at: string } } };
  const { index: reached, index_at: at } = Stats.rollcall;
  if (Number(reached) > index) throw new Error(`${host.httpUrl} is at index ${reached}, past ${index}`);
  if (Number(reached) === index) return Date.parse(at) + 1;
  await sleep(againMs);
  return movedAtMs(host, index);
}
