/**
 * What the API may do to this host's declarations: each change is on disk before it is acknowledged, or it has not
 * happened. Without a data directory (dev mode) nothing is kept.
 */
import { ApiError } from '../../src/shared/api-error.ts';
import type { CheckDefinition, ServiceDefinition, Status } from '../../src/shared/model.ts';
import { type LocalState, maintenanceCheckId } from './local-state.ts';
import type { SavedState } from './saved-state.ts';

const maintenanceReasonDefault = (what: string) =>
  `Maintenance mode is enabled for this ${what}, but no reason was provided. This is a default message.`;

export class Declarations {
  readonly #state: LocalState;
  readonly #saved: SavedState | undefined;

  constructor(state: LocalState, saved: SavedState | undefined) {
    this.#state = state;
    this.#saved = saved;
  }

  registerService(definition: ServiceDefinition, replaceChecks: boolean): void {
    this.#change(() => this.#state.addService(definition, 'api', replaceChecks));
  }

  /** @throws {ApiError} 404 for an ID that is not here. */
  deregisterService(id: string): void {
    if (!this.#state.services.has(id))
      throw new ApiError(
        404,
        `Unknown service ID ${JSON.stringify(id)}. Ensure that the service ID is passed, not the service name.`,
      );
    this.#change(() => this.#state.removeService(id));
  }

  /** The catalog evicted it: it goes from here too. @throws when that cannot be saved; it is gone nevertheless. */
  dropService(id: string): void {
    this.#state.removeService(id);
    this.#saved?.saveDefinitions(this.#state);
  }

  registerCheck(definition: CheckDefinition): void {
    this.#change(() => this.#state.addCheck(definition, 'api'));
  }

  /** @throws {ApiError} 404 for an ID that is not here. */
  deregisterCheck(checkId: string): void {
    if (!this.#state.checks.has(checkId))
      throw new ApiError(
        404,
        `Unknown check ID ${JSON.stringify(checkId)}. Ensure that the check ID is passed, not the check name.`,
      );
    this.#change(() => this.#state.removeCheck(checkId));
  }

  /** Puts a service (or with "" the node) into maintenance: a critical check that nobody runs. The first reason stays. */
  setMaintenance(serviceId: string, enable: boolean, reason: string): void {
    const what = serviceId === '' ? 'node' : 'service';
    const checkId = maintenanceCheckId(serviceId === '' ? undefined : serviceId);
    if (enable === this.#state.checks.has(checkId)) return;
    if (!enable) this.deregisterCheck(checkId);
    else
      this.registerCheck({
        CheckID: checkId,
        Name: `${what === 'node' ? 'Node' : 'Service'} Maintenance Mode`,
        Notes: reason || maintenanceReasonDefault(what),
        Status: 'critical' satisfies Status,
        ServiceID: serviceId,
        Token: '',
      });
  }

  #change(change: () => void): void {
    try {
      this.#state.changeDurably(change, () => this.#saved?.saveDefinitions(this.#state));
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === undefined) throw error;
      throw new ApiError(500, `the data directory cannot be written, so nothing was changed: ${message}`);
    }
  }
}
