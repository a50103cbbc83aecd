import type { CatalogCheck } from '../../src/shared/catalog-write.ts';
import { checkType } from '../../src/shared/check-type.ts';
import type { LocalCheck, LocalService } from './local-state.ts';

/** A check of this host as the row that it is in the catalog. `tags`: those of its service. */
export const checkRow = (
  node: string,
  { definition, Status, Output }: LocalCheck,
  service: LocalService | undefined,
  tags: string[],
): CatalogCheck => ({
  Node: node,
  CheckID: definition.CheckID,
  Name: definition.Name,
  Status,
  Notes: definition.Notes,
  Output,
  ServiceID: definition.ServiceID,
  ServiceName: service?.definition.Service.Service ?? '',
  ServiceTags: tags,
  Type: checkType(definition),
  Definition: {},
});
