import type { Indexed } from '../../shared/model.ts';

/** A row as stored: the entity's JSON without its indexes, which have columns of their own. */
export interface StoredRow extends Indexed {
  Data: string;
}

export function decodeRow<Entity extends Indexed>(row: StoredRow): Entity {
  const entity = JSON.parse(row.Data) as Entity;
  entity.CreateIndex = row.CreateIndex;
  entity.ModifyIndex = row.ModifyIndex;
  return entity;
}
