/** HAProxy out of Debian's packages: the processes of a test, and its page of statistics. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { curl } from './clients.ts';
import { libraryPath, unpacked } from './debian-packages.ts';
import { freePort } from './ports.ts';
import type { System } from './system.ts';

const { dir, missing } = await unpacked('haproxy');

/** Why there is none, when there is none. */
export const haproxyMissing = missing;

const statistics = (port: number) => `
frontend statistics
  mode http
  timeout client 5s
  bind 127.0.0.1:${port}
  stats enable
  stats uri /
  stats show-legends
`;

export interface Haproxy {
  /** The addresses of the servers that this backend sends to. */
  serversUp(backend: string): Promise<string[]>;
}

/** Resolves when it listens. */
export async function startHaproxy(system: System, config: string): Promise<Haproxy> {
  const port = await freePort();
  const file = join(system.dir, 'haproxy.cfg');
  writeFileSync(file, config + statistics(port));
  const program = system.program({
    name: 'haproxy',
    command: join(dir, 'usr/sbin/haproxy'),
    args: ['-W', '-db', '-f', file],
    env: { LD_LIBRARY_PATH: libraryPath(dir) },
  });
  await program.says('Loading success.');
  return {
    serversUp: async (backend) => serversUp((await curl(`http://127.0.0.1:${port}/;csv`)).body, backend),
  };
}

function serversUp(csv: string, backend: string): string[] {
  const [header = '', ...lines] = csv.replace('# ', '').trim().split('\n');
  const names = header.split(',');
  const rows = lines.map((line) => {
    const cells = line.split(',');
    return Object.fromEntries(names.map((name, i) => [name, cells[i]]));
  });
  return rows
    .filter(
      ({ pxname, svname, status }) =>
        pxname === backend && svname !== 'BACKEND' && status !== 'MAINT (resolution)',
    )
    .map(({ addr }) => addr ?? '')
    .sort();
}
