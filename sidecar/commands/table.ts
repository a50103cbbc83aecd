const gap = 2;

/** Columns padded to their widest cell, two spaces apart; the last is not padded. */
export function formatTable(rows: string[][]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (row: string[]) =>
    row.map((cell, column) => (column < row.length - 1 ? cell.padEnd(widths[column]! + gap) : cell)).join('');
  return `${rows.map(line).join('\n')}\n`;
}
