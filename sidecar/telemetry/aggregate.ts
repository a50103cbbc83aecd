/** Numbers about many numbers. */

/** What is shown of one interval. */
export class Aggregate {
  count = 0;
  sum = 0;
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;
  #sumOfSquares = 0;

  add(value: number): void {
    this.count += 1;
    this.sum += value;
    this.#sumOfSquares += value * value;
    this.min = Math.min(this.min, value);
    this.max = Math.max(this.max, value);
  }

  get mean(): number {
    return this.count === 0 ? 0 : this.sum / this.count;
  }

  /** Of the sample, not of the whole. */
  get stddev(): number {
    if (this.count < 2) return 0;
    const variance = (this.count * this.#sumOfSquares - this.sum ** 2) / (this.count * (this.count - 1));
    return Math.sqrt(Math.max(0, variance));
  }
}

/** A sum that only grows. */
export class Total {
  sum = 0;
  /** When something was last added, at the start of that interval. */
  touchedAtMs = 0;

  add(value: number): void {
    this.sum += value;
  }
}

/** How many of the newest values the quantiles are of. */
export const recentMax = 512;

/** Count and sum of all, quantiles of the newest. */
export class Distribution {
  count = 0;
  sum = 0;
  touchedAtMs = 0;
  readonly #recent: number[] = [];

  add(value: number): void {
    this.#recent[this.count % recentMax] = value;
    this.count += 1;
    this.sum += value;
  }

  /** For each share of the values, the one that it does not exceed. NaN where there are none. */
  quantiles(shares: number[]): number[] {
    const sorted = [...this.#recent].sort((a, b) => a - b);
    return shares.map((share) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN);
  }
}
