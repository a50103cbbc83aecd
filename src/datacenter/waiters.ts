/**
 * Blocking queries that wait, by topic. A write wakes those on the topics it touched and nobody else; a waiter leaves on
 * its wake, its time-out or its client's departure, whichever comes first, and leaves nothing behind.
 */
import type { Topic } from '../shared/catalog-reader.ts';

interface Waiter {
  topic: Topic;
  done: () => void;
}

export class Waiters {
  readonly #byTopic = new Map<Topic, Set<Waiter>>();
  readonly #byId = new Map<string, Waiter>();

  get size(): number {
    return this.#byId.size;
  }

  /** Resolves at the next change of the topic, after `waitMs`, or when `cancel(id)` is called. */
  wait(id: string, topic: Topic, waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const waiter: Waiter = {
        topic,
        done: () => {
          clearTimeout(timer);
          this.#remove(id, waiter);
          resolve();
        },
      };
      const timer = setTimeout(waiter.done, waitMs);
      this.#byId.set(id, waiter);
      const waiting = this.#byTopic.get(topic) ?? new Set();
      this.#byTopic.set(topic, waiting.add(waiter));
    });
  }

  wake(topics: Iterable<Topic>): void {
    for (const topic of topics) {
      for (const waiter of [...(this.#byTopic.get(topic) ?? [])]) waiter.done();
    }
  }

  /** The client has gone. Unknown IDs are ignored: the wait may just have ended. */
  cancel(id: string): void {
    this.#byId.get(id)?.done();
  }

  #remove(id: string, waiter: Waiter): void {
    this.#byId.delete(id);
    const waiting = this.#byTopic.get(waiter.topic);
    waiting?.delete(waiter);
    if (waiting?.size === 0) this.#byTopic.delete(waiter.topic);
  }
}
