/**
 * What the API may do to this host's declarations: each change is on disk before it is acknowledged, or it has not
 * happened. Without a data directory (dev mode) nothing is kept.
 */
import { ApiError } from '../../src/shared/api-error.ts';
import type { CheckDefinition, ServiceDefinition, Status } from '../../src/shared/model.ts';
import { changeFault } from './change-fault.ts';
import { ChangeQueue } from './change-queue.ts';
import { checkKey, type DefinitionChange, serviceKey } from './definition-change.ts';
import { type LocalState, maintenanceCheckId } from './local-state.ts';
import type { SavedDefinitions } from './saved-definitions.ts';

const maintenanceReasonDefault = (what: string) =>
  `Maintenance mode is enabled for this ${what}, but no reason was provided. This is a default message.`;

export class Declarations {
  readonly #state: LocalState;
  readonly #queue: ChangeQueue;

  constructor(state: LocalState, saved: SavedDefinitions | undefined) {
    this.#state = state;
    this.#queue = new ChangeQueue(state, async (changes) => saved?.write(changes, state));
  }

  registerService(Definition: ServiceDefinition, ReplaceChecks: boolean): Promise<void> {
    return this.#change([], () => ({ Set: 'service', Definition, ReplaceChecks }));
  }

  /** @throws {ApiError} 404 for an ID that is not here. */
  deregisterService(id: string): Promise<void> {
    return this.#change([serviceKey(id)], () => {
      if (this.#state.services.has(id)) return { Delete: 'service', ID: id };
      throw new ApiError(
        404,
        `Unknown service ID ${JSON.stringify(id)}. Ensure that the service ID is passed, not the service name.`,
      );
    });
  }

  /**
   * The catalog evicted it: it goes from here at once, and then from the disk. One that is declared anew meanwhile stays.
   * @throws when that cannot be saved; it is gone nevertheless.
   */
  dropService(id: string): Promise<void> {
    this.#state.removeService(id);
    return this.#queue.add([serviceKey(id)], () =>
      this.#state.services.has(id) ? undefined : { Delete: 'service', ID: id },
    );
  }

  /** @throws {ApiError} 404 for a check of a service that is not here. */
  registerCheck(definition: CheckDefinition): Promise<void> {
    return this.#change(dependenciesOf(definition), () => this.#checkSet(definition));
  }

  /** @throws {ApiError} 404 for an ID that is not here. */
  deregisterCheck(checkId: string): Promise<void> {
    return this.#change([checkKey(checkId)], () => {
      if (this.#state.checks.has(checkId)) return { Delete: 'check', ID: checkId };
      throw new ApiError(
        404,
        `Unknown check ID ${JSON.stringify(checkId)}. Ensure that the check ID is passed, not the check name.`,
      );
    });
  }

  /** Puts a service (or with "" the node) into maintenance: a critical check that nobody runs. The first reason stays. */
  setMaintenance(serviceId: string, enable: boolean, reason: string): Promise<void> {
    const check = maintenanceCheck(serviceId, reason);
    return this.#change([checkKey(check.CheckID), ...dependenciesOf(check)], () => {
      if (enable === this.#state.checks.has(check.CheckID)) return undefined;
      return enable ? this.#checkSet(check) : { Delete: 'check', ID: check.CheckID };
    });
  }

  /** Keeps what the API declares as it is here, for something else has changed it. @throws when that cannot be saved. */
  keep(): Promise<void> {
    return this.#queue.write();
  }

  /** Resolves when no change is under way. */
  settled(): Promise<void> {
    return this.#queue.settled();
  }

  #checkSet(Definition: CheckDefinition): DefinitionChange {
    this.#state.assertService(Definition);
    return { Set: 'check', Definition };
  }

  async #change(dependsOn: string[], decide: () => DefinitionChange | undefined): Promise<void> {
    try {
      await this.#queue.add(dependsOn, decide);
    } catch (error) {
      throw changeFault(error);
    }
  }
}

const dependenciesOf = ({ ServiceID }: CheckDefinition) => (ServiceID === '' ? [] : [serviceKey(ServiceID)]);

function maintenanceCheck(ServiceID: string, reason: string): CheckDefinition {
  const what = ServiceID === '' ? 'node' : 'service';
  return {
    CheckID: maintenanceCheckId(ServiceID === '' ? undefined : ServiceID),
    Name: `${ServiceID === '' ? 'Node' : 'Service'} Maintenance Mode`,
    Notes: reason || maintenanceReasonDefault(what),
    Status: 'critical' satisfies Status,
    ServiceID,
    Token: '',
  };
}
