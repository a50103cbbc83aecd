import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { closedPort } from '../checks/probe-context.ts';
import { aFolder } from '../scratch.ts';

const main = new URL('../../../sidecar/main.ts', import.meta.url).pathname;

/** The program with these words: its exit code and what it said. */
function rollcall(...argv: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...argv], { encoding: 'utf8' });
  return { code: status, stdout, stderr };
}

test.each([
  [['help'], 0, /^Usage: rollcall /, /^$/],
  [['-version'], 0, /^Rollcall v/, /^$/],
  [['version', '-format=json'], 0, /^{"Version":/, /^$/],
  [['members', '-help'], 0, /^Usage: rollcall members /, /^$/],
  [[], 127, /^$/, /^Usage: rollcall /],
  [['nope'], 127, /^$/, /^rollcall has no command "nope"\.\n\nUsage: rollcall /],
  [
    ['members', '-nope'],
    1,
    /^$/,
    /^flag provided but not defined: -nope\n\nFor the flags: rollcall members -help\n$/,
  ],
  [['agent', 'x'], 1, /^$/, /^Error: unexpected argument "x": flags begin with "-"\n$/],
  [['agent'], 1, /^$/, /^Error: /],
])('%j ends with %d', (argv, code, stdout, stderr) => {
  const result = rollcall(...argv);
  expect(result).toEqual({
    code,
    stdout: expect.stringMatching(stdout),
    stderr: expect.stringMatching(stderr),
  });
});

test('an agent that is not there is an error in one line that says what to do', async () => {
  const { code, stderr } = rollcall('members', `-http-addr=127.0.0.1:${await closedPort()}`);
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^Error retrieving members: the agent at .* cannot be reached .*: is it running\? Name another with [^\n]*\n$/,
  );
});

test('a shell that completes a line is told what may follow, and nothing is run', () => {
  const env = { ...process.env, COMP_LINE: 'rollcall mon' };
  const { stdout, stderr } = spawnSync(process.execPath, [main, 'rollcall', 'mon'], {
    encoding: 'utf8',
    env,
  });
  expect([stdout, stderr]).toEqual(['monitor\n', '']);
});

test('-autocomplete-install writes to the files of the shell', () => {
  const home = aFolder();
  writeFileSync(join(home, '.bashrc'), '');
  for (const flag of ['-autocomplete-install', '--autocomplete-uninstall', '-autocomplete-install'])
    spawnSync(process.execPath, [main, flag], { env: { ...process.env, HOME: home } });
  expect(readFileSync(join(home, '.bashrc'), 'utf8')).toBe(`\ncomplete -o nospace -C ${main} rollcall\n`);
});

test('a reader that goes ends a command without a word', () => {
  const command = `exec 3>&1; { "${process.execPath}" "${main}" help; echo $? >&3; } | true`;
  const { stdout, stderr } = spawnSync('sh', ['-c', command], { encoding: 'utf8' });
  expect([stdout, stderr]).toEqual(['141\n', '']);
});
