/** What the owner of a TTL check says about it at the edge, where the check's node has to be named. */

import { checkOutputBytesMax } from '../shared/limits.ts';
import type { Status } from '../shared/model.ts';

export interface CheckWord {
  Node: string;
  CheckID: string;
  Status: Status;
  Output: string;
}

/** As an agent cuts it: the first bytes, followed by how many there were. */
export function limitedOutput(output: string): string {
  const bytes = new TextEncoder().encode(output);
  if (bytes.byteLength <= checkOutputBytesMax) return output;
  // A character that the cut halves is left out whole.
  const kept = new TextDecoder().decode(bytes.subarray(0, checkOutputBytesMax), { stream: true });
  return `${kept} ... (captured ${checkOutputBytesMax} of ${bytes.byteLength} bytes)`;
}
