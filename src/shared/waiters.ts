/**
 * Blocking queries that wait, by topic. A write wakes those on the topics it touched and nobody else; a waiter leaves on
 * its wake, its time-out or its client's departure, whichever comes first, and leaves nothing behind.
 */
import type { Topic } from './catalog-reader.ts';

/** Runs `action` once after `delayMs`; the result cancels it. */
export type After = (delayMs: number, action: () => void) => () => void;

interface Waiter {
  topics: Topic[];
  done: (woken: boolean) => void;
}

export class Waiters {
  readonly #after: After;
  readonly #byTopic = new Map<Topic, Set<Waiter>>();
  readonly #byId = new Map<string, Waiter>();

  constructor(after: After) {
    this.#after = after;
  }

  get size(): number {
    return this.#byId.size;
  }

  /** Resolves to true at the next change of one of the topics, to false after `waitMs` or when `cancel(id)` is called. */
  wait(id: string, topics: Topic[], waitMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const waiter: Waiter = {
        topics,
        done: (woken) => {
          cancelTimer();
          this.#remove(id, waiter);
          resolve(woken);
        },
      };
      const cancelTimer = this.#after(waitMs, () => waiter.done(false));
      this.#byId.set(id, waiter);
      for (const topic of topics) {
        const waiting = this.#byTopic.get(topic) ?? new Set();
        this.#byTopic.set(topic, waiting.add(waiter));
      }
    });
  }

  wake(topics: Iterable<Topic>): void {
    for (const topic of topics) {
      for (const waiter of [...(this.#byTopic.get(topic) ?? [])]) waiter.done(true);
    }
  }

  /** Lets everybody look again: what they wait on may be another catalog now. */
  wakeAll(): void {
    this.wake([...this.#byTopic.keys()]);
  }

  /** The client has gone. Unknown IDs are ignored: the wait may just have ended. */
  cancel(id: string): void {
    this.#byId.get(id)?.done(false);
  }

  #remove(id: string, waiter: Waiter): void {
    this.#byId.delete(id);
    for (const topic of waiter.topics) {
      const waiting = this.#byTopic.get(topic);
      waiting?.delete(waiter);
      if (waiting?.size === 0) this.#byTopic.delete(topic);
    }
  }
}
