/**
 * Writes to the catalog, decoded and validated: what `/v1/catalog/register` and `/v1/catalog/deregister` say, in the one
 * form that the authority applies. `Check` and `Checks` of a body are one list here, and every default that needs no
 * catalog is filled in. What only the catalog knows is left to it: the indexes, whether a check's service exists, and
 * that service's name and tags.
 *
 * Source: https://developer.hashicorp.com/consul/api-docs/catalog.
 */
import type { HealthCheck, NodeService } from './model.ts';

/** A service instance before the catalog gives it its indexes. `ID` and `Service` are never empty. */
export type CatalogService = Omit<NodeService, 'CreateIndex' | 'ModifyIndex'>;

/** A check before the catalog gives it its indexes. `CheckID` defaults to `Name`, `Node` to the registration's node. */
export interface CatalogCheck extends Omit<HealthCheck, 'CreateIndex' | 'ModifyIndex'> {
  /** From `Definition.DeregisterCriticalServiceAfter`. 0: the service is never deregistered; absent: what was set stays. */
  DeregisterAfterMs?: number;
}

export interface CatalogRegistration {
  /** "": the datacenter that is asked. */
  Datacenter: string;
  Node: string;
  /** A node ID (a UUID, lower case) or "". */
  ID: string;
  /** May be "" if `SkipNodeUpdate`. */
  Address: string;
  TaggedAddresses: Record<string, string> | null;
  NodeMeta: Record<string, string> | null;
  Service?: CatalogService;
  Checks: CatalogCheck[];
  /** Leave an existing node row as it is. */
  SkipNodeUpdate: boolean;
}

/** `ServiceID` and `CheckID` both "": the node with all it has. */
export interface CatalogDeregistration {
  Datacenter: string;
  Node: string;
  ServiceID: string;
  CheckID: string;
}
