/** `-format=json`, for scripts: what the agent answered, in one line. Not in Consul, but for a few commands. */
export const formatFlag = { name: 'format', help: '"pretty" (default) or "json".' } as const;

/** True if it is printed; otherwise it is the command's to show. @throws for another format. */
export function printedAsJson(format: string | undefined, value: unknown): boolean {
  if (format !== undefined && format !== 'pretty' && format !== 'json')
    throw new Error(`Unknown format: ${format}`);
  if (format !== 'json') return false;
  process.stdout.write(`${JSON.stringify(value)}\n`);
  return true;
}
