/**
 * Docker's engine out of Debian's packages, with its data, its sockets and its mounts in the system's folder and no network.
 * Needs root, for it makes containers.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { run } from './clients.ts';
import { libraryPath, type Unpacked, unpacked } from './debian-packages.ts';
import type { System } from './system.ts';

const canRun =
  process.getuid?.() === 0 &&
  existsSync('/sys/fs/cgroup') &&
  spawnSync('unshare', ['--mount', 'true']).status === 0;
const { dir, missing }: Unpacked = canRun
  ? await unpacked('docker')
  : { dir: '', missing: 'docker: no root' };

/** Why there is none, when there is none. */
export const dockerMissing = missing;

export interface Dockerd {
  /** As the environment variable DOCKER_HOST. */
  host: string;
  /** The command `docker`, of this engine. @returns what it printed. */
  docker(...args: string[]): Promise<string>;
  /** A container that stays until it is removed. */
  container(name: string): Promise<void>;
}

/** Resolves when it answers and has an image with busybox. */
export async function startDockerd(system: System): Promise<Dockerd> {
  const path = `${join(dir, 'usr/bin')}:${join(dir, 'usr/sbin')}:${process.env.PATH}`;
  const env = { PATH: path, LD_LIBRARY_PATH: libraryPath(dir) };
  const host = `unix://${join(system.dir, 'docker.sock')}`;
  const places = `--data-root=${system.dir}/docker --exec-root=${system.dir}/exec --pidfile=${system.dir}/docker.pid`;
  const leaveAlone = '--bridge=none --iptables=false --ip6tables=false --ip-forward=false --ip-masq=false';
  const engine = `dockerd --host=${host} ${places} ${leaveAlone} --storage-driver=vfs`;
  const program = system.program({
    name: 'dockerd',
    command: 'unshare',
    args: ['--mount', 'sh', '-c', `mount -t tmpfs tmpfs /run && exec ${engine}`],
    env,
  });
  await program.says('API listen on');
  const docker = async (...args: string[]) => {
    const { code, stdout, stderr } = await run(join(dir, 'usr/bin/docker'), ['--host', host, ...args], env);
    expect([code, stderr], `docker ${args.join(' ')}`).toEqual([0, '']);
    return stdout;
  };
  const image = join(system.dir, 'box.tar');
  expect((await run('tar', ['-C', dir, '-cf', image, 'bin/busybox'])).code).toBe(0);
  await docker('import', image, 'box');
  const container = async (name: string) => {
    await docker('run', '--detach', '--network=none', `--name=${name}`, 'box', 'busybox', 'sleep', '1000');
  };
  return { host, docker, container };
}
