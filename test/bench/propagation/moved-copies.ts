import type { Host } from './clusters.ts';

/**
 * When the copy of a sidecar, from which it answers, came to an index, as it tells afterwards; in ms since 1970, at the end of
 * the millisecond it names. @throws when that is not where its copy is.
 */
export async function movedAtMs({ httpUrl }: Host, index: number): Promise<number> {
  const response = await fetch(`${httpUrl}/v1/agent/self`);
  const { Stats } = (await response.json()) as { Stats: { rollcall: { index: string; index_at: string } } };
  const { index: reached, index_at: at } = Stats.rollcall;
  if (Number(reached) !== index) throw new Error(`${httpUrl} is at index ${reached}, not at ${index}`);
  return Date.parse(at) + 1;
}
