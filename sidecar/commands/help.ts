import { type Flag, flagsHelp } from '../config/flags.ts';

/** A command's page: how it is called, what it does, its flags. */
export function commandHelp(call: string, what: string, flags: readonly Flag[]): string {
  return `Usage: rollcall ${call}\n\n  ${what}\n\n${flagsHelp(flags)}`;
}
