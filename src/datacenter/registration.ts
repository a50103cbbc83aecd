/**
 * What a registration and a deregistration do to the catalog, and when they are refused; the same for `curl` at the edge
 * and for a sidecar's writes. Error texts are Consul's.
 */
import { ApiError } from '../shared/api-error.ts';
import type { CatalogDeregistration, CatalogRegistration } from '../shared/catalog-write.ts';
import { type Node, serfHealthCheckId } from '../shared/model.ts';
import type { DeleteReason } from '../shared/protocol/messages.ts';
import type { TimedCheck, TimedRegistration } from '../shared/timed-registration.ts';
import type { Transaction } from './store/transaction.ts';

export function register(tx: Transaction, registration: TimedRegistration): void {
  const node = registerNode(tx, registration);
  if (registration.Service) tx.setService(node, registration.Service);
  for (const check of registration.Checks) registerCheck(tx, node, check);
}

export function deregister(tx: Transaction, what: CatalogDeregistration, reason: DeleteReason): void {
  const node = tx.store.nodeTable.byName(what.Node)?.Node;
  if (node === undefined) return;
  if (what.ServiceID !== '') tx.deleteService(node, what.ServiceID, reason);
  else if (what.CheckID !== '') tx.deleteCheck(node, what.CheckID, reason);
  else tx.deleteNode(node, reason);
}

/** The name under which the node stands in the catalog, which may differ in case from what was sent. */
function registerNode(tx: Transaction, registration: CatalogRegistration): string {
  const { nodeTable } = tx.store;
  const named = nodeTable.byName(registration.Node);
  if (named && registration.SkipNodeUpdate) return named.Node;
  const sameId = nodeTable.byId(registration.ID);
  const renamed = sameId !== undefined && sameId.Node.toLowerCase() !== registration.Node.toLowerCase();
  refuseTakenName(tx, registration, named);
  if (renamed) tx.deleteNode(sameId.Node, 'deregistered');
  tx.setNode(
    {
      // A registration that names no ID is about the node of that name, whatever its ID.
      ID: registration.ID || (named?.ID ?? ''),
      Node: registration.Node,
      Address: registration.Address,
      Datacenter: tx.store.datacenter,
      TaggedAddresses: registration.TaggedAddresses,
      Meta: registration.NodeMeta,
    },
    renamed ? sameId.CreateIndex : undefined,
  );
  return registration.Node;
}

/** A node whose host lives keeps its name; one that is critical loses it to a rebuilt host. */
function refuseTakenName(
  tx: Transaction,
  { ID, Node: name, Address }: CatalogRegistration,
  named?: Node,
): void {
  if (!named || ID === '' || named.ID === '' || named.ID === ID) return;
  if (tx.store.checkTable.get(named.Node, serfHealthCheckId)?.Status !== 'passing') return;
  throw new ApiError(
    500,
    `failed inserting node: Error while renaming Node ID: "${ID}" (${Address}): Node name ${name} is reserved by node ` +
      `${named.ID} with name ${named.Node} (${named.Address})`,
  );
}

function registerCheck(tx: Transaction, node: string, written: TimedCheck): void {
  const { DeregisterAfterMs, TTLMs = 0, ...check } = written;
  const service = check.ServiceID === '' ? undefined : tx.store.serviceTable.get(node, check.ServiceID);
  if (check.ServiceID !== '' && !service)
    throw new ApiError(
      500,
      `failed inserting check: Missing service registration on node ${JSON.stringify(node)}`,
    );
  tx.setCheck(
    { ...check, Node: node, ServiceName: service?.Service ?? '', ServiceTags: service?.Tags ?? [] },
    { DeregisterAfterMs, TTLMs },
  );
}
