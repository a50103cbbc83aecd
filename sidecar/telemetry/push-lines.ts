/**
 * What was measured since it was last sent, and the lines that say it to a statsd. Counters are summed up; of samples a
 * bounded number is kept, each of which says for how many it stands, so that a host that answers 50,000 questions a second
 * sends as little as one that answers 50.
 *
 * Sources: https://github.com/statsd/statsd/blob/master/docs/metric_types.md and
 * https://docs.datadoghq.com/developers/dogstatsd/datagram_shell.
 */
import type { Gauge, Labels, Meter, MetricsPush } from './metrics.ts';

/** In statsd labels are words of the name; in Datadog's they are tags, beside those that every line gets. */
export type LineFormat = { kind: 'statsd' } | { kind: 'dogstatsd'; tags: string[] };

interface Pending {
  name: string;
  labels: Labels;
  /** Undefined: a counter. */
  values: number[] | undefined;
  count: number;
  sum: number;
}

/** Of one series between two sends. */
export const sampleValuesMax = 50;

export class PushLines implements MetricsPush {
  readonly #format: LineFormat;
  readonly #series = new Map<string, Pending>();

  constructor(format: LineFormat) {
    this.#format = format;
  }

  /** Of samples the newest stand for all. */
  meter(kind: 'counters' | 'samples', name: string, labels: Labels): Meter {
    const pending = this.#at(kind, name, labels);
    const { values } = pending;
    return (value) => {
      if (values) values[pending.count % sampleValuesMax] = value;
      else pending.sum += value;
      pending.count += 1;
    };
  }

  /** What was counted since the last call, and these gauges. */
  take(gauges: Gauge[]): string[] {
    const lines = [...this.#series.values()].flatMap((pending) => this.#linesOf(pending));
    for (const pending of this.#series.values()) Object.assign(pending, { count: 0, sum: 0 });
    return [...lines, ...gauges.map(({ Name, Labels = {}, Value }) => this.#line(Name, Labels, Value, 'g'))];
  }

  #at(kind: 'counters' | 'samples', name: string, labels: Labels): Pending {
    const key = `${kind} ${name} ${JSON.stringify(labels)}`;
    let pending = this.#series.get(key);
    if (!pending) {
      pending = { name, labels, values: kind === 'samples' ? [] : undefined, count: 0, sum: 0 };
      this.#series.set(key, pending);
    }
    return pending;
  }

  #linesOf({ name, labels, values, count, sum }: Pending): string[] {
    if (count === 0) return [];
    if (!values) return [this.#line(name, labels, sum, 'c')];
    const kept = values.slice(0, count);
    return kept.map((value) => this.#line(name, labels, value, 'ms', kept.length / count));
  }

  #line(name: string, labels: Labels, value: number, kind: string, rate = 1): string {
    const number = String(Number(value.toFixed(6)));
    const share = rate < 1 ? `|@${rate.toFixed(6)}` : '';
    const pairs = Object.entries(labels);
    if (this.#format.kind === 'statsd')
      return `${[name, ...pairs.map(([, text]) => text)].map(nameWord).join('.')}:${number}|${kind}${share}`;
    const tags = [...this.#format.tags, ...pairs.map(([key, text]) => `${key}:${text}`)].map(tagText);
    return `${nameWord(name)}:${number}|${kind}${share}${tags.length > 0 ? `|#${tags.join(',')}` : ''}`;
  }
}

/** Without what would end it. */
const nameWord = (text: string) => text.replace(/[:|@\s]/g, '_');
const tagText = (text: string) => text.replace(/[|,\s]/g, '_');
