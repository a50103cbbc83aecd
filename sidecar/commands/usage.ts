import type { Command } from './command.ts';

export function usage(commands: Command[]): string {
  return `Usage: rollcall [-version] [-help] <command> [flags]

Service discovery without servers to run. Commands are Consul's, so are their flags.

Commands:
${commandList(commands)}

For the flags of a command: rollcall <command> -help
`;
}

/** A line for each: its name and its summary. */
export function commandList(commands: Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return commands.map(({ name, summary }) => `    ${name.padEnd(width)}    ${summary}`).join('\n');
}
