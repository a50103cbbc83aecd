/**
 * Changes of what is declared here, each done when it is on disk and not before: until then nobody sees it, neither a reader
 * nor the edge, so one that cannot be written leaves nothing to be undone. What is asked for while a write is under way is
 * written together by the next one; a change that comes alone is written at once.
 *
 * Changes are done in the order in which they were asked for. Whether one can be done (the service is there that a check is
 * of) is decided by what is here: where that is up to another change of the same group, it waits for the next.
 */
import { applyChange, type DefinitionChange, keysOf } from './definition-change.ts';
import type { LocalState } from './local-state.ts';

interface Waiting {
  dependsOn: string[];
  decide: () => DefinitionChange | undefined;
  /** Also when there is nothing to do. */
  isWritten?: boolean;
  resolve: () => void;
  reject: (reason: unknown) => void;
}

type Decided = Waiting & { change: DefinitionChange | undefined };

export class ChangeQueue {
  readonly #state: LocalState;
  readonly #write: (changes: DefinitionChange[]) => Promise<void>;
  readonly #waiting: Waiting[] = [];
  #running: Promise<void> | undefined;

  /** `write` is called again only after it has settled. */
  constructor(state: LocalState, write: (changes: DefinitionChange[]) => Promise<void>) {
    this.#state = state;
    this.#write = write;
  }

  /**
   * Resolves when the change is on disk and done. `decide` gives it, or nothing where there is nothing to do; it is called
   * when all earlier changes of the keys it depends on are done. @throws what that throws or what the disk says; then it has
   * not happened.
   */
  add(dependsOn: string[], decide: () => DefinitionChange | undefined): Promise<void> {
    return this.#enqueue({ dependsOn, decide });
  }

  /** Resolves when what is here is on disk, changed or not. @throws what the disk says. */
  write(): Promise<void> {
    return this.#enqueue({ dependsOn: [], decide: () => undefined, isWritten: true });
  }

  /** Resolves when nothing waits any more. */
  async settled(): Promise<void> {
    await this.#running;
  }

  #enqueue(asked: Omit<Waiting, 'resolve' | 'reject'>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...asked, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) await this.#commit(this.#nextGroup());
    this.#running = undefined;
  }

  #nextGroup(): Decided[] {
    const group: Decided[] = [];
    const touched = new Set<string>();
    const isNext = ({ dependsOn }: Waiting) => !dependsOn.some((key) => touched.has(key));
    for (let [next] = this.#waiting; next && isNext(next); [next] = this.#waiting) {
      this.#waiting.shift();
      try {
        const change = next.decide();
        if (change || next.isWritten) group.push({ ...next, change });
        else next.resolve();
        for (const key of change ? keysOf(this.#state, change) : []) touched.add(key);
      } catch (error) {
        next.reject(error);
      }
    }
    return group;
  }

  async #commit(group: Decided[]): Promise<void> {
    if (group.length === 0) return;
    try {
      await this.#write(group.flatMap(({ change }) => change ?? []));
    } catch (error) {
      for (const { reject } of group) reject(error);
      return;
    }
    for (const { change, resolve, reject } of group) {
      try {
        if (change) applyChange(this.#state, change);
        resolve();
      } catch (error) {
        // A reload has taken meanwhile what it was about.
        reject(error);
      }
    }
  }
}
