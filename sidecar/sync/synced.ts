import type { CatalogOp } from '../../src/shared/protocol/messages.ts';

/** What an op that the edge accepted has brought into step, for the log: a message, and what it is about. */
export function* synced(op: CatalogOp): Generator<[message: string, fields: Record<string, string>]> {
  if ('Deregister' in op) {
    const { ServiceID: service, CheckID: check, Node: node } = op.Deregister;
    if (check !== '') yield ['deregistered check', { check }];
    else if (service !== '') yield ['deregistered service', { service }];
    else yield ['deregistered node', { node }];
    return;
  }
  const { Service, Checks, SkipNodeUpdate, Node: node } = op.Register;
  if (!SkipNodeUpdate) yield ['synced node info', { node }];
  if (Service) yield ['synced service', { service: Service.ID }];
  for (const { CheckID: check, Status: status } of Checks) yield ['synced check', { check, status }];
}
