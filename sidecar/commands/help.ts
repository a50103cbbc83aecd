import { type Flag, flagsHelp, wrapWords } from '../config/flags.ts';

/** What a newcomer reads before the flags. */
export interface PageText {
  /** Paragraphs: what one has to know beyond the summary. */
  about?: readonly string[];
  /** Each: what for, and the words after `rollcall`. */
  examples?: readonly (readonly [string, string])[];
}

/** A command's page: how it is called, what it does, examples, its flags. */
export function commandHelp(call: string, what: string, flags: readonly Flag[], text: PageText = {}): string {
  const list = flagsHelp(flags);
  return `Usage: rollcall ${call}\n\n${pageText(what, text)}${list === '' ? '' : `\n${list}\n`}`;
}

/** Of a command, or of a group of them. */
export function pageText(what: string, { about = [], examples = [] }: PageText): string {
  const paragraphs = [what, ...about].map((paragraph) => `${wrapWords(paragraph, '  ')}\n`);
  const shown = examples.map(([why, line]) => `${wrapWords(`${why}:`, '  ')}\n\n      $ ${lineOf(line)}\n`);
  return [...paragraphs, ...shown].join('\n');
}

/** What is before a pipe is not ours. */
const lineOf = (line: string) => (line.includes('| rollcall ') ? line : `rollcall ${line}`);
