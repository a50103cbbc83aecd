/**
 * The sum of what several sources say, later ones counting more: lists are appended, maps are merged key by key, of all
 * else the last one counts.
 */
import { isObject } from '../../src/shared/is-object.ts';
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
  return isObject(first) && isObject(second) ? mergeMaps(first, second) : second;
}
