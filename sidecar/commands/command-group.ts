/** A command that is a word before others: `services register`. */
import type { Command } from './command.ts';
import { type PageText, pageText } from './help.ts';
import { commandList } from './usage.ts';

/** The commands are called by their whole names: "services register". */
export function makeCommandGroup(
  name: string,
  summary: string,
  commands: Command[],
  text: PageText = {},
): Command {
  const short = commands.map((command) => ({ ...command, name: command.name.slice(name.length + 1) }));
  const page = `Usage: rollcall ${name} <command> [flags]

${pageText(`${summary}.`, text)}
Commands:
${commandList(short)}

For the flags of a command: rollcall ${name} <command> -help
`;
  return {
    name,
    summary,
    commands: short,
    async run([word = '', ...argv]) {
      const command = short.find((candidate) => candidate.name === word);
      if (command) return command.run(argv);
      const isHelp = ['-h', '-help', '--help'].includes(word);
      (isHelp ? process.stdout : process.stderr).write(page);
      return isHelp ? 0 : 1;
    },
  };
}
