/** The services and checks that config files declare, normalised by the same rules as the bodies of the HTTP API. */
import {
  checkFault,
  isStatus,
  makeCheckDefinition,
  type Warn,
} from '../../src/shared/definition/check-definition.ts';
import type { WrittenCheck } from '../../src/shared/definition/check-shape.ts';
import { checkTypeOf } from '../../src/shared/definition/check-type.ts';
import { isAnyAddress } from '../../src/shared/definition/ip-address.ts';
import { metadataFault } from '../../src/shared/definition/metadata.ts';
import { proxyFault } from '../../src/shared/definition/proxy-fault.ts';
import {
  makeServiceDefinition,
  weightsFault,
  writtenChecks,
} from '../../src/shared/definition/service-definition.ts';
import type { WrittenService } from '../../src/shared/definition/service-shape.ts';
import { sizeFault } from '../../src/shared/definition/size-fault.ts';
import type { CheckDefinition, ServiceDefinition } from '../../src/shared/model.ts';

/** Receives why a definition is refused. */
type Refuse = (fault: string) => void;

/** In a file, a weight that is left out is 1, unlike in a body. */
const weightDefaults = { Passing: 1, Warning: 1 };

/** The valid ones of the services. */
export function makeServices(
  written: readonly WrittenService[],
  warn: Warn,
  refuse: Refuse,
): ServiceDefinition[] {
  return written.flatMap((service, i) => {
    const weighted = service.Weights
      ? { ...service, Weights: { ...weightDefaults, ...service.Weights } }
      : service;
    const faults = serviceFaults(weighted, i);
    faults.forEach(refuse);
    return faults.length > 0 ? [] : [makeServiceDefinition(weighted, warn)];
  });
}

function serviceFaults(service: WrittenService, position: number): string[] {
  const { Name = '', Address = '', Meta = {}, Weights } = service;
  if (Name === '') return [`services[${position}]: Missing service name`];
  const weights = Weights && weightsFault(Weights);
  const meta = metadataFault(Meta);
  const proxy = proxyFault(service);
  return [
    sizeFault({ 'Service name': Name, 'Service ID': service.ID }, service.Tags),
    weights && `Invalid weight definition for service ${Name}: ${weights}`,
    meta && `invalid meta for service ${Name}: ${meta}`,
    isAnyAddress(Address) && `Invalid service address for service ${Name}: ${Address}`,
    proxy && `invalid proxy ${Name}: ${proxy.trim()}`,
    ...writtenChecks(service).map((check) =>
      prefixed(`invalid check for service ${Name}: `, definitionFault(check)),
    ),
  ].filter((fault) => typeof fault === 'string' && fault !== '') as string[];
}

/** The valid ones of the checks that stand by themselves. */
export function makeChecks(written: readonly WrittenCheck[], warn: Warn, refuse: Refuse): CheckDefinition[] {
  return written.flatMap((check, i) => {
    const { Name = '', ServiceID = '' } = check;
    const CheckID = check.ID || check.CheckID || Name;
    const fault = CheckID === '' ? 'CheckID missing' : definitionFault(check);
    if (fault) refuse(`invalid check ${CheckID || `checks[${i}]`}: ${fault}`);
    return fault ? [] : [makeCheckDefinition(check, { CheckID, Name, ServiceID }, warn)];
  });
}

function definitionFault(check: WrittenCheck): string | undefined {
  const { Status = '' } = check;
  return checkFault(check) ?? (Status === '' || isStatus(Status) ? undefined : 'Bad check status');
}

const prefixed = (prefix: string, fault: string | undefined) => (fault ? prefix + fault : undefined);

const scriptsDisabled =
  "Scripts are disabled on this agent; to enable, configure 'enable_script_checks' or 'enable_local_script_checks' to true";

/** Refuses checks that run programs, for an agent that may not run any. */
export function refuseScripts(
  services: ServiceDefinition[],
  checks: CheckDefinition[],
  refuse: Refuse,
): void {
  for (const check of [...services.flatMap(({ Checks }) => Checks), ...checks]) {
    if (['script', 'docker'].includes(checkTypeOf(check)))
      refuse(`check ${check.CheckID}: ${scriptsDisabled}`);
  }
}
