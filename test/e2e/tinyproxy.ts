/** Tinyproxy out of Debian's packages: a proxy that wants a password and passes CONNECT on to one port. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unpacked } from './debian-packages.ts';
import { freePort } from './ports.ts';
import type { Program } from './program.ts';
import type { System } from './system.ts';

const { dir, missing } = await unpacked('tinyproxy');

/** Why there is none, when there is none. */
export const tinyproxyMissing = missing;

export interface Tinyproxy {
  program: Program;
  /** Without the password. */
  url: string;
  /** With that which it wants, or another. */
  urlWith(credentials: string): string;
}

export const proxyCredentials = 'worker:pass%2Din%2Dthe%2Dproxy';

/** Resolves when it listens. */
export async function startTinyproxy(system: System, connectPort: number): Promise<Tinyproxy> {
  const port = await freePort();
  const file = join(system.dir, 'tinyproxy.conf');
  const lines = [
    ...[`Port ${port}`, 'Listen 127.0.0.1', 'Timeout 600', 'MaxClients 200', 'LogLevel Info'],
    ...[`BasicAuth ${decodeURIComponent(proxyCredentials).replace(':', ' ')}`, `ConnectPort ${connectPort}`],
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  const program = system.program({
    name: 'tinyproxy',
    command: join(dir, 'usr/bin/tinyproxy'),
    args: ['-d', '-c', file],
  });
  await program.says('Accepting connections');
  const urlWith = (credentials: string) => `http://${credentials}@127.0.0.1:${port}`;
  return { program, url: `http://127.0.0.1:${port}`, urlWith };
}
