/** Whom a check believes, the same for every kind that speaks TLS; the certificates are made for this file by openssl. */
import { readFileSync } from 'node:fs';
import { createSecureServer, type Http2SecureServer } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import { createSecureContext, createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Probe } from '../../../sidecar/checks/probe.ts';
import { probeGrpc } from '../../../sidecar/checks/probe-grpc.ts';
import { probeH2Ping } from '../../../sidecar/checks/probe-h2ping.ts';
import { probeHttp } from '../../../sidecar/checks/probe-http.ts';
import { probeTcp } from '../../../sidecar/checks/probe-tcp.ts';
import type { CheckTls } from '../../../sidecar/checks/tls.ts';
import type { CheckDefinition } from '../../../src/shared/model.ts';
import { Authority, type CertificateFiles } from '../../certificates.ts';
import { sharedFolder } from '../scratch.ts';
import { aCheck, aRun, listen, outcome } from './probe-context.ts';

const folder = sharedFolder();
const certificates: Record<string, CertificateFiles> = {};
let believed: Authority;

beforeAll(() => {
  believed = new Authority(folder, 'believed');
  const foreign = new Authority(folder, 'foreign');
  certificates.good = believed.certificate('good');
  certificates.named = believed.certificate('named', { names: 'DNS:web.test' });
  certificates.expired = believed.certificate('expired', { days: -1 });
  certificates.foreign = foreign.certificate('of-foreign');
  certificates.client = believed.certificate('client', { names: 'DNS:agent.test' });
});

const pair = (name: string) => {
  const { certFile, keyFile } = certificates[name]!;
  return { cert: readFileSync(certFile), key: readFileSync(keyFile) };
};

interface Kind {
  probe: Probe;
  serve: (options: TlsOptions) => Promise<number>;
  check: (target: string) => Partial<CheckDefinition>;
}

/** Ends its connections with the test, lest `close` waits for them. */
function listenHttp2(server: Http2SecureServer): Promise<number> {
  server.on('session', (session) => {
    session.on('error', () => {});
    onTestFinished(() => session.destroy());
  });
  server.on('stream', (stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.end(Buffer.from([0, 0, 0, 0, 2, 8, 1]));
  });
  return listen(server);
}

const kinds: Record<string, Kind> = {
  http: {
    probe: probeHttp,
    serve: (options) => listen(createHttpsServer(options, (_request, response) => response.end('secure'))),
    check: (target) => ({ HTTP: `https://${target}/` }),
  },
  tcp: {
    probe: probeTcp,
    serve: (options) => listen(createTlsServer(options, (socket) => socket.on('error', () => {}))),
    check: (target) => ({ TCP: target, TCPUseTLS: true }),
  },
  grpc: {
    probe: probeGrpc,
    serve: (options) => listenHttp2(createSecureServer(options)),
    check: (target) => ({ GRPC: target, GRPCUseTLS: true }),
  },
  h2ping: {
    probe: probeH2Ping,
    serve: (options) => listenHttp2(createSecureServer(options)),
    check: (target) => ({ H2PING: target }),
  },
};

/** As an agent that believes the one authority, and shows a certificate if told to. */
const tls =
  (serverName = '', client = false) =>
  (): CheckTls => ({
    context: createSecureContext({ ca: readFileSync(believed.caFile), ...(client ? pair('client') : {}) }),
    serverName,
  });

