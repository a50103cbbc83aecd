/**
 * DNS over HTTPS as the world asks it: `dig` and `curl`, which insist on HTTP/2 or TLS, with HAProxy before the two halves to
 * speak both, as whoever offers it beyond loopback will have something do.
 */
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { webCertificate } from '../sidecar/checks/web-certificate.ts';
import { dig, run } from './clients.ts';
import { haproxyMissing, startHaproxy } from './haproxy.ts';
import { freePort } from './ports.ts';
import { shareSystem } from './system-test.ts';
import { until } from './until.ts';

const token = 'a-token-of-the-tests-0123456789';
const address = '127.0.0.2';

interface Half {
  name: string;
  ports: { tls: number; plain: number };
  server: string;
  /** What the requests to it are given. */
  rule: string;
}

const frontend = ({ name, ports, server, rule }: Half, crt: string) => `
frontend ${name}
  bind 127.0.0.1:${ports.tls} ssl crt ${crt} alpn h2,http/1.1
  bind 127.0.0.1:${ports.plain} proto h2
  http-request deny unless { path /dns-query }
  http-request ${rule}
  default_backend ${name}
backend ${name}
  server ${name} ${server}
`;

const parts = shareSystem(async (system) => {
  const edge = await system.server('edge', { env: { CONSUL_HTTP_TOKEN: token } });
  const host = await system.client('host-a', edge, { address, env: { CONSUL_HTTP_TOKEN: token } });
  const port = await freePort();
  for (let i = 1; i <= 50; i++)
    await host.consul({ token }).agent.service.register({
      name: i === 1 ? 'hello' : 'many',
      id: `instance-${i}`,
      address: i === 1 ? address : `192.0.2.${i}`,
      port,
    });
  await until(
    'they are known',
    async () => (await edge.dig('many.service.consul', '+tcp')).answer.length === 49,
  );
  const crt = join(system.dir, 'web.pem');
  writeFileSync(crt, `${webCertificate.cert}\n${webCertificate.key}\n`);
  const ports = {
    host: { tls: await freePort(), plain: await freePort() },
    edge: { tls: await freePort(), plain: await freePort() },
  };
  const halves: Half[] = [
    {
      name: 'host',
      ports: ports.host,
      server: `${address}:${host.ports.http}`,
      rule: 'set-header Host localhost',
    },
    {
      name: 'edge',
      ports: ports.edge,
      server: edge.edgeUrl.replace('http://', ''),
      rule: `set-header X-Consul-Token ${token}`,
    },
  ];
  const defaults = 'defaults\n  mode http\n  timeout connect 1s\n  timeout client 5s\n  timeout server 5s\n';
  if (!haproxyMissing)
    await startHaproxy(system, defaults + halves.map((half) => frontend(half, crt)).join(''));
  return { edge, host, ports, port };
});

describe.skipIf(haproxyMissing).each(['host', 'edge'] as const)('the %s', (half) => {
  const ask = (kind: 'tls' | 'plain', ...args: string[]) =>
    dig({ address: '127.0.0.1', port: parts().ports[half][kind] }, ...args);

  test.each([
    ['tls', '+https'],
    ['tls', '+https-get'],
    ['plain', '+http-plain'],
    ['plain', '+http-plain-get'],
  ] as const)('over %s is asked by dig %s', async (kind, flag) => {
    const form = `${flag}=/dns-query`;
    const { status, answer } = await ask(kind, 'hello.service.consul', 'SRV', form);
    expect(status).toBe('NOERROR');
    expect(answer).toEqual([expect.stringMatching(/^hello\.service\.consul\. 0 IN SRV 1 1 \d+ /)]);
    expect((await ask(kind, 'many.service.consul', form)).answer).toHaveLength(49);
    expect((await ask(kind, 'nobody.service.consul', form)).status).toBe('NXDOMAIN');
    expect((await ask(kind, 'example.com', form)).status).toBe('REFUSED');
  });

  test('is where curl finds the address of a service', async () => {
    const { ports, port } = parts();
    const server = createServer((_request, response) => response.end('found'));
    await new Promise<void>((resolve) => server.listen(port, address, resolve));
    onTestFinished(() => void server.close());
    const doh = ['--doh-url', `https://127.0.0.1:${ports[half].tls}/dns-query`, '--doh-insecure'];
    const url = `http://hello.service.consul:${port}/`;
    const { stdout, stderr } = await run('curl', ['-sS', '-4', '--max-time', '10', ...doh, url]);
    expect([stdout, stderr]).toEqual(['found', '']);
  });
});

test('the edge answers nobody who has no token, a host whoever reaches it', async () => {
  const { edge, host } = parts();
  const question = '/dns-query?dns=AAABAAABAAAAAAAABmNvbnN1bAAABgAB';
  const statusOf = async (url: string, headers = {}) => (await fetch(url + question, { headers })).status;
  expect(await statusOf(edge.edgeUrl)).toBe(403);
  expect(await statusOf(edge.edgeUrl, { Authorization: `Bearer ${token}` })).toBe(200);
  expect(await statusOf(host.url)).toBe(200);
});
