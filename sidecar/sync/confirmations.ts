/**
 * Whether the copy is all that the edge has committed. A write without ops changes nothing and is acknowledged on the same
 * connection as the deltas, behind all of those before it: when the acknowledgement has come, the copy has whatever anybody
 * was told was done before it was asked for. Those who ask in one turn of events ask together.
 */
import type { Clock } from '../system/clock.ts';
import { EdgeUnreachable } from './edge-client.ts';

export interface ConfirmationsOptions {
  /** Only then is there a copy that follows. */
  isLive(): boolean;
  /** Sends a write without ops. */
  send(id: number): void;
  clock: Clock;
}

type Outcome = 'confirmed' | 'lost' | 'late';

interface Question {
  outcome: Promise<Outcome>;
  settle(outcome: Outcome): void;
}

/** Far above the IDs of writes that change something. */
const firstId = 2 ** 40;
/** An edge that is slow is not to be asked once for each turn of events in which somebody reads. */
const askedMax = 4;
const answerTimeoutMs = 5_000;

export class Confirmations {
  readonly #options: ConfirmationsOptions;
  readonly #asked = new Map<number, Question>();
  #next: Question | undefined;
  #lastId = firstId;

  constructor(options: ConfirmationsOptions) {
    this.#options = options;
  }

  /**
   * True: the copy is as new as this call. False: that cannot be said over this connection, for there is none, or it was lost
   * meanwhile. @throws {EdgeUnreachable} when the edge does not answer.
   */
  async confirm(): Promise<boolean> {
    if (!this.#options.isLive()) return false;
    if (!this.#next) {
      this.#next = makeQuestion();
      setImmediate(() => this.#ask());
    }
    const outcome = await this.#next.outcome;
    if (outcome === 'late') throw new EdgeUnreachable(`no acknowledgement within ${answerTimeoutMs} ms`);
    return outcome === 'confirmed';
  }

  /** False if it is about something else. */
  acknowledged(id: number): boolean {
    if (id < firstId) return false;
    this.#settle(id, 'confirmed');
    this.#ask();
    return true;
  }

  lost(): void {
    for (const id of [...this.#asked.keys()]) this.#settle(id, 'lost');
    this.#next?.settle('lost');
    this.#next = undefined;
  }

  #ask(): void {
    if (!this.#next || this.#asked.size >= askedMax) return;
    this.#lastId += 1;
    const id = this.#lastId;
    const question = this.#next;
    this.#next = undefined;
    this.#asked.set(id, question);
    const cancel = this.#options.clock.after(answerTimeoutMs, () => this.#settle(id, 'late'));
    void question.outcome.then(cancel);
    this.#options.send(id);
  }

  #settle(id: number, outcome: Outcome): void {
    this.#asked.get(id)?.settle(outcome);
    this.#asked.delete(id);
    if (outcome === 'late') this.#ask();
  }
}

function makeQuestion(): Question {
  let settle: Question['settle'] = () => undefined;
  const outcome = new Promise<Outcome>((resolve) => {
    settle = resolve;
  });
  return { outcome, settle };
}
