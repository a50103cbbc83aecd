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
