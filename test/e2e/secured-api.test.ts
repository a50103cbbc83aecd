/**
 * An agent whose API is to be had over TLS from who shows a certificate, and on a Unix socket: commands, and the `consul`
 * program where it is to be had, reach it by the flags and variables that Consul's have.
 */
import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Authority } from '../certificates.ts';
import { rollcall } from './agent.ts';
import { run } from './clients.ts';
import { unpacked } from './debian-packages.ts';
import { freePort } from './ports.ts';
import { shareSystem } from './system-test.ts';

const { dir: consulDir, missing } = await unpacked('consul');

const parts = shareSystem(async (system) => {
  const authority = new Authority(system.dir);
  const { certFile, keyFile } = authority.certificate('agent', { names: 'DNS:agent.test,IP:127.0.0.1' });
  const port = await freePort();
  const socket = join(system.dir, 'agent.sock');
  const agent = await system.makeServer('edge', { flags: [`-https-port=${port}`] });
  agent.declare('doors.json', {
    addresses: { http: `127.0.0.1 unix://${socket}`, https: '127.0.0.1' },
    unix_sockets: { mode: '0600' },
    tls: {
      https: { ca_file: authority.caFile, cert_file: certFile, key_file: keyFile, verify_incoming: true },
    },
  });
  await agent.start();
  const caPath = join(system.dir, 'authorities');
  mkdirSync(caPath);
  symlinkSync(authority.caFile, join(caPath, 'ca.pem'));
  const own = authority.certificate('operator');
  const strange = new Authority(system.dir, 'strange');
  return { agent, authority, own, strange, caPath, url: `https://127.0.0.1:${port}`, port, socket };
});

type Parts = ReturnType<typeof parts>;
type Row = [string, (parts: Parts) => Record<string, string>, (parts: Parts) => string[]];

const shown = ({ own }: Parts) => ({ CONSUL_CLIENT_CERT: own.certFile, CONSUL_CLIENT_KEY: own.keyFile });

/** Variables and flags by which the agent is reached. */
const reaches: Row[] = [
  ['a Unix socket, by variable', ({ socket }) => ({ CONSUL_HTTP_ADDR: `unix://${socket}` }), () => []],
  ['a Unix socket, by flag', () => ({}), ({ socket }) => [`-http-addr=unix://${socket}`]],
  [
    'TLS, by variables',
    (all) => ({ CONSUL_HTTP_ADDR: all.url, CONSUL_CACERT: all.authority.caFile, ...shown(all) }),
    () => [],
  ],
  [
    'TLS, by CONSUL_HTTP_SSL and a folder of authorities',
    (all) => ({
      CONSUL_HTTP_ADDR: `127.0.0.1:${all.port}`,
      CONSUL_HTTP_SSL: 'true',
      CONSUL_CAPATH: all.caPath,
      ...shown(all),
    }),
    () => [],
  ],
  [
    'TLS, by flags',
    () => ({}),
    ({ url, authority, own }) => [
      ...[`-http-addr=${url}`, `-ca-file=${authority.caFile}`],
      ...[`-client-cert=${own.certFile}`, `-client-key=${own.keyFile}`],
    ],
  ],
  [
    'TLS, under another name',
    (all) => ({ ...shown(all), CONSUL_TLS_SERVER_NAME: 'agent.test', CONSUL_CACERT: all.authority.caFile }),
    ({ port }) => [`-http-addr=https://0.0.0.0:${port}`],
  ],
  [
    'TLS, believing anybody because a human said so',
    (all) => ({ CONSUL_HTTP_ADDR: all.url, CONSUL_HTTP_SSL_VERIFY: 'false', ...shown(all) }),
    () => [],
  ],
];

