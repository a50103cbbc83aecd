/**
 * What the API declared on this host and what its checks last showed, in the data directory. Definitions are on disk
 * before a registration is acknowledged; results follow within a moment, for losing the last one costs one run of a check.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { CheckDefinition, ServiceDefinition } from '../../src/shared/model.ts';
import { readIfThere, writeDurably } from '../durable-file.ts';
import type { LastResult, LocalState, RememberedResult, Source } from './local-state.ts';

export interface SavedDefinitions {
  Services: ServiceDefinition[];
  Checks: CheckDefinition[];
}

interface SavedResult extends LastResult {
  /** For a TTL check: when it expires, in ms since 1970. */
  TtlExpiresAtMs?: number;
}

export class SavedState {
  readonly #definitionsPath: string;
  readonly #resultsPath: string;

  constructor(dataDir: string) {
    const folder = join(dataDir, 'local');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#definitionsPath = join(folder, 'definitions.json');
    this.#resultsPath = join(folder, 'results.json');
  }

  loadDefinitions(): SavedDefinitions {
    const path = this.#definitionsPath;
    const saved = parse<SavedDefinitions>(path, { Services: [], Checks: [] });
    if (!Array.isArray(saved?.Services) || !Array.isArray(saved.Checks))
      throw unreadable(path, 'it has no lists "Services" and "Checks"');
    return saved;
  }

  loadResults(nowMs: number): Map<string, RememberedResult> {
    const saved = parse<Record<string, SavedResult>>(this.#resultsPath, {});
    if (typeof saved !== 'object' || saved === null) throw unreadable(this.#resultsPath, 'it is no object');
    return new Map(
      Object.entries(saved).map(([checkId, { Status, Output, TtlExpiresAtMs: expiresAtMs }]) => [
        checkId,
        expiresAtMs === undefined
          ? { Status, Output }
          : { Status, Output, ttlRemainingMs: expiresAtMs - nowMs },
      ]),
    );
  }

  /**
   * Saves what the API declared: services without the checks they came with, and all checks, for a check may have been
   * taken away or replaced since. @throws what the disk says; the caller then undoes and refuses.
   */
  saveDefinitions(state: LocalState): void {
    const isOfApi = ({ source }: { source: Source }) => source === 'api';
    const saved: SavedDefinitions = {
      Services: [...state.services.values()]
        .filter(isOfApi)
        .map(({ definition }) => ({ ...definition, Checks: [] })),
      Checks: [...state.checks.values()].filter(isOfApi).map(({ definition }) => definition),
    };
    writeDurably(this.#definitionsPath, JSON.stringify(saved));
  }

  /** `ttlExpiresAtMs` says of a TTL check when it expires or has expired, of any other undefined. */
  saveResults(
    state: LocalState,
    ttlExpiresAtMs: (checkId: string) => number | undefined,
    nowMs: number,
  ): void {
    const results = [...state.checks].map(([checkId, { Status, Output }]) => {
      const expiresAtMs = ttlExpiresAtMs(checkId);
      const result: SavedResult = { Status, Output };
      // One that shows its expiry has nothing left to expire: it would only say so twice.
      const shown = Status === 'critical' && expiresAtMs !== undefined && expiresAtMs <= nowMs;
      return [
        checkId,
        expiresAtMs === undefined || shown ? result : { ...result, TtlExpiresAtMs: expiresAtMs },
      ] as const;
    });
    writeDurably(this.#resultsPath, JSON.stringify(Object.fromEntries(results)));
  }
}

/** @throws with the path and what to do when the file is there but cannot be understood: it is never thrown away. */
function parse<Value>(path: string, none: Value): Value {
  const text = readIfThere(path);
  if (text === undefined) return none;
  try {
    return JSON.parse(text) as Value;
  } catch (error) {
    throw unreadable(path, (error as Error).message);
  }
}

const unreadable = (path: string, why: string) =>
  new Error(`${path} cannot be read back (${why}): repair it, or move it away to start empty`);
