import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { commands } from '../../../sidecar/commands/all.ts';
import {
  completions,
  installCompletion,
  uninstallCompletion,
} from '../../../sidecar/commands/autocomplete.ts';
import { aFolder } from '../scratch.ts';

test.each([
  ['rollcall mem', ['members']],
  ['rollcall re', ['reload']],
  ['rollcall kv ', ['delete', 'export', 'get', 'import', 'put']],
  ['rollcall kv p', ['put']],
  ['rollcall kv put -re', ['-release']],
  ['rollcall members -s', ['-segment', '-stale', '-status']],
  ['rollcall members -status=alive -d', ['-datacenter', '-detailed']],
  ['rollcall snapshot inspect -', ['-format']],
  ['rollcall agent -retry-j', ['-retry-join', '-retry-join-wan']],
  ['rollcall members x', []],
  ['rollcall nope ', []],
  ['rollcall ', commands.map(({ name }) => name).sort()],
])('%j', (line, words) => expect(completions(line, commands)).toEqual(words));

test('the shells that are set up are told, once, and can be told again to forget it', () => {
  const home = aFolder();
  const read = (file: string) => readFileSync(join(home, file), 'utf8');
  writeFileSync(join(home, '.bashrc'), 'alias ll="ls -l"\n');
  installCompletion('/usr/bin/rollcall', home);
  installCompletion('/usr/bin/rollcall', home);
  expect(read('.bashrc')).toBe('alias ll="ls -l"\n\ncomplete -o nospace -C /usr/bin/rollcall rollcall\n');
  expect(existsSync(join(home, '.zshrc'))).toBe(false);
  uninstallCompletion('/usr/bin/rollcall', home);
  uninstallCompletion('/usr/bin/rollcall', home);
  expect(read('.bashrc')).toBe('alias ll="ls -l"\n');
});

test('fish has a file for it, which is gone again when it is told to forget', () => {
  const home = aFolder();
  mkdirSync(join(home, '.config/fish'), { recursive: true });
  const file = join(home, '.config/fish/completions/rollcall.fish');
  installCompletion('/usr/bin/rollcall', home);
  expect(readFileSync(file, 'utf8')).toBe(
    "complete -c rollcall -f -a '(env COMP_LINE=(commandline -cp | string collect) /usr/bin/rollcall)'\n",
  );
  uninstallCompletion('/usr/bin/rollcall', home);
  expect(existsSync(file)).toBe(false);
});
