/**
 * An edge as companies have it: HAProxy before it speaks TLS with a certificate of the company's own authority, wants one of
 * the host, and lets in who shows a service token, as Cloudflare Access does; the only way to it is a proxy with a password.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { Authority } from '../certificates.ts';
import type { Agent } from './agent.ts';
import { curl, put } from './clients.ts';
import { haproxyMissing, startHaproxy } from './haproxy.ts';
import { freePort } from './ports.ts';
import type { System } from './system.ts';
import { test } from './system-test.ts';
import { proxyCredentials, startTinyproxy, tinyproxyMissing } from './tinyproxy.ts';
import { until } from './until.ts';

const serviceToken = { access_client_id: 'host.access', access_client_secret: 'secret-of-the-service-token' };
const login = 'https://team.cloudflareaccess.com/cdn-cgi/access/login/edge.test';

const doorConfig = (door: number, edge: Agent, dir: string) => `
defaults
  mode http
  timeout connect 1s
  timeout client 90s
  timeout server 90s
  timeout tunnel 90s
frontend door
  bind 127.0.0.1:${door} ssl crt ${join(dir, 'door.pem')} ca-file ${join(dir, 'ca.pem')} verify required
  acl in hdr(CF-Access-Client-Id) ${serviceToken.access_client_id}
  acl in_secret hdr(CF-Access-Client-Secret) ${serviceToken.access_client_secret}
  http-request redirect code 302 location ${login} unless in in_secret
  http-after-response set-header X-Shown-Certificate %[ssl_c_s_dn(cn)]
  default_backend edge
backend edge
  http-request set-header Host 127.0.0.1
  server edge ${edge.address}:${edge.ports.server}
`;

interface Company {
  edge: Agent;
  authority: Authority;
  door: number;
}

/** The edge and the door before it. */
async function aCompany(system: System): Promise<Company> {
  const edge = await system.server('edge');
  const authority = new Authority(system.dir);
  const { certFile, keyFile } = authority.certificate('edge', { names: 'DNS:edge.test' });
  writeFileSync(join(system.dir, 'door.pem'), readFileSync(certFile, 'utf8') + readFileSync(keyFile, 'utf8'));
  const door = await freePort();
  await startHaproxy(system, doorConfig(door, edge, system.dir));
  return { edge, authority, door };
}

/** On this host, and yet no address of loopback: it is reached through the proxy. */
const doorUrl = (door: number) => `https://0.0.0.0:${door}`;

async function aHost(
  system: System,
  { authority, door }: Company,
  env: Record<string, string>,
  more: { join?: string[]; config?: object } = {},
): Promise<Agent> {
  const host = await system.makeAgent('host-a', { address: '127.0.0.2', env });
  const join = more.join ?? [doorUrl(door)];
  host.flags = [`-data-dir=${host.dataDir}`, ...join.map((url) => `-retry-join=${url}`)];
  const { certFile, keyFile } = authority.certificate('host-a');
  host.declare('way.json', {
    tls: {
      defaults: { ca_file: authority.caFile, cert_file: certFile, key_file: keyFile, verify_outgoing: true },
    },
    edge: { tls_server_name: 'edge.test', ...serviceToken },
    ...more.config,
  });
  return host;
}

const both = haproxyMissing ?? tinyproxyMissing;

test.skipIf(both)('a host joins through all of it, and works', async ({ system }) => {
  const company = await aCompany(system);
  const proxy = await startTinyproxy(system, company.door);
  const host = await aHost(system, company, { https_proxy: proxy.urlWith(proxyCredentials) });
  await host.start();
  expect(host.program.log).toContain(`Edge: ${doorUrl(company.door)} (through ${proxy.url})`);
  expect((await company.edge.cli('members')).stdout).toContain('host-a');
  await host.consul().agent.service.register({ name: 'web', port: 80 } as never);
  await until('the edge has the service', async () => {
    return (await company.edge.get<unknown[]>('/v1/catalog/service/web')).length === 1;
  });
  expect((await put(`${host.url}/v1/kv/a`, 'one')).body).toBe('true');
  const first = await curl(`${host.url}/v1/kv/a?raw`);
  expect([first.body, first.headers.get('X-Shown-Certificate')]).toEqual(['one', 'host-a']);
  const waiting = curl(`${host.url}/v1/kv/a?raw&wait=30s&index=${first.headers.get('X-Consul-Index')}`);
  await put(`${company.edge.url}/v1/kv/a`, 'two');
  expect((await waiting).body).toBe('two');
  // Who gives up takes nobody along.
  await expect(curl(`${host.url}/v1/kv/a?wait=30s&index=99999`, '--max-time', '1')).rejects.toThrow(
    'timed out',
  );
  expect((await curl(`${host.url}/v1/kv/a?raw`)).body).toBe('two');
  expect(proxy.program.log).toContain(`CONNECT 0.0.0.0:${company.door}`);
  const self = await host.get('/v1/agent/self');
  for (const said of [host.program.log, JSON.stringify(self)])
    for (const secret of [
      serviceToken.access_client_secret,
      'in-the-proxy',
      decodeURIComponent(proxyCredentials),
    ])
      expect(said).not.toContain(secret);
});

