/**
 * What the API declared on this host and what its checks last showed, in the data directory. Definitions are on disk
 * before a registration is acknowledged, and so is what a TTL check was told; other results follow within a moment, for
 * losing the last one costs one run of a check.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { KeptFile, setAsideDamaged } from '../system/kept-file.ts';
import type { Logger } from '../system/logger.ts';
import type { LastResult, LocalState, RememberedResult } from './local-state.ts';
import { SavedDefinitions } from './saved-definitions.ts';
import { TtlJournal } from './ttl-journal.ts';

interface SavedResult extends LastResult {
  /** For a TTL check: when it expires, in ms since 1970. */
  TtlExpiresAtMs?: number;
}

/** null: the check is gone, and another may come under its ID. */
type Noted = [checkId: string, result: SavedResult | null];

const resultsFormat = 1;

export class SavedState {
  readonly definitions: SavedDefinitions;
  readonly #results: KeptFile<Record<string, SavedResult>>;
  readonly #journalPath: string;
  readonly #journal: TtlJournal<Noted>;
  readonly #logger: Logger;

  constructor(dataDir: string, logger: Logger) {
    const folder = join(dataDir, 'local');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.definitions = new SavedDefinitions(folder, logger);
    this.#results = new KeptFile(join(folder, 'results.json'), resultsFormat, logger);
    this.#journalPath = join(folder, 'ttl.journal');
    this.#journal = new TtlJournal(this.#journalPath);
    this.#logger = logger;
  }

  loadResults(nowMs: number): Map<string, RememberedResult> {
    const saved = new Map<string, SavedResult>(Object.entries(this.#results.read() ?? {}));
    for (const [checkId, result] of this.#noted()) {
      if (result) saved.set(checkId, result);
      else saved.delete(checkId);
    }
    return new Map(
      [...saved].map(([checkId, { Status, Output, TtlExpiresAtMs: expiresAtMs }]) => [
        checkId,
        expiresAtMs === undefined
          ? { Status, Output }
          : { Status, Output, ttlRemainingMs: expiresAtMs - nowMs },
      ]),
    );
  }

  /** `ttlExpiresAtMs` says of a TTL check when it expires or has expired, of any other undefined. @throws as the disk does. */
  saveResults(
    state: LocalState,
    ttlExpiresAtMs: (checkId: string) => number | undefined,
    nowMs: number,
  ): void {
    const results = [...state.checks].map(
      ([checkId, last]) => [checkId, savedResult(last, ttlExpiresAtMs(checkId), nowMs)] as const,
    );
    this.#results.write(Object.fromEntries(results));
    this.#journal.clear();
  }

  /** Whether all results are to be saved soon. @throws what the disk says. */
  noteTtl(checkId: string, last: LastResult, expiresAtMs: number, nowMs: number): boolean {
    return this.#journal.append([checkId, savedResult(last, expiresAtMs, nowMs)]);
  }

  /** As {@link noteTtl}, of a check that is here no more. */
  noteGone(checkId: string): boolean {
    return this.#journal.append([checkId, null]);
  }

  close(): void {
    this.#journal.close();
  }

  #noted(): Noted[] {
    try {
      return this.#journal.read();
    } catch (error) {
      setAsideDamaged(this.#journalPath, error as Error, this.#logger);
      return [];
    }
  }
}

function savedResult(
  { Status, Output }: LastResult,
  expiresAtMs: number | undefined,
  nowMs: number,
): SavedResult {
  // One that shows its expiry has nothing left to expire: it would only say so twice.
  const shown = Status === 'critical' && expiresAtMs !== undefined && expiresAtMs <= nowMs;
  return expiresAtMs === undefined || shown
    ? { Status, Output }
    : { Status, Output, TtlExpiresAtMs: expiresAtMs };
}
