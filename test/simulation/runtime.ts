import { vi } from 'vitest';
import { Network } from './network.ts';

/** What stands in for the package `ws`, for workerd and for the disk; given to `vi.mock`, which wants them by name. */
export const simulatedWorkers = {
  DurableObject: class {
    ctx: object;
    constructor(ctx: object) {
      this.ctx = ctx;
    }
  },
};

export const simulatedEdgeClock = {
  systemClock: { nowMs: () => Network.current.clock.nowMs() },
  after: (delayMs: number, action: () => void) => Network.current.clock.after(delayMs, action),
};

/** A disk in memory: flushing a real one takes longer than all the rest. */
export function makeDisk() {
  const files = new Map<string, string>();
  return {
    writeDurably: (path: string, text: string) => void files.set(path, text),
    readIfThere: (path: string) => files.get(path),
  };
}

/** The edge says in its log what it evicts. */
export const silenceEdgeLog = () => void vi.spyOn(console, 'warn').mockImplementation(() => undefined);
