import { registrationBytesMax } from '../../src/shared/limits.ts';
import type { CatalogOp } from '../../src/shared/protocol/messages.ts';

const opsMax = 256;
/** While one batch is on its way nothing else is heard of this host, so a slow line must carry it within moments. */
const charsMax = 256 * 1024;

export interface Batch {
  /** One write. */
  ops: CatalogOp[];
  /** What the edge would break the connection for. */
  tooLarge: CatalogOp[];
}

/** As many of the ops, in order, as make one write. One that is larger than a write should be goes alone. */
export function selectBatch(ops: CatalogOp[]): Batch {
  const batch: Batch = { ops: [], tooLarge: [] };
  let chars = 0;
  for (const op of ops) {
    const { length } = JSON.stringify(op);
    if (length > registrationBytesMax) {
      batch.tooLarge.push(op);
      continue;
    }
    chars += length;
    const isFull = batch.ops.length === opsMax || (batch.ops.length > 0 && chars > charsMax);
    if (isFull) break;
    batch.ops.push(op);
  }
  return batch;
}
