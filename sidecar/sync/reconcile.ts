/**
 * What to write so that the catalog says of this host what the host says of itself. Level-triggered and pure: it compares
 * the two as they stand, whoever changed what and however often, so a lost write is simply found missing next time.
 */
import { isSameEntity } from '../../src/shared/canonical.ts';
import type { CatalogReader } from '../../src/shared/catalog-reader.ts';
import type { CatalogCheck, CatalogRegistration, CatalogService } from '../../src/shared/catalog-write.ts';
import { groupBy } from '../../src/shared/group-by.ts';
import { registrationBytesMax } from '../../src/shared/limits.ts';
import {
  consulServiceId,
  type HealthCheck,
  type NodeService,
  serfHealthCheckId,
} from '../../src/shared/model.ts';
import type { AgentNode, CatalogOp } from '../../src/shared/protocol/messages.ts';
import { checkRow } from '../local/check-row.ts';
import type { LocalCheck, LocalService } from '../local/local-state.ts';

export interface HostView {
  node: AgentNode;
  services: ReadonlyMap<string, LocalService>;
  checks: ReadonlyMap<string, LocalCheck>;
  /** Asked about a check of which only the output differs: whether it has waited long enough. */
  outputIsDue(checkId: string): boolean;
  /** True if the edge has been told that the check may be critical this long (0: for ever); no row shows it. */
  knowsDeadline(checkId: string, deadlineMs: number): boolean;
}

/** Of the checks in one op, which may have a service, too. */
const checksCharsMax = registrationBytesMax / 4;

/** `settled`: what {@link selectSettled} gives, where it is known already. */
export function reconcile(
  host: HostView,
  catalog: CatalogReader,
  settled: ReadonlyMap<string, LocalService> = selectSettled(host, catalog),
): CatalogOp[] {
  const services = new Map(catalog.nodeServices(host.node.Node).map((service) => [service.ID, service]));
  const checks = new Map(catalog.nodeChecks(host.node.Node).map((check) => [check.CheckID, check]));
  return [
    ...missingNode(host, catalog),
    ...aliens(host, services, checks),
    ...registrations(host, services, checks, settled),
  ];
}

/** The services that stand in the catalog as they are declared. */
export function selectSettled(host: HostView, catalog: CatalogReader): Map<string, LocalService> {
  const inCatalog = new Map(catalog.nodeServices(host.node.Node).map((service) => [service.ID, service]));
  return new Map([...host.services].filter(([id]) => isSettled(host, id, inCatalog)));
}

/** The tags of the services whose tags are the catalog's to say. */
export function selectTags(host: HostView, catalog: CatalogReader): Map<string, string[]> {
  const inCatalog = new Map(catalog.nodeServices(host.node.Node).map((service) => [service.ID, service]));
  const overridden = [...host.services.keys()].filter((id) => inCatalog.has(id) && isOverridden(host, id));
  return new Map(overridden.map((id) => [id, catalogTags(host, id, inCatalog)]));
}

function isSettled(host: HostView, id: string, inCatalog: Map<string, NodeService>): boolean {
  const row = inCatalog.get(id);
  const { Service } = host.services.get(id)!.definition;
  return row !== undefined && isSameEntity(row, { ...Service, Tags: catalogTags(host, id, inCatalog) });
}

function missingNode({ node }: HostView, catalog: CatalogReader): CatalogOp[] {
  const row = catalog.node(node.Node);
  const wanted = {
    ID: node.ID,
    Node: node.Node,
    Address: node.Address,
    Datacenter: catalog.datacenter,
    TaggedAddresses: node.TaggedAddresses,
    Meta: node.NodeMeta,
  };
  if (row && isSameEntity(row, wanted)) return [];
  return [{ Register: { ...registrationOf(node), SkipNodeUpdate: false } }];
}

/** What the catalog has on this node and the host does not. A service's checks go with it. */
function aliens(
  { node, services, checks }: HostView,
  inCatalog: Map<string, NodeService>,
  checksInCatalog: Map<string, HealthCheck>,
): CatalogOp[] {
  const where = { Datacenter: '', Node: node.Node };
  const alienServices = [...inCatalog.keys()].filter((id) => id !== consulServiceId && !services.has(id));
  const alienChecks = [...checksInCatalog.values()].filter(
    ({ CheckID, ServiceID }) =>
      CheckID !== serfHealthCheckId && !checks.has(CheckID) && (ServiceID === '' || services.has(ServiceID)),
  );
  return [
    ...alienServices.map((id) => ({ Deregister: { ...where, ServiceID: id, CheckID: '' } })),
    ...alienChecks.map(({ CheckID }) => ({ Deregister: { ...where, ServiceID: '', CheckID } })),
  ];
}

