/**
 * Durations as Go writes and reads them ("1m30s", "1.5h", "300ms"), because Consul's API, files and error texts use
 * them. Inside Rollcall a duration is a number of milliseconds in a name that ends in `Ms`.
 *
 * Source: https://pkg.go.dev/time#ParseDuration.
 */
const unitMs: Record<string, number> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1e3,
  m: 6e4,
  h: 3.6e6,
};
/** Both signs of micro are escaped: one letter beyond Latin-1 in a script makes V8 keep all of it with two bytes a letter. */
const part = /^(\d+\.?\d*|\.\d+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/;
const number = /^(\d+\.?\d*|\.\d+)/;

/** The first that Go cannot hold: 2 to the power of 63 nanoseconds, 292 years. */
const durationMsEnd = 2 ** 63 / 1e6;

/** Why a text is no duration, in the words of Go's `time.ParseDuration`. */
export class DurationError extends Error {}

/** Milliseconds, possibly negative or fractional. @throws {DurationError} with Go's text. */
export function parseDuration(text: string): number {
  const sign = text.startsWith('-') ? -1 : 1;
  let rest = text.replace(/^[+-]/, '');
  if (rest === '0') return 0;
  if (rest === '') throw new DurationError(`time: invalid duration ${JSON.stringify(text)}`);
  let ms = 0;
  while (rest !== '') {
    const match = part.exec(rest);
    if (!match) throw new DurationError(describe(text, rest));
    ms += Number(match[1]) * unitMs[match[2]!]!;
    rest = rest.slice(match[0].length);
  }
  if (ms >= durationMsEnd) throw new DurationError(`time: invalid duration ${JSON.stringify(text)}`);
  return sign * ms;
}

function describe(text: string, rest: string): string {
  const quoted = JSON.stringify(text);
  const digits = number.exec(rest);
  if (!digits) return `time: invalid duration ${quoted}`;
  const unit = /^[^\d.]*/.exec(rest.slice(digits[0].length))![0];
  if (unit === '') return `time: missing unit in duration ${quoted}`;
  return `time: unknown unit ${JSON.stringify(unit)} in duration ${quoted}`;
}

/** As Go prints it: `90000` is "1m30s", `1500` is "1.5s", `0` is "0s". */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s';
  const sign = ms < 0 ? '-' : '';
  const size = Math.abs(ms);
  if (size < 1e-3) return `${sign}${trim(size * 1e6)}ns`;
  if (size < 1) return `${sign}${trim(size * 1e3)}µs`;
  if (size < 1e3) return `${sign}${trim(size)}ms`;
  const hours = Math.floor(size / 3.6e6);
  const minutes = Math.floor((size % 3.6e6) / 6e4);
  const seconds = `${trim((size % 6e4) / 1e3)}s`;
  if (hours > 0) return `${sign}${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${sign}${minutes}m${seconds}` : `${sign}${seconds}`;
}

const trim = (value: number) => String(Number(value.toFixed(9)));
