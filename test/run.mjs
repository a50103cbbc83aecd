/**
 * `npm test`: installs the programs that the end-to-end tests drive, checks the house, runs every test and ends with one
 * line that counts them all, the skipped ones too; the checks of the house count as one. `npm test -- NAME` runs the test files whose path holds NAME, without the rest.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installClients } from './clients.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const bin = join(root, 'node_modules/.bin');
/** The pinned Node first, whoever called. */
const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
const names = process.argv.slice(2);
const count = { passed: 0, failed: 0, skipped: 0 };

installClients();
if (names.length === 0)
  add(run('node', ['test/check.mjs']) === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 });
add(runVitest(['--project', 'edge', '--project', 'node', ...names]));
add(runVitest(['--project', 'e2e', ...names]));
console.log(
  `${count.passed} passed, ${count.failed} failed${count.skipped ? `, ${count.skipped} skipped` : ''}`,
);
process.exitCode = count.failed === 0 ? 0 : 1;

function add({ passed, failed, skipped = 0 }) {
  count.passed += passed;
  count.failed += failed;
  count.skipped += skipped;
}

/** A file that cannot even be loaded counts as a failure, as does a run that dies. */
function runVitest(args) {
  const dir = mkdtempSync(join(tmpdir(), 'rollcall-test-'));
  const report = join(dir, 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const status = run('vitest', [
    'run',
    '--config',
    'test/vitest.config.ts',
    '--passWithNoTests',
    ...reporters,
    ...args,
  ]);
  try {
    const {
      numPassedTests: passed,
      numFailedTests: failed,
      numPendingTests: skipped,
    } = JSON.parse(readFileSync(report, 'utf8'));
    return { passed, skipped, failed: status !== 0 && failed === 0 ? 1 : failed };
  } catch {
    return { passed: 0, failed: 1 };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function run(command, args) {
  return spawnSync(join(bin, command), args, { cwd: root, stdio: 'inherit', env }).status;
}