/** The same, and what is said when it is not. */
const fails: [...Row, string | RegExp][] = [
  [
    'an authority nobody named',
    (all) => ({ CONSUL_HTTP_ADDR: all.url, ...shown(all) }),
    () => [],
    'comes from no authority that is believed here',
  ],
  [
    'another authority',
    (all) => ({ CONSUL_HTTP_ADDR: all.url, CONSUL_CACERT: all.strange.caFile, ...shown(all) }),
    () => [],
    /comes from no authority that is believed here \(.*strange\.pem\)/,
  ],
  [
    'no certificate to show',
    (all) => ({ CONSUL_HTTP_ADDR: all.url, CONSUL_CACERT: all.authority.caFile }),
    () => [],
    'wants a certificate of this host (certificate required)',
  ],
  [
    'another name',
    (all) => ({ CONSUL_HTTP_ADDR: all.url, CONSUL_CACERT: all.authority.caFile, ...shown(all) }),
    () => ['-tls-server-name=other.test'],
    'is not for other.test but for DNS:agent.test',
  ],
  [
    'half a pair',
    (all) => ({ CONSUL_HTTP_ADDR: all.url, CONSUL_CLIENT_CERT: all.own.certFile }),
    () => [],
    '-client-cert and -client-key belong together, and only one of them is set',
  ],
  [
    'a file that is not there',
    (all) => ({ CONSUL_HTTP_ADDR: all.url }),
    () => ['-ca-file=/nowhere/ca.pem'],
    '/nowhere/ca.pem cannot be read',
  ],
  [
    'http where TLS is spoken',
    ({ port }) => ({ CONSUL_HTTP_ADDR: `127.0.0.1:${port}` }),
    () => [],
    'cannot be reached',
  ],
  [
    'a socket that is not there',
    () => ({ CONSUL_HTTP_ADDR: 'unix:///nowhere/agent.sock' }),
    () => [],
    'the agent at /nowhere/agent.sock cannot be reached (connect ENOENT',
  ],
  [
    'a proxy that is not there',
    () => ({ CONSUL_HTTP_ADDR: 'https://agent.test', HTTPS_PROXY: 'http://u:secret@127.0.0.1:9' }),
    () => [],
    'the proxy http://127.0.0.1:9 cannot be reached',
  ],
];

test.each(reaches)('a command reaches it by %s', async (_what, env, flags) => {
  const finished = await rollcall(['catalog', 'nodes', ...flags(parts())], env(parts()));
  expect([finished.code, finished.stderr]).toEqual([0, '']);
  expect(finished.stdout).toContain('edge');
});

test.each(fails)('a command says why it does not, with %s', async (_what, env, flags, why) => {
  const { code, stderr } = await rollcall(['catalog', 'nodes', ...flags(parts())], env(parts()));
  expect([code, stderr]).toEqual([
    1,
    typeof why === 'string' ? expect.stringContaining(why) : expect.stringMatching(why),
  ]);
  expect(stderr).not.toContain('secret');
});

describe.skipIf(missing)('the consul program', () => {
  test.each(reaches)('reaches it by %s', async (_what, env, flags) => {
    const [addressed, ...rest] = ['catalog', 'nodes', ...flags(parts())];
    const { code, stdout, stderr } = await run(
      join(consulDir, 'usr/bin/consul'),
      [addressed!, ...rest],
      env(parts()),
    );
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('edge');
  });
});

test('the socket is its owner’s alone', () => {
  expect((statSync(parts().socket).mode & 0o777).toString(8)).toBe('600');
});

test('a reload brings another certificate', async () => {
  const { agent, authority, url, own } = parts();
  const { certFile, keyFile } = authority.certificate('agent-next', { names: 'IP:127.0.0.1' });
  const [certPath, keyPath] = ['agent.pem', 'agent.key'].map((name) => join(agent.dir, '..', name)) as [
    string,
    string,
  ];
  writeFileSync(certPath, readFileSync(certFile));
  writeFileSync(keyPath, readFileSync(keyFile));
  expect((await agent.cli('reload')).stdout).toContain('Configuration reload triggered');
  const { stdout, stderr } = await run('curl', [
    ...['-sv', '--cacert', authority.caFile, '--cert', own.certFile, '--key', own.keyFile],
    `${url}/v1/agent/self`,
  ]);
  expect(stderr).toMatch(/subject: CN=agent-next/);
  expect(JSON.parse(stdout).Config.NodeName).toBe('edge');
});
