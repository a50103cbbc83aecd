/**
 * Completion in bash, zsh and fish, as with Consul: the shell runs the program with the line so far in COMP_LINE, and takes what it
 * prints. `-autocomplete-install` and `-autocomplete-uninstall` write the line that asks the shell to do so, and take it away.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Command } from './command.ts';

/** What may stand where the line ends. */
export function completions(line: string, commands: readonly Command[]): string[] {
  const [, ...words] = line.trimStart().split(/\s+/);
  const last = words.pop() ?? '';
  let command: Command | undefined;
  let inside: readonly Command[] = commands;
  for (const word of words) {
    if (word.startsWith('-')) break;
    const found = inside.find(({ name }) => name === word);
    if (!found) return [];
    command = found;
    inside = found.commands ?? [];
  }
  const flags = command?.flags?.map(({ name }) => `-${name}`) ?? [];
  const candidates = last.startsWith('-') ? flags : inside.map(({ name }) => name);
  return candidates.filter((candidate) => candidate.startsWith(last)).sort();
}

/** The first needs no more, the second reads bash's completions only when told. */
const shells = [
  { file: '.bashrc', before: '' },
  { file: '.zshrc', before: 'autoload -U +X bashcompinit && bashcompinit\n' },
];

const lineFor = (program: string) => `complete -o nospace -C ${program} rollcall\n`;

/** Fish has a file of its own for each program. */
const fishFile = { folder: '.config/fish', path: '.config/fish/completions/rollcall.fish' };
const fishLineFor = (program: string) =>
  `complete -c rollcall -f -a '(env COMP_LINE=(commandline -cp | string collect) ${program})'\n`;

/** In the files that there are. A second time changes nothing. */
export function installCompletion(program: string, home = homedir()): void {
  for (const { file, before } of shells) {
    const path = join(home, file);
    if (existsSync(path) && !readFileSync(path, 'utf8').includes(lineFor(program)))
      appendFileSync(path, `\n${before}${lineFor(program)}`);
  }
  if (existsSync(join(home, fishFile.folder))) {
    mkdirSync(join(home, fishFile.folder, 'completions'), { recursive: true });
    writeFileSync(join(home, fishFile.path), fishLineFor(program));
  }
}

export function uninstallCompletion(program: string, home = homedir()): void {
  rmSync(join(home, fishFile.path), { force: true });
  for (const { file, before } of shells) {
    const path = join(home, file);
    if (!existsSync(path)) continue;
    const text = readFileSync(path, 'utf8');
    const without = text.replace(`\n${before}${lineFor(program)}`, '');
    if (without !== text) writeFileSync(path, without);
  }
}
