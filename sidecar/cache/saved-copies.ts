/**
 * Keeps the copies on disk in step with those in memory: a while after a change, and when the sidecar stops. A disk that
 * refuses is reported and tried again at the next change; the old copy on it stays whole.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../system/clock.ts';
import { setAside } from '../system/kept-file.ts';
import type { Logger } from '../system/logger.ts';
import type { Random } from '../system/random.ts';
import type { CatalogCache } from './catalog-cache.ts';
import { loadCopy, type SavedCopy, saveCopy } from './saved-copy.ts';

/** Whoever has the newest copy of a datacenter, for it may be replaced as a whole. */
export interface CopyHolder {
  readonly copy: CatalogCache;
}

/**
 * Changes come in bursts and a whole copy is written each time; at a random time between this and twice this, so that a
 * thousand hosts that hear of one change, and may share a disk, do not write together. The first is soon there: a host that
 * has none would be blind after a crash without its edge. One that is a minute old is nearly as good as a new one.
 */
const saveDelayMsMin = { first: 5_000, next: 30_000 };

interface Due {
  holder: CopyHolder;
  cancel: () => void;
}

export class SavedCopies {
  readonly #dir: string;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #logger: Logger;
  /** By datacenter. */
  readonly #due = new Map<string, Due>();
  readonly #saved = new Set<string>();
  #saving: Promise<void> = Promise.resolve();

  constructor(dataDir: string, clock: Clock, random: Random, logger: Logger) {
    this.#dir = join(dataDir, 'catalog');
    this.#clock = clock;
    this.#random = random;
    this.#logger = logger;
    mkdirSync(this.#dir, { recursive: true, mode: 0o700 });
  }

  /** Undefined if there is none, or none that can be used: that one is set aside. */
  async load(datacenter: string): Promise<SavedCopy | undefined> {
    const path = this.#path(datacenter);
    try {
      return await loadCopy(path, datacenter);
    } catch (error) {
      setAside(path, error as Error, this.#logger);
      return undefined;
    }
  }

  changed(holder: CopyHolder): void {
    const { datacenter } = holder.copy;
    const due = this.#due.get(datacenter);
    if (due) due.holder = holder;
    else this.#due.set(datacenter, { holder, cancel: this.#saveLater(datacenter) });
  }

  /** Saves what has changed since the last time; resolves when it is on disk. */
  stop(): Promise<void> {
    for (const [datacenter, { cancel }] of this.#due) {
      cancel();
      this.#saveDue(datacenter);
    }
    return this.#saving;
  }

  #saveLater(datacenter: string): () => void {
    const delayMsMin = saveDelayMsMin[this.#saved.has(datacenter) ? 'next' : 'first'];
    return this.#clock.after(delayMsMin * (1 + this.#random()), () => this.#saveDue(datacenter));
  }

  /** One after the other. */
  #saveDue(datacenter: string): void {
    const { holder } = this.#due.get(datacenter)!;
    this.#due.delete(datacenter);
    this.#saved.add(datacenter);
    this.#saving = this.#saving.then(() => this.#save(holder.copy));
  }

  async #save(copy: CatalogCache): Promise<void> {
    const path = this.#path(copy.datacenter);
    try {
      await saveCopy(path, copy, this.#clock.nowMs());
    } catch (error) {
      this.#logger.error('the catalog copy cannot be saved', { path, reason: (error as Error).message });
    }
  }

  #path(datacenter: string): string {
    return join(this.#dir, `${encodeURIComponent(datacenter)}.ndjson`);
  }
}
