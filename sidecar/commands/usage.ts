import type { Command } from './command.ts';

export function usage(commands: Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const lines = commands.map(({ name, summary }) => `    ${name.padEnd(width)}    ${summary}`);
  return `Usage: rollcall [-version] [-help] <command> [flags]

Service discovery without servers to run. Commands are Consul's, so are their flags.

Commands:
${lines.join('\n')}

For the flags of a command: rollcall <command> -help
`;
}
