/**
 * Makes a checkout runnable: installs what package-lock.json pins when that is not there yet, then builds what is out of
 * date. Needs Node 20 and npm, nothing else; costs a few milliseconds when there is nothing to do.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

if (!isInstalled()) install();
await import('./build.mjs');

/** npm keeps the tree it installed beside the packages; the pinned Node is what an interrupted install lacks. */
function isInstalled() {
  const wanted = packagesOf('package-lock.json');
  const installed = packagesOf('node_modules/.package-lock.json');
  if (!wanted || !installed) return false;
  return Object.entries(wanted).every(
    ([path, { version, optional }]) => path === '' || optional || installed[path]?.version === version,
  );
}

function packagesOf(lockFile) {
  try {
    return JSON.parse(readFileSync(join(root, lockFile), 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** Not `npm ci`, which refuses a lock file as soon as a package for some other platform is missing from it. */
function install() {
  console.error('Installing what package-lock.json pins (once, about half a minute) …');
  const { status } = spawnSync(
    'npm',
    ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'],
    {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      shell: process.platform === 'win32',
    },
  );
  if (status !== 0) {
    console.error('npm install failed; its message is above. Nothing was started.');
    process.exit(1);
  }
}
