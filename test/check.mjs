/** `npm run check`: the house in order — types, lint and format, dead code, and the rules that tests of the text hold. */
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const bin = join(root, 'node_modules/.bin');
/** The pinned Node first, whoever called. */
const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
const steps = [
  ['types of the edge', 'tsc', '-p', 'src'],
  ['types of the sidecar', 'tsc', '-p', 'sidecar'],
  ['types of the tests', 'tsc', '-p', 'test'],
  ['types of the tests in workerd', 'tsc', '-p', 'test/src'],
  ['lint and format', 'biome', 'check', '.'],
  ['dead code and dependencies', 'knip'],
  ['rules of the house', 'vitest', 'run', '--config', 'test/vitest.config.ts', '--project', 'house'],
];

let failed = 0;
for (const [name, command, ...args] of steps) {
  const { status, stdout, stderr } = spawnSync(join(bin, command), args, {
    cwd: root,
    encoding: 'utf8',
    env,
  });
  console.log(`${status === 0 ? 'ok  ' : 'FAIL'}  ${name}`);
  if (status === 0) continue;
  failed += 1;
  console.log(`${stdout}${stderr}`.trimEnd());
}
console.log(`${steps.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
