/** An edge on a host of one's own that speaks TLS, by the keys with which Consul's servers and clients do. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { Authority } from '../certificates.ts';
import { put, run } from './clients.ts';
import { test } from './system-test.ts';

test('hosts join with certificates of the authority, and by nothing less', async ({ system }) => {
  const authority = new Authority(system.dir);
  const tls = (name: string, names: string, more: object = {}) => {
    const { certFile: cert_file, keyFile: key_file } = authority.certificate(name, { names });
    return { ca_file: authority.caFile, cert_file, key_file, verify_outgoing: true, ...more };
  };
  const edge = await system.makeServer('edge');
  edge.declare('tls.json', tls('edge', 'DNS:server.dc1.consul', { verify_incoming: true }));
  await edge.start();
  const { address, ports } = edge;
  const joined = (name: string, config: object) =>
    system.makeAgent(name, { address: '127.0.0.2' }).then((host) => {
      host.flags = [`-data-dir=${host.dataDir}`, `-retry-join=${address}:${ports.server}`];
      host.declare('tls.json', config);
      return host.start({ joined: false });
    });

  const host = await joined('host-a', tls('host-a', 'DNS:host-a', { verify_server_hostname: true }));
  await host.program.says(`in sync: edge=https://${address}:${ports.server}/`);
  expect((await put(`${host.url}/v1/kv/a`, 'x')).body).toBe('true');
  expect((await edge.cli('members')).stdout).toContain('host-a');

  const { cert_file, key_file, ...nothingToShow } = tls('host-b', 'DNS:host-b', {
    verify_server_hostname: true,
  });
  const rows: [string, object, string][] = [
    ['host-b', nothingToShow, 'wants a certificate of this host'],
    ['host-c', tls('host-c', 'DNS:host-c'), 'is not for 127.0.0.1 but for DNS:server.dc1.consul'],
    ['host-d', {}, 'no connection to the edge'],
  ];
  for (const [name, config, why] of rows) {
    const refused = await joined(name, config);
    await refused.program.says(why);
    expect(refused.program.log).not.toContain('in sync');
    await refused.program.stop();
  }

  const next = authority.certificate('edge-next', { names: 'DNS:server.dc1.consul' });
  for (const [from, to] of [
    [next.certFile, 'edge.pem'],
    [next.keyFile, 'edge.key'],
  ] as const)
    writeFileSync(join(system.dir, to), readFileSync(from));
  expect((await edge.cli('reload')).code).toBe(0);
  await host.program.says('in sync', 2);
  const { stderr } = await run('curl', [
    ...['-sv', '--cacert', authority.caFile, '--cert', cert_file, '--key', key_file],
    ...[
      '--connect-to',
      `::${address}:${ports.server}`,
      `https://server.dc1.consul:${ports.server}/v1/status/leader`,
    ],
  ]);
  expect(stderr).toContain('subject: CN=edge-next');
  expect(edge.program.log).not.toContain('ERROR');
});
