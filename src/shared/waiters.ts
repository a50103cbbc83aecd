/**
 * Blocking queries that wait, by topic. A write wakes those on the topics it touched and nobody else; a waiter leaves on
 * its wake, its time-out or its client's departure, whichever comes first, and leaves nothing behind.
 */
import { prefixTopic, type Topic } from './catalog-reader.ts';

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
  /** How many waiters wait on a prefix of each length: a key that changes is looked up by these alone. */
  readonly #prefixLengths = new Map<number, number>();

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
        const waiting = this.#byTopic.get(topic) ?? new Set<Waiter>();
        this.#byTopic.set(topic, waiting.add(waiter));
        this.#countPrefix(topic, 1);
      }
    });
  }

  wake(topics: Iterable<Topic>): void {
    for (const topic of topics) {
      this.#wakeOne(topic);
      if (!topic.startsWith('key:')) continue;
      for (const prefix of this.#prefixesOf(topic.slice('key:'.length))) this.#wakeOne(prefix);
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

  #wakeOne(topic: Topic): void {
    for (const waiter of [...(this.#byTopic.get(topic) ?? [])]) waiter.done(true);
  }

  #prefixesOf(key: string): Topic[] {
    const lengths = [...this.#prefixLengths.keys()].filter((length) => length <= key.length);
    return lengths.map((length) => prefixTopic(key.slice(0, length)));
  }

  #countPrefix(topic: Topic, by: 1 | -1): void {
    if (!topic.startsWith('prefix:')) return;
    const length = topic.length - 'prefix:'.length;
    const count = (this.#prefixLengths.get(length) ?? 0) + by;
    if (count === 0) this.#prefixLengths.delete(length);
    else this.#prefixLengths.set(length, count);
  }

  #remove(id: string, waiter: Waiter): void {
    this.#byId.delete(id);
    for (const topic of waiter.topics) {
      const waiting = this.#byTopic.get(topic);
      waiting?.delete(waiter);
      this.#countPrefix(topic, -1);
      if (waiting?.size === 0) this.#byTopic.delete(topic);
    }
  }
}
