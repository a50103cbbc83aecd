/**
 * Counters, samples and gauges of this agent, under Consul's names. Counters and samples are kept twice: for the interval
 * of ten seconds that `/v1/agent/metrics` shows, and since the start, as Prometheus wants them. Series are bounded, so
 * that no client can fill the memory with names of its making.
 *
 * Source: https://developer.hashicorp.com/consul/docs/reference/agent/telemetry.
 */
import type { Clock } from '../system/clock.ts';
import { Aggregate, Distribution, Total } from './aggregate.ts';

export type Labels = Record<string, string>;

export interface Gauge {
  Name: string;
  Value: number;
  Labels?: Labels;
}

/** A name with its labels, and what was measured under it. */
export interface Series<Value> {
  Name: string;
  Labels: Labels;
  Value: Value;
}

/** One interval. */
interface Interval {
  startMs: number;
  counters: SeriesMap<Aggregate>;
  samples: SeriesMap<Aggregate>;
}

export interface MetricsOptions {
  clock: Clock;
  /** The first word of every name. */
  prefix: string;
  /** Stands in the names of gauges; "" leaves it out. */
  hostname: string;
  /** Whether a name, with its prefix, is kept at all. */
  isKept(name: string): boolean;
  /** Who else is told of each value. */
  pushes?: MetricsPush[];
}

type Kind = 'counters' | 'samples';

export interface MetricsPush {
  meter(kind: Kind, name: string, labels: Labels): Meter;
}

export const intervalMs = 10_000;
export const seriesMax = 2_000;

/** Adds a value to one series; made once where it is used often. */
export type Meter = (value: number) => void;

export class Metrics {
  readonly #options: MetricsOptions;
  #isKept: MetricsOptions['isKept'];
  readonly #gauges: (() => Gauge[])[] = [];
  readonly #totals = {
    counters: new SeriesMap(() => new Total()),
    samples: new SeriesMap(() => new Distribution()),
  };
  #current: Interval;
  #finished: Interval | undefined;

  constructor(options: MetricsOptions) {
    this.#options = options;
    this.#isKept = options.isKept;
    this.#current = emptyInterval(this.currentStartMs());
  }

  /** From now on; what was measured until now under a name that is not kept any more is not shown. */
  keep(isKept: MetricsOptions['isKept']): void {
    this.#isKept = isKept;
  }

  /** Counts what happens. */
  counter(name: string, labels: Labels = {}): Meter {
    return this.#meter('counters', name, labels);
  }

  /** Durations in ms, or any other numbers of which there are many. */
  sample(name: string, labels: Labels = {}): Meter {
    return this.#meter('samples', name, labels);
  }

  /** `read` is called whenever somebody looks. */
  gauge(read: () => Gauge[]): void {
    this.#gauges.push(read);
  }

  /** The last whole interval; the first one while it lasts. */
  interval(): { startMs: number; counters: Series<Aggregate>[]; samples: Series<Aggregate>[] } {
    this.#roll();
    const { startMs, counters, samples } = this.#finished ?? this.#current;
    return { startMs, counters: this.#kept(counters), samples: this.#kept(samples) };
  }

  /** When the interval began that is being measured, by the host's clock. */
  currentStartMs(): number {
    return Math.floor(this.#options.clock.nowMs() / intervalMs) * intervalMs;
  }

  /** Of series to which something was added in the last `retentionMs`, to the interval. */
  sinceStart(retentionMs: number): { counters: Series<Total>[]; samples: Series<Distribution>[] } {
    const sinceMs = this.currentStartMs() - retentionMs;
    const isRecent = ({ Value }: Series<Total>) => Value.touchedAtMs >= sinceMs;
    const { counters, samples } = this.#totals;
    return { counters: this.#kept(counters).filter(isRecent), samples: this.#kept(samples).filter(isRecent) };
  }

  #kept<Value extends object>(series: SeriesMap<Value>): Series<Value>[] {
    return series.sorted().filter(({ Name }) => this.#isKept(Name));
  }

  gauges(namesHost = true): Required<Gauge>[] {
    const { prefix, hostname } = this.#options;
    return this.#gauges
      .flatMap((read) => read())
      .filter(({ Name }) => this.#isKept(`${prefix}.${Name}`))
      .map(({ Name, Value, Labels = {} }) => ({
        Name: [prefix, namesHost ? hostname : '', Name].filter((word) => word !== '').join('.'),
        Value,
        Labels,
      }))
      .sort((a, b) => (a.Name < b.Name ? -1 : 1));
  }

  #meter(kind: Kind, name: string, labels: Labels): Meter {
    const full = `${this.#options.prefix}.${name}`;
    let isKept: MetricsOptions['isKept'] | undefined;
    let meter: Meter = () => undefined;
    return (value) => {
      // Whether it is kept is asked once, and again when that is decided otherwise.
      if (isKept !== this.#isKept) {
        isKept = this.#isKept;
        meter = isKept(full) ? this.#keptMeter(kind, full, labels) : () => undefined;
      }
      meter(value);
    };
  }

  #keptMeter(kind: Kind, full: string, labels: Labels): Meter {
    const total = this.#totals[kind].at(full, labels);
    if (!total) return () => undefined;
    const pushed = (this.#options.pushes ?? []).map((push) => push.meter(kind, full, labels));
    let interval: Interval | undefined;
    let aggregate: Aggregate | undefined;
    return (value) => {
      this.#roll();
      if (interval !== this.#current) {
        interval = this.#current;
        aggregate = interval[kind].at(full, labels);
      }
      aggregate?.add(value);
      total.add(value);
      total.touchedAtMs = this.#current.startMs;
      for (const push of pushed) push(value);
    };
  }

  #roll(): void {
    const startMs = this.currentStartMs();
    if (startMs === this.#current.startMs) return;
    // After a pause the last whole interval is one in which nothing happened.
    const isNext = startMs === this.#current.startMs + intervalMs;
    this.#finished = isNext ? this.#current : emptyInterval(startMs - intervalMs);
    this.#current = emptyInterval(startMs);
  }
}

class SeriesMap<Value extends object> {
  readonly #make: () => Value;
  readonly #series = new Map<string, Series<Value>>();

  constructor(make: () => Value) {
    this.#make = make;
  }

  /** Undefined when there are too many already. */
  at(Name: string, Labels: Labels): Value | undefined {
    const key = `${Name} ${JSON.stringify(Labels)}`;
    let series = this.#series.get(key);
    if (!series) {
      if (this.#series.size >= seriesMax) return undefined;
      series = { Name, Labels, Value: this.#make() };
      this.#series.set(key, series);
    }
    return series.Value;
  }

  sorted(): Series<Value>[] {
    return [...this.#series].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, series]) => series);
  }
}

const emptyInterval = (startMs: number): Interval => ({
  startMs,
  counters: new SeriesMap(() => new Aggregate()),
  samples: new SeriesMap(() => new Aggregate()),
});
