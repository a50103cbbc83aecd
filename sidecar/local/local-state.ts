/**
 * What this host declares: its service instances and checks, with each check's last status. It is the truth about the
 * host; the catalog follows it. Invariant: a check with a `ServiceID` belongs to a service that is here, and every check
 * here is either being run or waits for somebody's word (TTL, maintenance).
 */
import { ApiError } from '../../src/shared/api-error.ts';
import { isSameEntity } from '../../src/shared/canonical.ts';
import { withIpTags } from '../../src/shared/definition/tagged-addresses.ts';
import type { CheckDefinition, ServiceDefinition, Status } from '../../src/shared/model.ts';

/** Where a definition came from: a file is read again at each reload, what the API said is kept until it says otherwise. */
export type Source = 'config' | 'api';

export interface LocalService {
  /** With the catalog's tags, where `EnableTagOverride` lets it say them. */
  definition: ServiceDefinition;
  declaredTags: string[];
  source: Source;
  /** Declared and not yet said: until it is, not even `EnableTagOverride` lets the catalog's tags stand. */
  tagsPending: boolean;
}

export interface LastResult {
  Status: Status;
  Output: string;
}

export interface LocalCheck extends LastResult {
  definition: CheckDefinition;
  source: Source;
}

/** What a check showed when the process last ran, so that a restart flaps nothing. */
export interface RememberedResult extends LastResult {
  ttlRemainingMs?: number;
}

/** Runs checks; the schedule of this host. */
export interface CheckRunner {
  /** `ttlRemainingMs`: for a TTL check that lived before this process did. */
  start(definition: CheckDefinition, last: LastResult, ttlRemainingMs?: number): void;
  stop(checkId: string): void;
}

/** Told of every change, so that it can be saved and synced. `definitions` is false when only a status moved. */
export type LocalListener = (change: { definitions: boolean }) => void;

/** Tells a maintenance check, which nobody runs. */
export const maintenanceCheckId = (serviceId?: string) =>
  serviceId === undefined ? '_node_maintenance' : `_service_maintenance:${serviceId}`;

export class LocalState {
  readonly services = new Map<string, LocalService>();
  readonly checks = new Map<string, LocalCheck>();
  readonly #runner: CheckRunner;
  readonly #changed: LocalListener;
  readonly #remembered: Map<string, RememberedResult>;

  constructor(runner: CheckRunner, changed: LocalListener, remembered = new Map<string, RememberedResult>()) {
    this.#runner = runner;
    this.#changed = changed;
    this.#remembered = remembered;
  }

  /**
   * Adds or replaces a service with its checks. A check that was here under the same ID keeps its last status until its
   * next run; other checks of the service stay unless `replaceChecks`.
   */
  addService(definition: ServiceDefinition, source: Source, replaceChecks = false): void {
    const id = definition.Service.ID;
    const { Tags: declaredTags, EnableTagOverride } = definition.Service;
    const known = this.services.get(id);
    // A file that is read again says nothing new, a registration means what it says.
    const tagsPending =
      source === 'api' || !isSameEntity({ Tags: known?.declaredTags }, { Tags: declaredTags });
    const service = { definition: tagged(definition), declaredTags, source, tagsPending };
    this.services.set(id, service);
    if (known && !tagsPending && EnableTagOverride) setTags(service, known.definition.Service.Tags);
    const wanted = new Set(definition.Checks.map(({ CheckID }) => CheckID));
    if (replaceChecks)
      for (const check of this.checksOf(id))
        if (!wanted.has(check.definition.CheckID)) this.#drop(check.definition.CheckID);
    for (const check of definition.Checks) this.#put(check, source);
    this.#changed({ definitions: true });
  }

  /** What the catalog says of a service that lets it. They live as long as the process, as in Consul. */
  takeTags(id: string, tags: string[]): void {
    const service = this.services.get(id);
    if (!service || isSameEntity({ Tags: service.definition.Service.Tags }, { Tags: tags })) return;
    setTags(service, tags);
    this.#changed({ definitions: false });
  }

  /** False if there is no such service. */
  removeService(id: string): boolean {
    if (!this.services.delete(id)) return false;
    for (const { definition } of this.checksOf(id)) this.#drop(definition.CheckID);
    this.#changed({ definitions: true });
    return true;
  }

