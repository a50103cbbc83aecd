import { vi } from 'vitest';
import { SimulatedEdge } from './edge.ts';
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
  systemClock: { nowMs: () => SimulatedEdge.current.nowMs() },
  after: (delayMs: number, action: () => void) => Network.current.clock.after(delayMs, action),
};

/** A disk in memory: flushing a real one takes longer than all the rest. */
export function makeDisk() {
  const files = new Map<string, string>();
  return {
    writeDurably: (path: string, text: string) => {
      const { dies } = nextWrite;
      nextWrite.dies = undefined;
      if (dies === 'before') throw new HostDied();
      files.set(path, text);
      if (dies === 'after') throw new HostDied();
    },
    readIfThere: (path: string) => files.get(path),
  };
}

/** Whether whoever writes next dies of it, and is the file the old one or the new one then. */
export const nextWrite: { dies: 'before' | 'after' | undefined } = { dies: undefined };

export class HostDied extends Error {}

/** The edge says in its log what it evicts. */
export const silenceEdgeLog = () => void vi.spyOn(console, 'warn').mockImplementation(() => undefined);
