/** The narrowing that reads of instances, nodes and checks share. None changes what it is given. */
import type { Node, ServiceInstance } from '../model.ts';
import type { NodeMeta } from './read-query.ts';

export function hasMeta(node: Node | undefined, wanted: NodeMeta): boolean {
  const meta = node?.Meta ?? {};
  return wanted.every(([key, value]) => Object.hasOwn(meta, key) && meta[key] === value);
}

/** `tags` are in lower case. */
export function hasTags(instance: ServiceInstance, tags: string[]): boolean {
  if (tags.length === 0) return true;
  const has = new Set(instance.Service.Tags.map((tag) => tag.toLowerCase()));
  return tags.every((tag) => has.has(tag));
}

export const isPassing = (instance: ServiceInstance) =>
  instance.Checks.every((check) => check.Status === 'passing');

/**
 * What is on the node named `near` first, all else in its order. There are no network coordinates, so nearness is
 * to be on the node or not; the order stays as it was where nothing is on it.
 */
export function nearestFirst<T>(rows: T[], near: string, nodeOf: (row: T) => string): T[] {
  if (near === '') return rows;
  const name = near.toLowerCase();
  const isNear = (row: T) => nodeOf(row).toLowerCase() === name;
  return [...rows.filter(isNear), ...rows.filter((row) => !isNear(row))];
}
