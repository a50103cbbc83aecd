/** Certificates that checks meet: verified by what the system believes, or by what the agent believes where that is wanted. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished } from 'vitest';
import { Authority } from '../certificates.ts';
import { test } from './system-test.ts';
import { until } from './until.ts';

test('a check believes the authorities of the system, and of the agent instead once a reload says so', async ({
  system,
}) => {
  const ofSystem = new Authority(system.dir, 'system');
  const ofAgent = new Authority(system.dir, 'agent');
  const own = ofAgent.certificate('host-a', { names: 'DNS:host-a' });
  const start = async (authority: Authority, wantsCertificate: boolean) => {
    const { certFile, keyFile } = authority.certificate(`web-${wantsCertificate}`, {
      names: 'DNS:host-a,IP:127.0.0.1',
    });
    const web = createServer(
      {
        ...{ cert: readFileSync(certFile), key: readFileSync(keyFile) },
        ...(wantsCertificate && { requestCert: true, ca: readFileSync(ofAgent.caFile) }),
      },
      (_request, response) => response.end('fine'),
    );
    await new Promise<void>((listening) => web.listen(0, '127.0.0.1', listening));
    onTestFinished(() => void web.close());
    return `https://127.0.0.1:${(web.address() as AddressInfo).port}/`;
  };
  const [plain, mutual] = [await start(ofSystem, false), await start(ofAgent, true)];
  const server = await system.server('edge');
  const host = await system.makeClient('host-a', server, {
    address: '127.0.0.2',
    env: { SSL_CERT_FILE: ofSystem.caFile },
  });
  const checks = [
    { name: 'plain', http: plain, interval: '1s' },
    { name: 'mutual', http: mutual, interval: '1s' },
  ];
  const are = (wanted: Record<string, string>) =>
    until(`checks are ${JSON.stringify(wanted)}`, async () => {
      const found = await host.get<Record<string, { Status: string; Output: string }>>('/v1/agent/checks');
      const shown = Object.entries(found).map(([id, { Status, Output }]) => [
        id,
        Status === 'passing' ? Status : Output,
      ]);
      expect(Object.fromEntries(shown)).toEqual(
        Object.fromEntries(Object.entries(wanted).map(([id, text]) => [id, expect.stringContaining(text)])),
      );
      return true;
    });
  host.declare('checks.json', { checks });
  await host.start();
  const unknown = 'certificate signed by unknown authority';
  await are({ plain: 'passing', mutual: unknown });

  const internal = { ca_file: ofAgent.caFile, cert_file: own.certFile, key_file: own.keyFile };
  host.declare('checks.json', { checks, enable_agent_tls_for_checks: true, tls: { internal_rpc: internal } });
  expect((await host.cli('reload')).code).toBe(0);
  await are({ plain: unknown, mutual: 'passing' });
});
