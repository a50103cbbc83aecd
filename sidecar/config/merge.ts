/**
 * The sum of what several sources say, later ones counting more: lists are appended, maps are merged key by key, of all
 * else the last one counts.
 */
import type { FileConfig } from './schema.ts';

export function mergeConfigs(sources: readonly FileConfig[]): FileConfig {
  return sources.reduce<FileConfig>((sum, source) => mergeMaps(sum, source), {});
}

function mergeMaps<T extends object>(first: T, second: T): T {
  const merged = new Map<string, unknown>(Object.entries(first));
  for (const [key, value] of Object.entries(second)) merged.set(key, mergeValues(merged.get(key), value));
  return Object.fromEntries(merged) as T;
}

function mergeValues(first: unknown, second: unknown): unknown {
  if (Array.isArray(first) && Array.isArray(second)) return [...first, ...second];
  return isMap(first) && isMap(second) ? mergeMaps(first, second) : second;
}

const isMap = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
