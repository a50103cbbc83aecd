/**
 * That no check flaps: a status that the catalog shows was the host's, and not before the one that was shown last. What a
 * host shows is told at every change, what the catalog shows after every commit.
 */
import type { Status } from '../../src/shared/model.ts';

interface History {
  /** Of the host, without repetitions. */
  had: Status[];
  /** Which of them the catalog showed last; -1: none. */
  shown: number;
}

export class StatusWatch {
  readonly #histories = new Map<string, History>();

  /** `check`: a name for it among all of the world. */
  has(check: string, status: Status): void {
    const { had } = this.#of(check);
    if (had.at(-1) !== status) had.push(status);
  }

  /** @throws for what the host did not have since. */
  shows(check: string, status: Status): void {
    const history = this.#of(check);
    const { had, shown } = history;
    if (had[shown] === status) return;
    const at = had.indexOf(status, shown + 1);
    if (at === -1)
      throw new Error(
        `${check} flaps: the catalog shows ${status} after ${had[shown]}, the host has had ${had.slice(shown + 1)} since`,
      );
    history.shown = at;
  }

  #of(check: string): History {
    const known = this.#histories.get(check) ?? { had: [], shown: -1 };
    this.#histories.set(check, known);
    return known;
  }
}
