/** Where two answers differ, each place by its path: `status`, `headers.vary`, `body[0].Service.Tags`. */
export interface Difference {
  at: string;
  /** Undefined: there was nothing. */
  recorded: unknown;
  /** Undefined: there is nothing. */
  got: unknown;
}

export function differences(recorded: unknown, got: unknown, at = ''): Difference[] {
  if (Array.isArray(recorded) && Array.isArray(got)) {
    if (recorded.length !== got.length) return [{ at, recorded, got }];
    return recorded.flatMap((item, i) => differences(item, got[i], `${at}[${i}]`));
  }
  if (isRecord(recorded) && isRecord(got)) {
    const keys = new Set([...Object.keys(recorded), ...Object.keys(got)]);
    return [...keys].flatMap((key) => differences(recorded[key], got[key], at === '' ? key : `${at}.${key}`));
  }
  return Object.is(recorded, got) ? [] : [{ at, recorded, got }];
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** One line for whoever reads the failure. */
export const showDifference = ({ at, recorded, got }: Difference): string =>
  `${at}: recorded ${show(recorded)}, got ${show(got)}`;

const shownCharsMax = 400;

function show(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > shownCharsMax ? `${text.slice(0, shownCharsMax)}…` : text;
}
