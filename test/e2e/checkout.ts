/** A fresh clone of what is committed, with the packages of this checkout in place of an installation of half a minute. */
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './agent.ts';
import { run } from './clients.ts';
import type { System } from './system.ts';

export async function clone(system: System): Promise<string> {
  const dir = join(system.dir, 'checkout');
  const { code, stderr } = await run('git', ['clone', '--quiet', root, dir]);
  if (code !== 0) throw new Error(`git clone: ${stderr}`);
  symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'));
  return dir;
}

/** What git sees that is neither committed nor ignored. */
export async function strayFiles(dir: string): Promise<string> {
  // A symbolic link is not the folder that .gitignore names.
  return (await run('git', ['status', '--porcelain', '--', ':!node_modules'], {}, dir)).stdout;
}
