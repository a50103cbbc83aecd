/** Bodies of `/v1/catalog/register` and `/v1/catalog/deregister`, decoded and checked as far as that needs no catalog. */
import { ApiError } from '../api-error.ts';
import type { CatalogDeregistration, CatalogService } from '../catalog-write.ts';
import { formatDuration } from '../duration.ts';
import type { TimedCheck, TimedRegistration } from '../timed-registration.ts';
import {
  catalogDeregistrationShape,
  catalogRegistrationShape,
  type WrittenHealthCheck,
  type WrittenHealthCheckDefinition,
  type WrittenRegistration,
} from './catalog-shape.ts';
import { checkTypeOf } from './check-type.ts';
import { decodeBody } from './decode-body.ts';
import { isEmptyValue } from './empty-value.ts';
import { isAnyAddress } from './ip-address.ts';
import { metadataFault } from './metadata.ts';
import { proxyFault } from './proxy-fault.ts';
import { makeInstance, weightsFault } from './service-definition.ts';
import { sizeFault } from './size-fault.ts';
import { uuidFault } from './uuid-fault.ts';

/** @throws {ApiError} 400 for a body that cannot be read, 500 with Consul's text for one that breaks a rule. */
export function decodeCatalogRegistration(body: unknown): TimedRegistration {
  return makeCatalogRegistration(decodeBody(catalogRegistrationShape, body));
}

/** @throws {ApiError} 500 with Consul's text, 400 with ours, for what breaks a rule. */
export function makeCatalogRegistration(written: WrittenRegistration): TimedRegistration {
  const { Node = '', Address = '', ID = '', SkipNodeUpdate = false } = written;
  if (Node === '') refuse('Must provide node');
  if (Address === '' && !SkipNodeUpdate) refuse('Must provide address if SkipNodeUpdate is not set');
  const sizes = registrationSizeFault(written);
  if (sizes) throw new ApiError(400, sizes);
  const idFault = ID && uuidFault(ID);
  if (idFault) refuse(`Bad node ID: ${idFault}`);
  return {
    Datacenter: written.Datacenter ?? '',
    Node,
    ID: ID.toLowerCase(),
    Address,
    TaggedAddresses: written.TaggedAddresses ?? null,
    NodeMeta: written.NodeMeta ?? null,
    ...(written.Service && { Service: makeCatalogService(written.Service, Node) }),
    Checks: writtenChecks(written).map((check) => makeCatalogCheck(check, Node)),
    SkipNodeUpdate,
  };
}

/** @throws {ApiError} 400 for a body that cannot be read, 500 "Must provide node". */
export function decodeCatalogDeregistration(body: unknown): CatalogDeregistration {
  const {
    Datacenter = '',
    Node = '',
    ServiceID = '',
    CheckID = '',
  } = decodeBody(catalogDeregistrationShape, body);
  if (Node === '') refuse('Must provide node');
  return { Datacenter, Node, ServiceID, CheckID };
}

function refuse(text: string): never {
  throw new ApiError(500, text);
}

const writtenChecks = ({ Check, Checks = [] }: WrittenRegistration) => (Check ? [...Checks, Check] : Checks);

function registrationSizeFault({
  Node,
  Address,
  Service,
  ...written
}: WrittenRegistration): string | undefined {
  const fault = sizeFault(
    {
      'Node name': Node,
      'Node address': Address,
      'Service name': Service?.Service,
      'Service ID': Service?.ID,
      'Service address': Service?.Address,
    },
    Service?.Tags,
  );
  const ofChecks = writtenChecks(written).map(({ Name, CheckID }) =>
    sizeFault({ 'Check name': Name, 'Check ID': CheckID }),
  );
  return [fault, ...ofChecks].find((text) => text !== undefined);
}

function makeCatalogService(
  written: NonNullable<WrittenRegistration['Service']>,
  node: string,
): CatalogService {
  const { Service = '', ID = '', Address = '' } = written;
  const fault = proxyFault(written);
  if (fault) refuse(fault);
  if (Service === '' && ID !== '') refuse('Must provide service name with ID');
  if (isAnyAddress(Address)) refuse('Invalid service address');
  if (Service === '')
    refuse('failed inserting service: failed inserting service: object missing primary index');
  const service = makeInstance(written, Service);
  const metaFault = metadataFault(service.Meta ?? {});
  if (metaFault)
    refuse(
      `failed inserting service: Invalid Service Meta for node ${node} and serviceID ${service.ID}: ${metaFault}`,
    );
  return weightsFault(service.Weights) ? { ...service, Weights: { Passing: 1, Warning: 1 } } : service;
}

function makeCatalogCheck(written: WrittenHealthCheck, node: string): TimedCheck {
  const { Name = '', Node = node, Definition = {} } = written;
  const CheckID = written.CheckID || Name;
  if (Node !== '' && Node !== node) refuse(`check node "${Node}" does not match node "${node}"`);
  if (CheckID === '')
    refuse(`failed inserting check: failed inserting check: object missing primary index on node "${node}"`);
  const { DeregisterCriticalServiceAfter: deregisterAfterMs = 0, TTL: ttlMs = 0 } = Definition;
  return {
    Node: node,
    CheckID,
    Name,
    Status: written.Status || 'critical',
    Notes: written.Notes ?? '',
    Output: written.Output ?? '',
    ServiceID: written.ServiceID ?? '',
    ServiceName: written.ServiceName ?? '',
    ServiceTags: written.ServiceTags ?? [],
    Type: written.Type || typeOf(Definition),
    ...(written.Interval && { Interval: written.Interval }),
    ...(written.Timeout && { Timeout: written.Timeout }),
    Definition: printedDefinition(Definition),
    ...(deregisterAfterMs > 0 && { DeregisterAfterMs: deregisterAfterMs }),
    ...(ttlMs > 0 && { TTLMs: ttlMs }),
  };
}

/** The type that a definition speaks of; "" if it says too little. */
function typeOf(definition: WrittenHealthCheckDefinition): string {
  const { TTL: TTLMs = 0, Interval: IntervalMs = 0, ScriptArgs: Args = [], ...rest } = definition;
  const type = checkTypeOf({ ...rest, TTLMs, Args });
  const isSaid = type === 'ttl' ? TTLMs > 0 : type === 'alias' || IntervalMs > 0;
  return isSaid ? type : '';
}

/** As the API shows it: durations as text, nothing that is empty. */
function printedDefinition(definition: WrittenHealthCheckDefinition): Record<string, unknown> {
  const { Interval = 0, Timeout = 0, DeregisterCriticalServiceAfter = 0, TTL = 0, ...rest } = definition;
  const durations = Object.entries({ Interval, Timeout, DeregisterCriticalServiceAfter, TTL });
  const shown = Object.entries(rest).filter(([, value]) => !isEmptyValue(value));
  return Object.fromEntries([
    ...durations.filter(([, ms]) => ms !== 0).map(([field, ms]) => [field, formatDuration(ms)] as const),
    ...shown,
  ]);
}