  /** @throws {ApiError} 404 for a check of a service that is not here. */
  addCheck(definition: CheckDefinition, source: Source): void {
    this.assertService(definition);
    this.#put(definition, source);
    this.#changed({ definitions: true });
  }

  /** @throws {ApiError} 404 for a check of a service that is not here. */
  assertService({ ServiceID }: CheckDefinition): void {
    if (ServiceID !== '' && !this.services.has(ServiceID)) throw unknownService(ServiceID);
  }

  removeCheck(checkId: string): boolean {
    if (!this.checks.has(checkId)) return false;
    this.#drop(checkId);
    this.#changed({ definitions: true });
    return true;
  }

  /** What a run of a check (or its owner, for a TTL check) said. Ignored for a check that has just been removed. */
  report(result: { CheckID: string; Status: Status; Output: string }): void {
    const check = this.checks.get(result.CheckID);
    if (!check || (check.Status === result.Status && check.Output === result.Output)) return;
    check.Status = result.Status;
    check.Output = result.Output;
    this.#changed({ definitions: false });
  }

  /**
   * Brings back what the files declare now: gone ones go, changed ones are replaced, statuses stay.
   * @throws {ApiError} 404 for a check of a service that is not here; then nothing has changed.
   */
  reload(services: ServiceDefinition[], checks: CheckDefinition[]): void {
    const serviceIds = new Set(services.map(({ Service }) => Service.ID));
    const stays = (id: string) => serviceIds.has(id) || this.services.get(id)?.source === 'api';
    // First what may be refused: until then everything is as it was.
    for (const { ServiceID } of checks)
      if (ServiceID !== '' && !stays(ServiceID)) throw unknownService(ServiceID);
    const checkIds = new Set(
      [...checks, ...services.flatMap(({ Checks }) => Checks)].map(({ CheckID }) => CheckID),
    );
    for (const [id, { source }] of this.services)
      if (source === 'config' && !serviceIds.has(id)) this.removeService(id);
    for (const [id, { source }] of this.checks)
      if (source === 'config' && !checkIds.has(id)) this.removeCheck(id);
    for (const service of services) this.addService(service, 'config');
    for (const check of checks) this.addCheck(check, 'config');
  }

  /**
   * Brings back what the API had declared, last of all that was here before. A check whose service is gone from the files
   * goes with it; of one that is declared from now on under an old ID nothing is remembered.
   */
  restoreChecks(checks: CheckDefinition[]): void {
    for (const check of checks) {
      const { CheckID, ServiceID } = check;
      // A file that declares the same check wins.
      if (this.checks.has(CheckID) || (ServiceID !== '' && !this.services.has(ServiceID))) continue;
      this.addCheck(check, 'api');
    }
    this.#remembered.clear();
  }

  checksOf(serviceId: string): LocalCheck[] {
    return [...this.checks.values()].filter(({ definition }) => definition.ServiceID === serviceId);
  }

  /** A check that is declared again as it was goes on running: a reload disturbs no schedule and no TTL. */
  #put(definition: CheckDefinition, source: Source): void {
    const known = this.checks.get(definition.CheckID);
    if (known && JSON.stringify(known.definition) === JSON.stringify(definition)) {
      known.source = source;
      return;
    }
    const remembered = this.#remembered.get(definition.CheckID);
    this.#remembered.delete(definition.CheckID);
    const last = known ?? remembered ?? { Status: definition.Status || 'critical', Output: '' };
    const { Status, Output } = last;
    this.checks.set(definition.CheckID, { definition, source, Status, Output });
    this.#runner.start(definition, { Status, Output }, remembered?.ttlRemainingMs);
  }

  #drop(checkId: string): void {
    this.checks.delete(checkId);
    this.#runner.stop(checkId);
  }
}

const unknownService = (id: string) => new ApiError(404, `ServiceID ${JSON.stringify(id)} does not exist`);

function setTags(service: LocalService, Tags: string[]): void {
  service.definition = { ...service.definition, Service: { ...service.definition.Service, Tags } };
}

/** A service whose address is an IP is found under the names of its family, too. */
function tagged(definition: ServiceDefinition): ServiceDefinition {
  const TaggedAddresses = withIpTags(definition.Service);
  return TaggedAddresses
    ? { ...definition, Service: { ...definition.Service, TaggedAddresses } }
    : definition;
}
