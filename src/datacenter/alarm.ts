/**
 * The one alarm of the object, moved only to an earlier time: what was due later is looked at again when it fires. The
 * time is kept in memory; a new life of the object begins with the alarm of the one before.
 */
import { alarmGapMs } from './limits.ts';

export class Alarm {
  readonly #storage: DurableObjectStorage;
  #atMs = Number.POSITIVE_INFINITY;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  async load(): Promise<void> {
    this.#atMs = (await this.#storage.getAlarm()) ?? Number.POSITIVE_INFINITY;
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
