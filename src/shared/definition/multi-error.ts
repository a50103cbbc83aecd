/** Several faults as one text, in the form of Go's go-multierror that Consul answers with. */
export function multiErrorText(faults: readonly string[]): string {
  const head = faults.length === 1 ? '1 error occurred:' : `${faults.length} errors occurred:`;
  return `${head}\n${faults.map((fault) => `\t* ${fault}\n`).join('')}\n`;
}
