/**
 * Differences from the recorded answers that are right, each with its reason. A row says which requests and what is to be
 * answered instead, so that it excuses nothing else; a row that excuses nothing any more is a fault.
 */
import type { Difference } from './difference.ts';

export interface Accepted {
  why: string;
  /** IDs, each of which has to need it, or what they look like. Without it: every answer. */
  requests?: RegExp | string[];
  /**
   * Place -> what must stand there instead; `[]` in a place is any element. Undefined: nothing may stand there. A function
   * makes it of what was recorded.
   */
  now: Record<string, Expected>;
}

type Value = undefined | null | boolean | number | string | Value[];
type Expected =
  | Value
  | RegExp
  | RegExp[]
  | Record<string, Value>
  | typeof anything
  | ((recorded: string) => string);

/** Where our answer cannot be told beforehand. */
export const anything = Symbol('anything');

export class AcceptedDifferences {
  readonly #rows: readonly Accepted[];
  readonly #used = new Set<string>();
  readonly #excused = new Map<string, Set<string>>();

  constructor(rows: readonly Accepted[]) {
    this.#rows = rows;
  }

  /** The differences that no row excuses. Remembers which rows were needed. */
  remaining(id: string, differences: Difference[]): Difference[] {
    return differences.filter(({ at, recorded, got }) => {
      const place = at.replace(/\[\d+\]/g, '[]');
      const row = this.#rows.findIndex(
        ({ requests, now }) =>
          isAbout(requests, id) && Object.hasOwn(now, place) && fits(now[place], recorded, got),
      );
      if (row < 0) return true;
      this.#used.add(placeKey(row, place)).add(requestKey(row, id));
      const { requests, why } = this.#rows[row]!;
      if (requests) this.#excused.set(id, (this.#excused.get(id) ?? new Set()).add(why));
      return false;
    });
  }

  /** Which answers differ in more than what every answer does, and why: `ID<TAB>reasons`, one a line. */
  lines(isAsked: (id: string) => boolean = () => true): string {
    const excused = [...this.#excused].filter(([id]) => isAsked(id));
    return excused.map(([id, reasons]) => `${id}\t${[...reasons].join('; ')}\n`).join('');
  }

  /** What was never needed since all were compared. */
  unused(): string[] {
    return this.#rows.flatMap(({ why, requests, now }, row) => {
      const places = Object.keys(now).filter((place) => !this.#used.has(placeKey(row, place)));
      const ids = Array.isArray(requests)
        ? requests.filter((id) => !this.#used.has(requestKey(row, id)))
        : [];
      return [...places, ...ids].map((what) => `${what} (${why})`);
    });
  }
}

const placeKey = (row: number, place: string) => `${row} at ${place}`;
const requestKey = (row: number, id: string) => `${row} of ${id}`;

function isAbout(requests: Accepted['requests'], id: string): boolean {
  if (requests === undefined) return true;
  return Array.isArray(requests) ? requests.includes(id) : requests.test(id);
}

function fits(expected: Expected, recorded: unknown, got: unknown): boolean {
  if (expected === anything) return true;
  if (typeof expected === 'function') return typeof recorded === 'string' && expected(recorded) === got;
  if (Array.isArray(expected) && expected.some((item) => item instanceof RegExp))
    return (
      Array.isArray(got) &&
      got.length === expected.length &&
      expected.every((item, i) => fits(item, '', got[i]))
    );
  if (expected instanceof RegExp) return typeof got === 'string' && expected.test(got);
  return JSON.stringify(expected) === JSON.stringify(got);
}
