/** Which key was meant by one that does not exist. */

/** The key among these that is written most like the unknown one, or undefined if none is near enough to be a slip. */
export function nearKey(unknown: string, known: readonly string[]): string | undefined {
  const wanted = unknown.toLowerCase();
  const slipsMax = Math.max(1, Math.floor(wanted.length / 4));
  let best: string | undefined;
  let slips = slipsMax + 1;
  for (const key of known.map(fileSpelling)) {
    const typed = editDistance(wanted, key);
    const distance = isCutOff(wanted, key) ? Math.min(typed, slipsMax) : typed;
    if (distance < slips) [best, slips] = [key, distance];
  }
  return best;
}

const cutLengthMin = 4;

/** One is the beginning of the other, as `statsd_addr` is of `statsd_address`. */
const isCutOff = (a: string, b: string): boolean =>
  Math.min(a.length, b.length) >= cutLengthMin && (a.startsWith(b) || b.startsWith(a));

/** Fields are named as in bodies, like `TLSSkipVerify`, where files have `tls_skip_verify`. */
const fileSpelling = (field: string): string =>
  field
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .toLowerCase();

/** How many letters were left out, added or mistaken. */
function editDistance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const line = [row];
    for (let column = 1; column <= b.length; column++) {
      const mistaken = a[row - 1] === b[column - 1] ? 0 : 1;
      line.push(Math.min(above[column]! + 1, line[column - 1]! + 1, above[column - 1]! + mistaken));
    }
    above = line;
  }
  return above[b.length]!;
}
