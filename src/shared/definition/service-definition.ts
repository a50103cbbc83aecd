/**
 * From what a body or a file says about a service instance to a {@link ServiceDefinition}: the instance as the catalog
 * stores it and its checks, each with an ID.
 */
import { ApiError } from '../api-error.ts';
import type { NodeService, ServiceDefinition, Weights } from '../model.ts';
import {
  isEmptyCheck,
  isStatus,
  makeCheckDefinition,
  refuseCheckFault,
  type Warn,
} from './check-definition.ts';
import type { WrittenCheck } from './check-shape.ts';
import { decodeBody } from './decode-body.ts';
import { isAnyAddress } from './ip-address.ts';
import { metadataFault } from './metadata.ts';
import { proxyFault } from './proxy-fault.ts';
import { serviceRegistrationShape, type WrittenInstance, type WrittenService } from './service-shape.ts';
import { sizeFault } from './size-fault.ts';

/** What Consul refuses a DNS SRV weight above. */
const weightMax = 65_535;

/** The body of `/v1/agent/service/register`. @throws {ApiError} 400 in Consul's words. */
export function decodeServiceRegistration(body: unknown, warn: Warn = () => {}): ServiceDefinition {
  const written = decodeBody(serviceRegistrationShape, body);
  const { Name = '', Address = '', Weights, Meta = {} } = written;
  if (Name === '') throw new ApiError(400, 'Missing service name');
  if (isAnyAddress(Address)) throw new ApiError(400, 'Invalid service address');
  refuse(
    '',
    sizeFault({ 'Service name': Name, 'Service ID': written.ID, 'Service address': Address }, written.Tags),
  );
  refuse('Invalid Weights: ', Weights && weightsFault(Weights));
  refuse('Invalid Service Meta: ', metadataFault(Meta));
  refuse('', proxyFault(written));
  const checks = writtenChecks(written);
  checks.forEach(refuseCheckFault);
  if (!checks.every(({ Status }) => !Status || isStatus(Status)))
    throw new ApiError(400, "Status for checks must 'passing', 'warning', 'critical'");
  return makeServiceDefinition(written, warn);
}

function refuse(prefix: string, fault: string | undefined): void {
  if (fault) throw new ApiError(400, prefix + fault);
}

/** Why these weights are refused. `Passing` left out counts as 0. */
export function weightsFault({ Passing = 0, Warning = 0 }: Partial<Weights>): string | undefined {
  if (Passing < 1) return 'Passing must be greater than 0';
  if (Warning < 0) return 'Warning must be greater or equal than 0';
  return Passing > weightMax || Warning > weightMax
    ? `DNS Weight must be between 0 and ${weightMax}`
    : undefined;
}

/** `Check`, unless it is empty, and then `Checks`: the order in which they are numbered. */
export function writtenChecks({ Check, Checks = [] }: { Check?: WrittenCheck; Checks?: WrittenCheck[] }) {
  return Check && !isEmptyCheck(Check) ? [Check, ...Checks] : Checks;
}

/** The definition of a service that breaks no rule. */
export function makeServiceDefinition(written: WrittenService, warn: Warn): ServiceDefinition {
  const { Name = '', Token = '' } = written;
  const Service = { ...makeInstance(written, Name), CreateIndex: 0, ModifyIndex: 0 };
  return { Service, Checks: identifiedChecks(written, Service, warn), Token };
}

/** Nameless checks are numbered by position: `service:web`, or `service:web:1`, `service:web:2` when there are several. */
function identifiedChecks(written: WrittenService, service: NodeService, warn: Warn) {
  const checks = writtenChecks(written);
  return checks.map((check, i) => {
    const number = checks.length > 1 ? `:${i + 1}` : '';
    const identity = {
      CheckID: check.CheckID || check.ID || `service:${service.ID}${number}`,
      Name: check.Name || `Service '${service.Service}' check`,
      ServiceID: service.ID,
    };
    return makeCheckDefinition(check, identity, warn);
  });
}

/** An instance with every default that is the same for agents and for writes to the catalog. */
export function makeInstance(
  written: WrittenInstance,
  name: string,
): Omit<NodeService, 'CreateIndex' | 'ModifyIndex'> {
  const { Kind, TaggedAddresses, SocketPath, Weights, Connect, Locality } = written;
  return {
    ...(Kind && { Kind }),
    ID: written.ID || name,
    Service: name,
    Tags: written.Tags ?? [],
    Address: written.Address ?? '',
    ...(TaggedAddresses && { TaggedAddresses: withPorts(TaggedAddresses) }),
    Meta: written.Meta ?? null,
    Port: written.Port ?? 0,
    ...(SocketPath && { SocketPath }),
    Weights: Weights
      ? { Passing: Weights.Passing ?? 0, Warning: Weights.Warning ?? 0 }
      : { Passing: 1, Warning: 1 },
    EnableTagOverride: written.EnableTagOverride ?? false,
    ...(written.Proxy && { Proxy: written.Proxy }),
    ...(Connect && { Connect }),
    ...(Locality && { Locality }),
  };
}

function withPorts(tagged: NonNullable<WrittenInstance['TaggedAddresses']>) {
  const entries = Object.entries(tagged);
  return Object.fromEntries(entries.map(([tag, { Address = '', Port = 0 }]) => [tag, { Address, Port }]));
}
