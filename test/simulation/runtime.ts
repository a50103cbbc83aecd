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
  const setFile = (path: string, text: string) => void files.set(path, text);
  /** A write that its host dies of never ends. */
  const writing = async (write: () => void) => {
    const { dies } = nextWrite;
    nextWrite.dies = undefined;
    if (dies !== 'before') write();
    if (dies) await new Promise(() => undefined);
  };
  return {
    writeDurably: setFile,
    replaceDurably: (path: string, text: string) => writing(() => setFile(path, text)),
    appendDurably: async (path: string, text: string) => {
      await writing(() => setFile(path, `${files.get(path) ?? ''}${text}`));
      return files.get(path)!.length;
    },
    removeIfThere: (path: string) => void files.delete(path),
    readIfThere: (path: string) => files.get(path),
  };
}

/** Whether who writes next what it is told dies of it, and is the file the old one or the new one then. */
export const nextWrite: { dies: 'before' | 'after' | undefined } = { dies: undefined };

/** The edge says in its log what it evicts. */
export const silenceEdgeLog = () => void vi.spyOn(console, 'warn').mockImplementation(() => undefined);
