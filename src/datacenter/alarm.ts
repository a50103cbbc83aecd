/**
 * The one alarm of the object, moved only to an earlier time: what was due later is looked at again when it fires. Keeping
 * the time in memory saves asking the storage; a new life of the object sets it anew.
 */
import { alarmGapMs } from './limits.ts';

export class Alarm {
  readonly #storage: DurableObjectStorage;
  #atMs = Number.POSITIVE_INFINITY;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  /** Makes sure that the alarm fires at `atMs` at the latest. */
  bring(atMs: number | undefined, nowMs: number): void {
    if (atMs === undefined || atMs >= this.#atMs) return;
    this.#atMs = Math.max(atMs, nowMs + alarmGapMs);
    void this.#storage.setAlarm(this.#atMs);
  }

  /** It has fired: none is set. */
  fired(): void {
    this.#atMs = Number.POSITIVE_INFINITY;
  }
}
