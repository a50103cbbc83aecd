/**
 * The unit for systemd, run by a systemd of its own: a user manager in a mount namespace with a `/run` of its own. Needs
 * root and systemd's programs, not that the machine was booted with it.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { nodePath, rollcallPath, root } from './agent.ts';
import { run } from './clients.ts';
import { freePort } from './ports.ts';
import type { System } from './system.ts';
import { test } from './system-test.ts';
import { until } from './until.ts';

const unitPath = join(root, 'infra/systemd/rollcall.service');
const systemd = '/lib/systemd/systemd';
const canRun =
  process.getuid?.() === 0 &&
  existsSync(systemd) &&
  existsSync('/sys/fs/cgroup') &&
  spawnSync('unshare', ['--mount', 'true']).status === 0;

test.skipIf(spawnSync('systemd-analyze', ['--version']).status !== 0)(
  'systemd finds nothing wrong in the unit',
  async ({ system }) => {
    const copy = join(system.dir, 'rollcall.service');
    writeFileSync(copy, readFileSync(unitPath, 'utf8').replaceAll('/usr/bin/env node', nodePath));
    const { code, stdout, stderr } = await run('systemd-analyze', ['verify', copy]);
    expect([code, stdout, stderr]).toEqual([0, '', '']);
  },
);

/** A user manager with one unit; `systemctl` of it. */
async function startManager(system: System, unit: string) {
  const home = join(system.dir, 'home');
  mkdirSync(join(home, '.config/systemd/user'), { recursive: true });
  writeFileSync(join(home, '.config/systemd/user/rollcall.service'), unit);
  // Not where the unit may not look: /run/user, and /tmp of others.
  const runDir = '/run/manager';
  // What a machine that was booted with systemd has in /run.
  const prepare =
    `mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/system /run/systemd/inaccessible/dir ${runDir} && ` +
    `touch /run/systemd/inaccessible/reg && mknod /run/systemd/inaccessible/chr c 0 0 && chmod 700 ${runDir}`;
  const env = { HOME: home, XDG_RUNTIME_DIR: runDir, SYSTEMD_LOG_TARGET: 'console' };
  const manager = system.program({
    name: 'systemd',
    command: 'unshare',
    args: ['--mount', 'sh', '-c', `${prepare} && exec ${systemd} --user`],
    env,
  });
  const bus = { DBUS_SESSION_BUS_ADDRESS: `unix:path=${runDir}/systemd/private` };
  const systemctl = async (...args: string[]) => {
    const inside = ['--target', `${manager.pid}`, '--mount', 'systemctl', '--user', '--no-pager', ...args];
    return run('nsenter', inside, { ...env, ...bus });
  };
  await until('the manager answers', async () => (await systemctl('show')).code === 0);
  const show = async (property: string) =>
    (await systemctl('show', 'rollcall', '--value', '-p', property)).stdout.trim();
  return { systemctl, show };
}

/** The unit as it is shipped, but for its user, its paths and its patience; an edge of its own instead of one elsewhere. */
async function adaptedUnit(system: System, configDir: string): Promise<string> {
  const [http, dns, server] = [await freePort(), await freePort(), await freePort()];
  const flags = `-server -bind=127.0.0.1 -http-port=${http} -dns-port=${dns} -server-port=${server}`;
  const edits: [RegExp, string][] = [
    [/^(User|Group|EnvironmentFile)=.*\n/gm, ''],
    // Where a checkout may be.
    [/^(ProtectHome|PrivateTmp)=.*\n/gm, ''],
    [/^WatchdogSec=.*/m, 'WatchdogSec=2'],
    [
      /^ExecStart=.*/m,
      `ExecStart=${nodePath} ${rollcallPath} agent ${flags} -data-dir=%S/rollcall -config-dir=${configDir}`,
    ],
    [/^ExecReload=.*rollcall\.mjs (.*) .*/m, `ExecReload=${nodePath} ${rollcallPath} $1 ${configDir}`],
  ];
  expect(system.dir).not.toContain(' ');
  return edits.reduce(
    (text, [pattern, edit]) => {
      expect(text).toMatch(pattern);
      return text.replace(pattern, edit);
    },
    readFileSync(unitPath, 'utf8'),
  );
}

test.skipIf(!canRun)('systemd starts, watches, reloads and stops it', async ({ system }) => {
  const configDir = join(system.dir, 'rollcall.d');
  mkdirSync(configDir);
  const { systemctl, show } = await startManager(system, await adaptedUnit(system, configDir));
  const started = await systemctl('start', 'rollcall');
  expect([started.code, started.stderr]).toEqual([0, '']);
  expect(await show('StatusText')).toMatch(/^in sync with http:\/\/127\.0\.0\.1:\d+$/);

  const broken = join(configDir, 'broken.json');
  writeFileSync(broken, '{');
  expect((await systemctl('reload', 'rollcall')).code).toBe(1);
  rmSync(broken);
  expect((await systemctl('reload', 'rollcall')).code).toBe(0);
  await until('it is ready again', async () => (await show('ActiveState')) === 'active');
  expect(await show('NRestarts')).toBe('0');

  process.kill(Number(await show('MainPID')), 'SIGSTOP');
  await until('one that is stuck was started again', async () => (await show('NRestarts')) === '1');
  await until('and is ready', async () => (await show('ActiveState')) === 'active');

  expect((await systemctl('stop', 'rollcall')).code).toBe(0);
  expect([await show('Result'), await show('ActiveState')]).toEqual(['success', 'inactive']);
});
