/**
 * What the API declared on this host and what its checks last showed, in the data directory. Definitions are on disk
 * before a registration is acknowledged; results follow within a moment, for losing the last one costs one run of a check.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { CheckDefinition, ServiceDefinition } from '../../src/shared/model.ts';
import { readIfThere, writeDurably } from '../durable-file.ts';
import type { LastResult, LocalState, RememberedResult } from './local-state.ts';

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
    return parse(this.#definitionsPath, { Services: [], Checks: [] });
  }

  loadResults(nowMs: number): Map<string, RememberedResult> {
    const saved = parse<Record<string, SavedResult>>(this.#resultsPath, {});
    return new Map(
      Object.entries(saved).map(([checkId, { Status, Output, TtlExpiresAtMs: expiresAtMs }]) => [
        checkId,
        expiresAtMs === undefined
          ? { Status, Output }
          : { Status, Output, ttlRemainingMs: expiresAtMs - nowMs },
      ]),
    );
  }

  /** Saves what the API declared. @throws what the disk says; the caller then undoes and refuses. */
  saveDefinitions(state: LocalState): void {
    const services = [...state.services.values()].filter(({ source }) => source === 'api');
    const inServices = new Set(
      services.flatMap(({ definition }) => definition.Checks.map(({ CheckID }) => CheckID)),
    );
    const checks = [...state.checks.values()].filter(
      ({ source, definition }) => source === 'api' && !inServices.has(definition.CheckID),
    );
    const saved: SavedDefinitions = {
      Services: services.map(({ definition }) => definition),
      Checks: checks.map(({ definition }) => definition),
    };
    writeDurably(this.#definitionsPath, JSON.stringify(saved));
  }

  saveResults(state: LocalState, ttlExpiresAtMs: (checkId: string) => number | undefined): void {
    const results = [...state.checks].map(([checkId, { Status, Output }]) => {
      const expiresAtMs = ttlExpiresAtMs(checkId);
      const result: SavedResult = { Status, Output };
      return [
        checkId,
        expiresAtMs === undefined ? result : { ...result, TtlExpiresAtMs: expiresAtMs },
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
    throw new Error(
      `${path} cannot be read back (${(error as Error).message}): repair it, or move it away to start empty`,
    );
  }
}
