/** A line of a journal: a checksum and JSON, so that one that was cut short or overwritten is never taken for whole. */
import { createHash } from 'node:crypto';

const checksumChars = 8;
/** As far as a line may have got when its writer died: some of the checksum, or all of it and some of a list. */
const beginning = new RegExp(`^([0-9a-f]{0,${checksumChars}}|[0-9a-f]{${checksumChars}}\\[.*)$`);

/** Without an end of line. */
export function encodeLine(entry: unknown[]): string {
  const json = JSON.stringify(entry);
  return `${checksum(json)}${json}`;
}

/** Undefined for a line that is not whole. */
export function decodeLine<Entry>(line: string): Entry | undefined {
  const json = line.slice(checksumChars);
  return json !== '' && checksum(json) === line.slice(0, checksumChars)
    ? (JSON.parse(json) as Entry)
    : undefined;
}

/** Whether it may be what there is of a line whose writer died. */
export const isBegunLine = (text: string) => beginning.test(text);

const checksum = (json: string) => createHash('sha256').update(json).digest('hex').slice(0, checksumChars);
