/**
 * The programs of others that the end-to-end tests drive. Where they are missing, this is Debian and we are root, they are
 * installed; elsewhere it says what to install.
 */
import { spawnSync } from 'node:child_process';

/** Command and the Debian package it comes from. */
const clients = [
  ['dig', 'bind9-dnsutils'],
  ['curl', 'curl'],
];

export function installClients() {
  const missing = clients.filter(([command]) => !isInstalled(command)).map(([, name]) => name);
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0 || !isInstalled('apt-get')) {
    console.error(`The end-to-end tests need ${missing.join(' and ')}: install them and run npm test again.`);
    process.exit(1);
  }
  console.error(`Installing ${missing.join(', ')} …`);
  run('apt-get', ['update', '-qq']);
  run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing]);
}

const isInstalled = (command) => spawnSync('sh', ['-c', `command -v ${command}`]).status === 0;

function run(command, args) {
  const { status, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (status === 0) return;
  console.error(`${command} ${args.join(' ')} failed:\n${stderr}`);
  process.exit(1);
}
