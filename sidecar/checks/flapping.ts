/**
 * Protection from checks that change back and forth: one that has changed its state more than `changesMax` times within
 * `windowMs` is held in the worst state it had in that time, until so much time has passed with fewer changes. Pure: the
 * time is an argument.
 */
import type { Status } from '../../src/shared/model.ts';

export interface FlapLimit {
  /** 0: checks are never held. */
  changesMax: number;
  windowMs: number;
}

/** What is remembered of a check between its results. */
export interface FlapState {
  /** What its last run found; none before the first. */
  found: Status | undefined;
  /** The latest changes, oldest first: as many as it takes to tell that there were too many. */
  changes: { atMs: number; from: Status }[];
}

/** The first result is no change: before it nothing was known. */
export const noFlaps: FlapState = { found: undefined, changes: [] };

/**
 * Weighs what a run found against the changes before it.
 *
 * @param nowMs of a clock that does not jump
 * @returns the state to weigh the next result with, the status to show, and whether it is held
 */
export function nextFlap(
  { found: before, changes }: FlapState,
  found: Status,
  nowMs: number,
  { changesMax, windowMs }: FlapLimit,
): { state: FlapState; status: Status; flapping: boolean } {
  if (changesMax === 0) return { state: { found, changes: [] }, status: found, flapping: false };
  const isChange = before !== undefined && before !== found;
  const all = isChange ? [...changes, { atMs: nowMs, from: before }] : changes;
  const recent = all.filter(({ atMs }) => nowMs - atMs < windowMs).slice(-(changesMax + 1));
  const flapping = recent.length > changesMax;
  const status = flapping ? worst([found, ...recent.map(({ from }) => from)]) : found;
  return { state: { found, changes: recent }, status, flapping };
}

const worst = (all: Status[]): Status =>
  (['critical', 'warning'] as const).find((status) => all.includes(status)) ?? 'passing';
