import { LocalState, type RememberedResult } from '../../../sidecar/local/local-state.ts';
import type { CheckDefinition, NodeService, ServiceDefinition } from '../../../src/shared/model.ts';

/** A check of nothing in particular, as the API or a file declares it. */
export const aCheck = (CheckID: string, more: Partial<CheckDefinition> = {}): CheckDefinition => ({
  CheckID,
  Name: CheckID,
  Notes: '',
  Status: '',
  ServiceID: '',
  Token: '',
  TTLMs: 10_000,
  ...more,
});

/** A service with these checks, which are made its own. */
export const aService = (
  ID: string,
  checks: CheckDefinition[] = [],
  more: Partial<NodeService> = {},
): ServiceDefinition => ({
  Service: {
    ID,
    Service: ID,
    Tags: [],
    Address: '',
    Meta: null,
    Port: 80,
    Weights: { Passing: 1, Warning: 1 },
    EnableTagOverride: false,
    CreateIndex: 0,
    ModifyIndex: 0,
    ...more,
  },
  Checks: checks.map((check) => ({ ...check, ServiceID: ID })),
  Token: '',
});

/** A local state that writes down what it tells its runner and its listener. */
export function aLocalState(remembered?: Map<string, RememberedResult>) {
  const told: string[] = [];
  const runner = {
    start: (
      { CheckID }: CheckDefinition,
      last: { Status: string; Output: string },
      ttlRemainingMs?: number,
    ) =>
      void told.push(['start', CheckID, last.Status, last.Output, ttlRemainingMs].filter(Boolean).join(' ')),
    stop: (checkId: string) => void told.push(`stop ${checkId}`),
  };
  const state = new LocalState(
    runner,
    ({ definitions }) => void told.push(definitions ? 'changed' : 'moved'),
    remembered,
  );
  /** What was told since the last time. */
  const heard = () => told.splice(0);
  return { state, heard };
}

/** `<service>: <its checks>` for each service, and the checks of the node under "". */
export const shown = (state: LocalState): Record<string, string[]> => {
  const ids = (serviceId: string) =>
    state
      .checksOf(serviceId)
      .map(({ definition, Status }) => `${definition.CheckID} ${Status}`)
      .sort();
  const services = [...state.services.keys()].map((id) => [id, ids(id)] as const);
  return Object.fromEntries([...services, ['', ids('')]]);
};
