/** HAProxy fills its servers from the SRV records of a service, and follows them as instances come, fail and go. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { curl } from './clients.ts';
import { libraryPath, unpacked } from './debian-packages.ts';
import { freePort } from './ports.ts';
import { test } from './system-test.ts';
import { until } from './until.ts';

const { dir, missing } = await unpacked('haproxy');

const config = (dns: string, stats: number) => `
defaults
  mode tcp
  timeout connect 1s
  timeout client 5s
  timeout server 5s
resolvers rollcall
  nameserver sidecar ${dns}
  accepted_payload_size 8192
  hold valid 200ms
  hold obsolete 200ms
  timeout resolve 200ms
frontend stats
  mode http
  bind 127.0.0.1:${stats}
  stats enable
  stats uri /
  stats show-legends
backend web
  server-template web 4 _web._tcp.service.consul resolvers rollcall resolve-prefer ipv4 init-addr none
`;

/** The addresses of the servers that it would send to, from its page of statistics. */
function serversUp(csv: string): string[] {
  const [header = '', ...lines] = csv.replace('# ', '').trim().split('\n');
  const names = header.split(',');
  const rows = lines.map((line) => {
    const cells = line.split(',');
    return Object.fromEntries(names.map((name, i) => [name, cells[i]]));
  });
  return rows
    .filter(
      ({ pxname, svname, status }) =>
        pxname === 'web' && svname !== 'BACKEND' && status !== 'MAINT (resolution)',
    )
    .map(({ addr }) => addr ?? '')
    .sort();
}

test.skipIf(missing)('HAProxy finds the instances of a service', async ({ system }) => {
  const edge = await system.server('edge');
  const host = await system.client('host-a', edge, { address: '127.0.0.2' });
  const { check, service } = host.consul().agent;
  const register = (id: string, address: string) =>
    service.register({
      name: 'web',
      id,
      address,
      port: 80,
      check: { ttl: '1h', status: 'passing' },
    } as never);
  const stats = await freePort();
  const file = join(system.dir, 'haproxy.cfg');
  writeFileSync(file, config(`${host.address}:${host.ports.dns}`, stats));
  system.program({
    name: 'haproxy',
    command: join(dir, 'usr/sbin/haproxy'),
    args: ['-db', '-f', file],
    env: { LD_LIBRARY_PATH: libraryPath(dir) },
  });
  const sendsTo = (...wanted: string[]) =>
    until(`it sends to ${wanted}`, async () => {
      expect(serversUp((await curl(`http://127.0.0.1:${stats}/;csv`)).body)).toEqual(wanted);
      return true;
    });
  await sendsTo();
  await register('web1', '192.0.2.1');
  await register('web2', '192.0.2.2');
  await sendsTo('192.0.2.1:80', '192.0.2.2:80');
  await check.fail('service:web1');
  await sendsTo('192.0.2.2:80');
  await check.pass('service:web1');
  await service.deregister('web2');
  await sendsTo('192.0.2.1:80');
  await edge.kill();
  await register('web3', '192.0.2.3');
  await edge.start();
  await sendsTo('192.0.2.1:80', '192.0.2.3:80');
});
