import type { CatalogOp } from '../../src/shared/protocol/messages.ts';
import { opFault } from '../../src/shared/protocol/parse-up-message.ts';

const opsMax = 256;
/** While one batch is on its way nothing else is heard of this host, so a slow line must carry it within moments. */
const charsMax = 256 * 1024;

export interface Batch {
  /** One write. */
  ops: CatalogOp[];
  /** What the edge would break the connection for, with the whole message and all that comes after it. */
  faulty: { op: CatalogOp; reason: string }[];
}

/** As many of the ops, in order, as make one write. One that is larger than a write should be goes alone. */
export function selectBatch(ops: CatalogOp[]): Batch {
  const batch: Batch = { ops: [], faulty: [] };
  let chars = 0;
  for (const op of ops) {
    const text = JSON.stringify(op);
    const reason = opFault(text);
    if (reason !== undefined) {
      batch.faulty.push({ op, reason });
      continue;
    }
    chars += text.length;
    const isFull = batch.ops.length === opsMax || (batch.ops.length > 0 && chars > charsMax);
    if (isFull) break;
    batch.ops.push(op);
  }
  return batch;
}