test.skipIf(both)(
  'a rotated certificate is shown after a reload, and a bad one is refused',
  async ({ system }) => {
    const company = await aCompany(system);
    const host = await aHost(
      system,
      company,
      {},
      { config: { edge: { ...serviceToken, proxy: 'direct', tls_server_name: 'edge.test' } } },
    );
    await host.start();
    const shown = async () => (await curl(`${host.url}/v1/kv/a`)).headers.get('X-Shown-Certificate');
    expect(await shown()).toBe('host-a');
    const [certFile, keyFile] = ['host-a.pem', 'host-a.key'].map((name) => join(system.dir, name)) as [
      string,
      string,
    ];
    const next = company.authority.certificate('host-a-next');
    writeFileSync(certFile, readFileSync(next.certFile));
    const refused = await put(`${host.url}/v1/agent/reload`, '');
    expect([refused.status, refused.body]).toEqual([
      500,
      `the key in ${keyFile} is not that of the certificate in ${certFile}`,
    ]);
    expect(await shown()).toBe('host-a');
    writeFileSync(keyFile, readFileSync(next.keyFile));
    expect((await put(`${host.url}/v1/agent/reload`, '')).status).toBe(200);
    expect(await shown()).toBe('host-a-next');
  },
);

test.skipIf(both)('whatever is missing is said, and nothing is tried without it', async ({ system }) => {
  const company = await aCompany(system);
  const proxy = await startTinyproxy(system, company.door);
  const elsewhere = await freePort();
  const host = await aHost(system, company, { HTTPS_PROXY: proxy.urlWith('worker:wrong') });
  const way = JSON.parse(readFileSync(join(host.configDir, 'way.json'), 'utf8'));
  const direct = { ...way.edge, proxy: 'direct' };
  const { cert_file, key_file, ...noCertificate } = way.tls.defaults;
  const strange = new Authority(system.dir, 'strange');
  const stranger = strange.certificate('stranger');
  const rows: [object, string[], string | RegExp][] = [
    [way, [], 'does not accept the user name and password in its URL (401 Unauthorized)'],
    [{ ...way, edge: { ...way.edge, proxy: proxy.url } }, [], 'wants a user name and a password (407'],
    [
      { ...way, edge: { ...way.edge, proxy: proxy.urlWith(proxyCredentials) } },
      [`-retry-join=https://0.0.0.0:${elsewhere}`],
      `does not connect to 0.0.0.0:${elsewhere} (403`,
    ],
    [
      { ...way, edge: { ...way.edge, proxy: `http://127.0.0.1:${elsewhere}` } },
      [],
      `the proxy http://127.0.0.1:${elsewhere} cannot be reached (connect ECONNREFUSED`,
    ],
    [
      { ...way, edge: { ...direct, access_client_id: '', access_client_secret: '' } },
      [],
      'Cloudflare Access stands before the edge (302)',
    ],
    [
      { ...way, edge: { ...direct, access_client_secret: 'old' } },
      [],
      'does not let the service token host.access in (302)',
    ],
    [{ ...way, edge: { ...direct, tls_server_name: '' } }, [], 'is not for 0.0.0.0 but for DNS:edge.test'],
    [
      { edge: direct, tls: { defaults: noCertificate } },
      [],
      'wants a certificate of this host (certificate required)',
    ],
    [
      {
        edge: direct,
        tls: { defaults: { ...noCertificate, cert_file: stranger.certFile, key_file: stranger.keyFile } },
      },
      [],
      'does not accept the certificate of this host (unknown ca)',
    ],
    [
      { edge: direct, tls: { defaults: { ...way.tls.defaults, ca_file: strange.caFile } } },
      [],
      /comes from no authority that is believed here \(.*strange\.pem\)/,
    ],
  ];
  const flags = host.flags;
  for (const [config, more, why] of rows) {
    host.declare('way.json', config);
    host.flags = more.length > 0 ? [flags[0]!, ...more] : flags;
    await host.start({ joined: false });
    await host.program.says(why);
    expect(host.program.log).not.toContain('in sync');
    if (config !== rows.at(-1)![0]) await host.program.stop('SIGTERM');
  }
  // What is mended counts from the reload on.
  host.declare('way.json', { ...way, edge: direct });
  host.program.signal('SIGHUP');
  await host.program.says('in sync');
});

test.skipIf(both)(
  'a proxy that swallows everything is noticed, and the next address is tried',
  async ({ system }) => {
    const company = await aCompany(system);
    const proxy = await startTinyproxy(system, company.door);
    onTestFinished(() => proxy.program.signal('SIGCONT'));
    const { door } = company;
    const env = { ALL_PROXY: proxy.urlWith(proxyCredentials) };
    const host = await aHost(system, company, env, { join: [doorUrl(door), `https://127.0.0.1:${door}`] });
    await host.start();
    expect(host.program.log).toContain(`in sync: edge=${doorUrl(door)}/`);
    const { headers } = await curl(`${host.url}/v1/health/service/web`);
    const index = headers.get('X-Consul-Index');
    const waiting = curl(`${host.url}/v1/health/service/web?wait=50s&index=${index}`, '--max-time', '50');
    const waitsAtEdge = curl(`${host.url}/v1/kv/b?wait=50s&index=99999`, '--max-time', '50');
    proxy.program.signal('SIGSTOP');
    await host.program.says('the edge does not answer the heartbeat');
    await host.program.says(`in sync: edge=https://127.0.0.1:${door}/`);
    expect((await put(`${host.url}/v1/kv/b`, 'x')).body).toBe('true');
    expect((await waitsAtEdge).body).toMatch(/^No cluster leader: the edge cannot be reached/);
    await company.edge.consul().agent.service.register({ name: 'web', port: 80 } as never);
    expect((await waiting).json<unknown[]>()).toHaveLength(1);
  },
);
