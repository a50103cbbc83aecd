/**
 * Checks that the edge keeps the time of: registered with `Definition.TTL`, refreshed by registering again or by a word
 * about them, critical when neither came in time. For what lives without an agent: a function, a device.
 */
import { type CheckWord, limitedOutput } from '../requests/check-word.ts';
import { ApiError } from '../shared/api-error.ts';
import type { Transaction } from './store/transaction.ts';

/** @throws {ApiError} 404 unless there is such a check, with a TTL, on that node. */
export function setTtlCheck(tx: Transaction, { Node, CheckID, Status, Output }: CheckWord): void {
  const found = tx.store.checkTable.find(Node, CheckID);
  if (!found?.times.TTLMs)
    throw new ApiError(
      404,
      `Unknown check ID ${JSON.stringify(CheckID)}. Ensure that the check ID is passed, not the check name.`,
    );
  tx.setCheck({ ...found.check, Status, Output: limitedOutput(Output) });
}

export function expireChecks(tx: Transaction): void {
  for (const check of tx.store.checkTable.expired(tx.nowMs)) {
    const last = check.Output && ` (last output before timeout follows): ${check.Output}`;
    tx.setCheck({ ...check, Status: 'critical', Output: `TTL expired${last}` });
  }
}
