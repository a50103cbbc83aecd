/**
 * An entity as text without its indexes: what the store keeps. Maps are in the order of their keys, as Go writes them, so
 * the order in which a client sent them changes nothing. The entity itself keeps its order, which is that of its JSON.
 */
const sortedMaps = new Set(['Meta', 'TaggedAddresses', 'Definition']);

export function canonicalText(entity: object): string {
  return JSON.stringify(entity, (key, value) => {
    if (isIndex(key)) return undefined;
    return sortedMaps.has(key) ? sortKeys(value) : value;
  });
}

/**
 * Whether two entities say the same, whatever their indexes and whatever the order of their keys: one that went over the
 * wire has the order of the reader's table, one that was declared here that of the definition.
 */
export function isSameEntity(a: object, b: object): boolean {
  const [inA, inB] = [a as Members, b as Members];
  for (const key in inA) if (!isIndex(key) && !isSameValue(inA[key], inB[key])) return false;
  // What is undefined is not in JSON either.
  for (const key in inB) if (!isIndex(key) && inA[key] === undefined && inB[key] !== undefined) return false;
  return true;
}

type Members = Record<string, unknown>;

function isSameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  return isSameEntity(a, b);
}

const isIndex = (key: string) => key === 'CreateIndex' || key === 'ModifyIndex';

function sortKeys(map: object | null | undefined): object | null | undefined {
  if (!map) return map;
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
}
