/** What a bench finds out. */
export interface Figure {
  name: string;
  value: number;
  unit: 'MB' | 'KB' | 's' | 'ms' | 'per s' | '%' | 'x' | 'woken';
  /** What has been promised: above it the run fails. */
  atMost?: number;
  /** The same for what must not be less. */
  atLeast?: number;
  /** The same of a Consul agent, where one can be had. */
  consul?: number;
}

export interface Bench {
  /** As it is named on the command line. */
  name: string;
  measure(): Promise<Figure[]>;
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
