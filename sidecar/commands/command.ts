import type { Flag } from '../config/flags.ts';

export interface Command {
  name: string;
  /** Of the command line, for those who complete it. */
  flags?: readonly Flag[];
  /** Those that it is a word before. */
  commands?: readonly Command[];
  /** One line for the list of commands. */
  summary: string;
  /** @returns the exit code. @throws what is to be printed as an error, with exit code 1. */
  run(argv: string[]): Promise<number>;
}
