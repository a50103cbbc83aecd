/** `rollcall`: from the words of the command line to a command. */
import { isMainThread } from 'node:worker_threads';
import { commands } from './commands/all.ts';
import { completions, installCompletion, uninstallCompletion } from './commands/autocomplete.ts';
import { usage } from './commands/usage.ts';
import { versionCommand } from './commands/version.ts';
import { FlagError } from './config/flags.ts';

/** Consul's code for a command that does not exist. */
const unknownCommandCode = 127;

// In a thread of the agent this file is only where the thread's code is.
if (isMainThread) process.exitCode = await main(process.argv.slice(2));

/** What a shell says of a program that wrote where nobody reads any more. */
const brokenPipeCode = 141;

async function main([name = '', ...argv]: string[]): Promise<number> {
  // `rollcall monitor | head` is to end without a word; an agent goes on, whether its banner is read or not.
  process.stdout.on('error', () => {
    if (name !== 'agent') process.exit(brokenPipeCode);
  });
  const { COMP_LINE: line } = process.env;
  if (line)
    return print(
      completions(line, commands)
        .map((word) => `${word}\n`)
        .join(''),
    );
  if (/^--?autocomplete-(un)?install$/.test(name)) {
    const change = name.endsWith('-uninstall') ? uninstallCompletion : installCompletion;
    change(process.argv[1] ?? 'rollcall');
    return 0;
  }
  if (['-h', '-help', '--help', 'help'].includes(name)) return print(usage(commands));
  if (['-v', '-version', '--version'].includes(name)) return versionCommand.run(argv);
  const command = commands.find((candidate) => candidate.name === name);
  if (!command) return refuse(name);
  try {
    return await command.run(argv);
  } catch (error) {
    const [word = ''] = argv;
    const called = command.commands?.some((inner) => inner.name === word) ? `${name} ${word}` : name;
    const hint = error instanceof FlagError ? `\n\nFor the flags: rollcall ${called} -help` : '';
    // Scripts look for the words of Consul's commands; an agent's are to be found among the lines of a log.
    const prefix = name === 'agent' ? 'Error: ' : '';
    process.stderr.write(`${prefix}${(error as Error).message}${hint}\n`);
    return 1;
  }
}

function refuse(name: string): number {
  const reason = name === '' ? '' : `rollcall has no command ${JSON.stringify(name)}.\n\n`;
  process.stderr.write(`${reason}${usage(commands)}`);
  return unknownCommandCode;
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}