/** One registration for each service that differs, with its checks that differ, and one for each other check. */
function registrations(
  host: HostView,
  inCatalog: Map<string, NodeService>,
  checksInCatalog: Map<string, HealthCheck>,
  settled: ReadonlyMap<string, LocalService>,
): CatalogOp[] {
  const tagsOf = (id: string) => catalogTags(host, id, inCatalog);
  const stale = [...host.checks.values()].filter((check) =>
    differs(host, check, tagsOf(check.definition.ServiceID), checksInCatalog),
  );
  const staleOf = groupBy(stale, ({ definition }) => definition.ServiceID);
  const base = { ...registrationOf(host.node), SkipNodeUpdate: true };
  const ops: CatalogOp[] = [];
  for (const [id, { definition }] of host.services) {
    if (settled.has(id) && !staleOf.has(id)) continue;
    const service = catalogService(definition.Service, tagsOf(id));
    const checks = (staleOf.get(id) ?? []).map((check) => catalogCheck(host, check, service.Tags));
    if (settled.has(id)) {
      ops.push(...selectParts(checks).map((Checks) => ({ Register: { ...base, Checks } })));
      continue;
    }
    const alone = { ...base, Service: service, Checks: [] };
    const room = registrationBytesMax - JSON.stringify({ Register: alone }).length;
    const [first = [], ...others] = selectParts(checks, Math.min(checksCharsMax, room));
    ops.push({ Register: { ...alone, Checks: first } });
    ops.push(...others.map((Checks) => ({ Register: { ...base, Checks } })));
  }
  const nodeLevel = (staleOf.get('') ?? []).map((check) => catalogCheck(host, check, []));
  ops.push(...selectParts(nodeLevel).map((Checks) => ({ Register: { ...base, Checks } })));
  return ops;
}

/**
 * Checks in as many ops as they need: outputs are long, and the edge refuses an op that is too large. The first part, which
 * may be empty, has `room` characters.
 */
function selectParts(checks: CatalogCheck[], room = checksCharsMax): CatalogCheck[][] {
  const parts: CatalogCheck[][] = checks.length > 0 ? [[]] : [];
  for (const check of checks) {
    const length = JSON.stringify(check).length + 1;
    // One that is larger than any part has one to itself.
    if (length > room && (parts.at(-1)!.length > 0 || room < checksCharsMax)) {
      parts.push([]);
      room = checksCharsMax;
    }
    parts.at(-1)!.push(check);
    room -= length;
  }
  return parts;
}

function differs(
  host: HostView,
  check: LocalCheck,
  tags: string[],
  inCatalog: Map<string, HealthCheck>,
): boolean {
  const { CheckID } = check.definition;
  const { DeregisterAfterMs, ...wanted } = catalogCheck(host, check, tags);
  const row = inCatalog.get(CheckID);
  if (!row || !host.knowsDeadline(CheckID, DeregisterAfterMs)) return true;
  if (!isSameEntity(row, { ...wanted, Output: row.Output })) return true;
  return row.Output !== wanted.Output && host.outputIsDue(CheckID);
}

/**
 * With `EnableTagOverride` the catalog's tags are the truth once those of the last registration were there; nothing else
 * of a service ever is. Where the catalog lost the service, its tags are those it last had.
 */
function catalogTags(host: HostView, id: string, inCatalog: Map<string, NodeService>): string[] {
  const own = host.services.get(id)?.definition.Service.Tags ?? [];
  return isOverridden(host, id) ? (inCatalog.get(id)?.Tags ?? own) : own;
}

function isOverridden({ services }: HostView, id: string): boolean {
  const local = services.get(id);
  return local?.definition.Service.EnableTagOverride === true && !local.tagsPending;
}

function catalogService(service: NodeService, tags: string[]): CatalogService {
  const { CreateIndex, ModifyIndex, ...wanted } = service;
  return { ...wanted, Tags: tags };
}

function catalogCheck(
  host: HostView,
  check: LocalCheck,
  tags: string[],
): CatalogCheck & { DeregisterAfterMs: number } {
  const { definition } = check;
  return {
    ...checkRow(host.node.Node, check, host.services.get(definition.ServiceID), tags),
    DeregisterAfterMs: definition.DeregisterCriticalServiceAfterMs ?? 0,
  };
}

const registrationOf = (node: AgentNode): Omit<CatalogRegistration, 'SkipNodeUpdate'> => ({
  Datacenter: '',
  Node: node.Node,
  ID: node.ID,
  Address: node.Address,
  TaggedAddresses: node.TaggedAddresses,
  NodeMeta: node.NodeMeta,
  Checks: [],
});
