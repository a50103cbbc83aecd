/** Hosts that go: gone from the catalog at once, and listed for a while as hosts that left. */
import { ApiError } from '../shared/api-error.ts';
import type { DeleteReason } from '../shared/protocol/messages.ts';
import { leftMemberMs, leftMembersMax } from './limits.ts';
import type { Transaction } from './store/transaction.ts';

export function leave(tx: Transaction, node: string, reason: DeleteReason): void {
  const member = tx.store.nodeTable.member(node);
  tx.deleteNode(node, reason);
  if (member) tx.store.leftTable.put(member, tx.nowMs, tx.nowMs - leftMemberMs, leftMembersMax);
}

/**
 * A host that failed leaves; one that lives would be back at once, so it is left alone, as in Consul. `prune` takes it off
 * the list as well. @throws {ApiError} 500 in Consul's words for a host that is not in the list.
 */
export function forceLeave(tx: Transaction, node: string, prune: boolean): void {
  const { nodeTable, leftTable } = tx.store;
  const member = nodeTable.member(node);
  if (!member && !leftTable.has(node)) throw new ApiError(500, `agent: No node found with name '${node}'`);
  if (member?.Alive) return;
  if (member) leave(tx, node, 'deregistered');
  if (prune) leftTable.forget(node);
}
