/**
 * A change of what the API declares on this host, as it is kept, and what it does: to what is kept, and to the host itself.
 * The two have to agree, for what is kept becomes the host with the next start.
 */
import type { CheckDefinition, ServiceDefinition } from '../../src/shared/model.ts';
import type { LocalState } from './local-state.ts';

export type DefinitionChange =
  | { Set: 'service'; Definition: ServiceDefinition; ReplaceChecks: boolean }
  | { Set: 'check'; Definition: CheckDefinition }
  | { Delete: 'service' | 'check'; ID: string };

/** Services without the checks they came with, and all checks, for one may have been taken away or replaced since. */
export interface ApiDefinitions {
  Services: ServiceDefinition[];
  Checks: CheckDefinition[];
}

/** What the API has declared, of all that is declared here. */
export function selectApiDefinitions(state: LocalState): ApiDefinitions {
  const services = [...state.services.values()].filter(({ source }) => source === 'api');
  const checks = [...state.checks.values()].filter(({ source }) => source === 'api');
  return {
    Services: services.map(({ definition, declaredTags: Tags }) => ({
      ...definition,
      Service: { ...definition.Service, Tags },
      Checks: [],
    })),
    Checks: checks.map(({ definition }) => definition),
  };
}

/** Whether the API declares all of it still: a file takes over what both declare, and a check goes with its service. */
export function isStillOfApi(state: LocalState, { Services, Checks }: ApiDefinitions): boolean {
  return (
    Services.every(({ Service }) => state.services.get(Service.ID)?.source === 'api') &&
    Checks.every(({ CheckID }) => state.checks.get(CheckID)?.source === 'api')
  );
}

/** What is kept after these changes. */
export function withChanges(kept: ApiDefinitions, changes: DefinitionChange[]): ApiDefinitions {
  const services = new Map(kept.Services.map((service) => [service.Service.ID, service]));
  const checks = new Map(kept.Checks.map((check) => [check.CheckID, check]));
  const dropChecks = (serviceId: string) => {
    for (const { CheckID, ServiceID } of checks.values()) if (ServiceID === serviceId) checks.delete(CheckID);
  };
  for (const change of changes) {
    if ('Delete' in change) {
      if (change.Delete === 'service') dropChecks(change.ID);
      (change.Delete === 'service' ? services : checks).delete(change.ID);
    } else if (change.Set === 'service') {
      const { Definition, ReplaceChecks } = change;
      services.set(Definition.Service.ID, { ...Definition, Checks: [] });
      if (ReplaceChecks) dropChecks(Definition.Service.ID);
      for (const check of Definition.Checks) checks.set(check.CheckID, check);
    } else checks.set(change.Definition.CheckID, change.Definition);
  }
  return { Services: [...services.values()], Checks: [...checks.values()] };
}

/** Does it here. @throws {ApiError} 404 for a check of a service that is not here. */
export function applyChange(state: LocalState, change: DefinitionChange): void {
  if ('Delete' in change) {
    if (change.Delete === 'service') state.removeService(change.ID);
    else state.removeCheck(change.ID);
  } else if (change.Set === 'service') state.addService(change.Definition, 'api', change.ReplaceChecks);
  else state.addCheck(change.Definition, 'api');
}

export const serviceKey = (id: string) => `service ${id}`;
export const checkKey = (id: string) => `check ${id}`;

/** The keys of all that is there, or not there, because of this change. */
export function keysOf(state: LocalState, change: DefinitionChange): string[] {
  const checkKeys = (checks: CheckDefinition[]) => checks.map(({ CheckID }) => checkKey(CheckID));
  const there = (serviceId: string) =>
    checkKeys(state.checksOf(serviceId).map(({ definition }) => definition));
  if ('Delete' in change)
    return change.Delete === 'check' ? [checkKey(change.ID)] : [serviceKey(change.ID), ...there(change.ID)];
  if (change.Set === 'check') return [checkKey(change.Definition.CheckID)];
  const { Service, Checks } = change.Definition;
  const replaced = change.ReplaceChecks ? there(Service.ID) : [];
  return [serviceKey(Service.ID), ...checkKeys(Checks), ...replaced];
}
