/**
 * What keys, locks and sessions are meant to do, said once more as plainly as possible: Maps, no indexes kept, no waiting.
 * The object is compared with it after random sequences of operations.
 */
export type ModelOp =
  | { Do: 'put'; Key: string; Value: string; Flags: string; Cas?: number }
  | { Do: 'acquire' | 'release'; Key: string; Value: string; Session: string }
  | { Do: 'delete'; Key: string; Cas?: number }
  | { Do: 'delete-tree'; Key: string }
  | { Do: 'check'; Key: string }
  | { Do: 'destroy'; Session: string };

export interface ModelEntry {
  Value: string;
  Flags: string;
  Session: string;
  LockIndex: number;
  CreateIndex: number;
  ModifyIndex: number;
}

export interface ModelSession {
  Behavior: 'release' | 'delete';
  DelayMs: number;
}

export class KvModel {
  keys = new Map<string, ModelEntry>();
  /** The index of what was deleted. */
  gone = new Map<string, number>();
  sessions = new Map<string, ModelSession>();
  delayed = new Map<string, number>();
  index = 1;
  nowMs = 0;

  /** One transaction: whether each was done, in which case all of it happened, or else nothing. */
  transact(ops: ModelOp[]): boolean[] {
    const before = structuredClone({ ...this });
    const index = this.index + 1;
    const done = ops.map((op) => this.#run(op, index));
    if (done.includes(false)) Object.assign(this, before);
    return done;
  }

  /** The highest index of any key that begins so, there or gone. */
  prefixIndex(prefix: string): number {
    const there = [...this.keys].map(([key, { ModifyIndex }]) => [key, ModifyIndex] as const);
    const under = [...there, ...this.gone].filter(([key]) => key.startsWith(prefix));
    return Math.max(1, ...under.map(([, index]) => index));
  }

  #run(op: ModelOp, index: number): boolean {
    if (op.Do === 'destroy') return this.#destroy(op.Session, index);
    const old = this.keys.get(op.Key);
    switch (op.Do) {
      case 'put':
        if (op.Cas !== undefined && op.Cas !== (old?.ModifyIndex ?? 0)) return false;
        return this.#set(op.Key, { ...op, Session: old?.Session ?? '', LockIndex: 0 }, index);
      case 'acquire': {
        const isFree = (old?.Session ?? '') === '' && (this.delayed.get(op.Key) ?? 0) <= this.nowMs;
        if (!this.sessions.has(op.Session) || !(isFree || old?.Session === op.Session)) return false;
        const LockIndex = (old?.LockIndex ?? 0) + (isFree ? 1 : 0);
        return this.#set(op.Key, { ...op, Flags: '0', LockIndex }, index);
      }
      case 'release':
        if (old === undefined || old.Session !== op.Session) return false;
        return this.#set(op.Key, { ...op, Flags: '0', Session: '', LockIndex: old.LockIndex }, index);
      case 'delete':
        if (op.Cas !== undefined && old !== undefined && op.Cas !== old.ModifyIndex) return false;
        return this.#delete(op.Key, index);
      case 'delete-tree':
        for (const key of [...this.keys.keys()].filter((key) => key.startsWith(op.Key)))
          this.#delete(key, index);
        return true;
      case 'check':
        return old !== undefined;
    }
  }

  #destroy(id: string, index: number): boolean {
    const session = this.sessions.get(id);
    if (!session) return true;
    for (const [key, entry] of [...this.keys]) {
      if (entry.Session !== id) continue;
      if (session.DelayMs > 0) this.delayed.set(key, this.nowMs + session.DelayMs);
      if (session.Behavior === 'delete') this.#delete(key, index);
      else this.#set(key, { ...entry, Session: '' }, index);
    }
    this.sessions.delete(id);
    this.index = index;
    return true;
  }

  #set(key: string, written: Omit<ModelEntry, 'CreateIndex' | 'ModifyIndex'>, index: number): true {
    const old = this.keys.get(key);
    const { Value, Flags, Session, LockIndex } = written;
    const isSame =
      old?.Value === Value && old.Flags === Flags && old.Session === Session && old.LockIndex === LockIndex;
    if (isSame) return true;
    const CreateIndex = old?.CreateIndex ?? index;
    this.keys.set(key, { Value, Flags, Session, LockIndex, CreateIndex, ModifyIndex: index });
    this.index = index;
    return true;
  }

  #delete(key: string, index: number): true {
    if (!this.keys.delete(key)) return true;
    this.gone.set(key, index);
    this.index = index;
    return true;
  }
}
