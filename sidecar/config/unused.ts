/** Keys that a Consul config may have and that do nothing here: they are read like all others, and named in a notice. */
import type { Kind, Struct } from '../../src/shared/definition/shape.ts';

const withoutEffect = new WeakSet<object>();

/** The kind, for a key that has no effect here. */
export function unused<K extends Kind<unknown>>(kind: K): K {
  const own = { ...kind };
  withoutEffect.add(own);
  return own;
}

export const isUnused = (kind: Kind<unknown>): boolean => withoutEffect.has(kind);

const isStruct = (kind: Kind<unknown>): kind is Struct<Record<string, Kind<unknown>>> => 'fields' in kind;

/** Which keys of what was read with the shape have no effect, as people write them, sorted. */
export function passedOverKeys(
  shape: Struct<Record<string, Kind<unknown>>>,
  read: object,
  path = '',
): string[] {
  const found = Object.entries(read).flatMap(([key, value]) => {
    const kind = shape.fields[key];
    if (kind === undefined) return [];
    if (isUnused(kind)) return [path + key];
    return isStruct(kind) ? passedOverKeys(kind, value as object, `${path}${key}.`) : [];
  });
  return found.sort();
}
