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
export const isSameEntity = (a: object, b: object): boolean => comparedText(a) === comparedText(b);

const comparedText = (entity: object): string =>
  JSON.stringify(entity, (key, value) => {
    if (isIndex(key)) return undefined;
    return typeof value === 'object' && !Array.isArray(value) ? sortKeys(value) : value;
  });

const isIndex = (key: string) => key === 'CreateIndex' || key === 'ModifyIndex';

function sortKeys(map: object | null | undefined): object | null | undefined {
  if (!map) return map;
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
}
