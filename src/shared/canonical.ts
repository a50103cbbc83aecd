/**
 * An entity as text without its indexes: what the store keeps, and what two entities are compared by. Maps are in the
 * order of their keys, as Go writes them, so the order in which a client sent them changes nothing.
 */
const sortedMaps = new Set(['Meta', 'TaggedAddresses', 'Definition']);

export function canonicalText(entity: object): string {
  return JSON.stringify(entity, (key, value) => {
    if (key === 'CreateIndex' || key === 'ModifyIndex') return undefined;
    return sortedMaps.has(key) ? sortKeys(value) : value;
  });
}

function sortKeys(map: object | null | undefined): object | null | undefined {
  if (!map) return map;
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
}
