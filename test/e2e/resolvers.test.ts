/**
 * The resolvers that pass `consul.` on to a sidecar, as its README sets them up: dnsmasq, unbound, and behind dnsmasq the
 * C library.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { dig, type NameServer, run } from './clients.ts';
import { libraryPath, unpacked } from './debian-packages.ts';
import { freePort } from './ports.ts';
import type { System } from './system.ts';
import { shareSystem } from './system-test.ts';
import { until } from './until.ts';

const { dir, missing } = await unpacked('resolvers');
const instances = 40;

const parts = shareSystem(async (system) => {
  const host = await system.server('host-a');
  for (let i = 1; i <= instances; i++)
    await host.consul().agent.service.register({
      name: 'hello',
      id: `hello-${i}`,
      address: `192.0.2.${i}`,
      port: 7000 + i,
      check: { ttl: '1h', status: 'passing' },
    } as never);
  await until(
    'all are known',
    async () => (await host.dig('hello.service.consul', '+tcp')).answer.length === instances,
  );
  const servers: Record<string, NameServer> = {};
  if (!missing) {
    servers.dnsmasq = await startDnsmasq(system, host.ports.dns, '127.0.0.1', await freePort());
    servers['unbound, stub-zone'] = await startUnbound(system, host.ports.dns, 'stub');
    servers['unbound, forward-zone'] = await startUnbound(system, host.ports.dns, 'forward');
  }
  return { system, host, servers };
});

async function startDnsmasq(system: System, dns: number, address: string, port: number): Promise<NameServer> {
  const file = join(system.dir, `dnsmasq-${port}.conf`);
  writeFileSync(
    file,
    `port=${port}
listen-address=${address}
bind-interfaces
no-resolv
no-hosts
server=/consul/127.0.0.1#${dns}
`,
  );
  const program = system.program({
    name: `dnsmasq-${port}`,
    command: join(dir, 'usr/sbin/dnsmasq'),
    args: ['--keep-in-foreground', '--log-facility=-', `--conf-file=${file}`, '--pid-file', '--user=root'],
    env: { LD_LIBRARY_PATH: libraryPath(dir) },
  });
  await program.says('using nameserver 127.0.0.1');
  return { address, port };
}

async function startUnbound(system: System, dns: number, kind: 'stub' | 'forward'): Promise<NameServer> {
  const port = await freePort();
  const file = join(system.dir, `unbound-${kind}.conf`);
  writeFileSync(
    file,
    `server:
  interface: 127.0.0.1
  port: ${port}
  do-daemonize: no
  chroot: ""
  username: ""
  directory: "${system.dir}"
  pidfile: ""
  use-syslog: no
  logfile: ""
  module-config: "iterator"
  use-caps-for-id: yes
  do-not-query-localhost: no
  domain-insecure: "consul"
${kind}-zone:
  name: "consul"
  ${kind}-addr: 127.0.0.1@${dns}
`,
  );
  const program = system.program({
    name: `unbound-${kind}`,
    command: join(dir, 'usr/sbin/unbound'),
    args: ['-d', '-p', '-c', file],
    env: { LD_LIBRARY_PATH: libraryPath(dir) },
  });
  await program.says('start of service');
  return { address: '127.0.0.1', port };
}

describe.skipIf(missing).each(['dnsmasq', 'unbound, stub-zone', 'unbound, forward-zone'])('%s', (name) => {
  const ask = (...args: string[]) => dig(parts().servers[name]!, ...args);

  test('gives all addresses over TCP, and as many as fit or the word to come back over UDP', async () => {
    expect((await ask('hello.service.consul', '+tcp')).answer).toHaveLength(instances);
    expect((await ask('hello.service.consul')).answer).toHaveLength(instances);
    const short = await ask('hello.service.consul', '+noedns', '+ignore');
    expect(short.answer.length).toBeLessThan(instances);
  });

  test('gives ports and targets with SRV', async () => {
    const { status, answer } = await ask('_hello._tcp.service.consul', 'SRV');
    expect(status).toBe('NOERROR');
    expect(new Set(answer.map((record) => record.split(' ')[6])).size).toBe(instances);
    const target = answer[0]!.split(' ').at(-1)!;
    expect((await ask(target)).answer).toEqual([expect.stringMatching(/ IN A 192\.0\.2\.\d+$/)]);
  });

  test.each([
    ['host-a.node.consul', 'A', 'NOERROR'],
    ['hello.service.consul', 'AAAA', 'NOERROR'],
    ['nobody.service.consul', 'A', 'NXDOMAIN'],
    ['consul', 'SOA', 'NOERROR'],
  ])('%s %s is %s', async (asked, type, status) => {
    expect((await ask(asked, type)).status).toBe(status);
  });

  test('follows the health of an instance', async () => {
    const { check } = parts().host.consul().agent;
    const has = async (address: string) =>
      (await ask('hello.service.consul', '+tcp')).answer.some((record) => record.endsWith(` ${address}`));
    expect(await has('192.0.2.7')).toBe(true);
    await check.fail('service:hello-7');
    await until('it is gone', async () => !(await has('192.0.2.7')));
    await check.pass('service:hello-7');
    await until('it is back', () => has('192.0.2.7'));
  });
});

/** The C library asks port 53 alone, and of the name servers in a file for all programs: both need root. */
const noPrivilege = process.getuid?.() === 0 ? undefined : 'this needs root: a mount of its own and port 53';
if (noPrivilege) process.stderr.write(`Skipped for want of root: getent with a resolv.conf of its own\n`);

test.skipIf(missing ?? noPrivilege)('getent finds a service by the C library, through dnsmasq', async () => {
  const { system, host } = parts();
  // An address of this run's own, since the port cannot be chosen.
  const address = `127.53.${(process.pid >> 8) & 255}.${process.pid & 255 || 1}`;
  await startDnsmasq(system, host.ports.dns, address, 53);
  const resolvConf = join(system.dir, 'resolv.conf');
  const nsswitch = join(system.dir, 'nsswitch.conf');
  writeFileSync(resolvConf, `nameserver ${address}\noptions timeout:2 attempts:1\n`);
  writeFileSync(nsswitch, 'hosts: files dns\n');
  const getent = async (name: string) => {
    const script = `mount --bind ${resolvConf} /etc/resolv.conf && mount --bind ${nsswitch} /etc/nsswitch.conf && exec getent ahosts "$0"`;
    return await run('unshare', ['--mount', 'sh', '-c', script, name]);
  };
  const found = await getent('hello.service.consul');
  expect(found.stderr).toBe('');
  const addresses = new Set(
    found.stdout
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[0]),
  );
  expect(addresses.size).toBe(instances);
  expect(addresses).toContain('192.0.2.1');
  expect((await getent('nobody.service.consul')).code).toBe(2);
});