const rows: [law: string, certificate: string, Partial<CheckDefinition>, serverName: string, why: string][] =
  [
    ['for the address dialled', 'good', {}, '', ''],
    ['for the name that is asked for', 'named', { TLSServerName: 'web.test' }, '', ''],
    ['for the agent’s name', 'named', {}, 'web.test', ''],
    [
      'for the check’s name, which counts more than the agent’s',
      'named',
      { TLSServerName: 'web.test' },
      'x',
      '',
    ],
    [
      'for a name, not the address',
      'named',
      {},
      '',
      "cannot validate certificate for 127.0.0.1 because it doesn't contain any IP SANs",
    ],
    [
      'for another name',
      'good',
      { TLSServerName: 'other.test' },
      '',
      'certificate is valid for web.test, 127.0.0.1, not other.test',
    ],
    ['that has expired', 'expired', {}, '', 'certificate has expired or is not yet valid'],
    ['of another authority', 'foreign', {}, '', 'certificate signed by unknown authority'],
    ['that has expired and is not verified', 'expired', { TLSSkipVerify: true }, '', ''],
    ['of another authority and not verified', 'foreign', { TLSSkipVerify: true }, '', ''],
    [
      'for another name and not verified',
      'good',
      { TLSSkipVerify: true, TLSServerName: 'other.test' },
      '',
      '',
    ],
  ];

describe.each(Object.entries(kinds))('%s', (_kind, { probe, serve, check }) => {
  test.each(rows)('a certificate %s', async (_law, certificate, settings, serverName, why) => {
    const target = `127.0.0.1:${await serve(pair(certificate))}`;
    const [status, output] = await outcome(
      probe(aCheck({ ...check(target), ...settings }), { ...aRun(), tls: tls(serverName) }),
    );
    expect([status, output]).toEqual(
      why
        ? ['critical', expect.stringContaining(`tls: failed to verify certificate: x509: ${why}`)]
        : ['passing', expect.any(String)],
    );
  });

  test('a server that begins no handshake is critical after the timeout', async () => {
    const target = `127.0.0.1:${await listen(createTcpServer((socket) => socket.on('error', () => {})))}`;
    const [status, output] = await outcome(probe(aCheck(check(target)), aRun(200)));
    expect([status, output]).toEqual([
      'critical',
      expect.stringMatching(/timeout|deadline exceeded|DeadlineExceeded/),
    ]);
  });

  test('certificates that cannot be read are critical, and the output says why', async () => {
    const target = `127.0.0.1:${await serve(pair('good'))}`;
    const unreadable = () => {
      throw new Error('/no/ca.pem cannot be read');
    };
    const found = await outcome(probe(aCheck(check(target)), { ...aRun(), tls: unreadable }));
    expect(found).toEqual(['critical', expect.stringContaining('/no/ca.pem cannot be read')]);
  });
});

test.each([
  ['http', true, 'passing'],
  ['http', false, 'critical'],
  ['grpc', true, 'passing'],
  ['grpc', false, 'critical'],
])('a server that wants a certificate of its clients: %s, shown: %s, is %s', async (kind, shown, status) => {
  const { probe, serve, check } = kinds[kind]!;
  const mutual = {
    ...pair('good'),
    ca: readFileSync(believed.caFile),
    requestCert: true,
    rejectUnauthorized: true,
  };
  const target = `127.0.0.1:${await serve(mutual)}`;
  const [found] = await outcome(probe(aCheck(check(target)), { ...aRun(), tls: tls('', shown) }));
  expect(found).toBe(status);
});

test.each<[string, TlsOptions, string]>([
  [
    'wants a certificate of the agent',
    { requestCert: true, rejectUnauthorized: true },
    'certificate required',
  ],
  [
    'speaks no version that is still in use',
    { maxVersion: 'TLSv1.1', minVersion: 'TLSv1' },
    'protocol version not supported',
  ],
  ['has no cipher in common', { maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA' }, 'handshake failure'],
])('a server that %s says so in words that stay the same', async (_what, options, why) => {
  const port = await kinds.http!.serve({
    ...pair('good'),
    ...{ ca: readFileSync(believed.caFile), ciphers: 'DEFAULT@SECLEVEL=0', ...options },
  });
  const HTTP = `https://127.0.0.1:${port}/`;
  const tls = () => ({ context: createSecureContext({ ciphers: 'DEFAULT:!AES128-SHA' }), serverName: '' });
  expect(await outcome(probeHttp(aCheck({ HTTP, TLSSkipVerify: true }), { ...aRun(), tls }))).toEqual([
    'critical',
    `Get "${HTTP}": remote error: tls: ${why}`,
  ]);
});
