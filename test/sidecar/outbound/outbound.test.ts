/** What stands between a host and its edge, on real sockets: the WebSocket and plain requests take the same way. */
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { wayToEdge } from '../../../sidecar/agent/edge-way.ts';
import type { AgentConfig } from '../../../sidecar/config/agent-config.ts';
import { Outbound } from '../../../sidecar/outbound/outbound.ts';
import { EdgeClient, EdgeUnreachable } from '../../../sidecar/sync/edge-client.ts';
import { Transport } from '../../../sidecar/sync/transport.ts';
import { Authority, type CertificateFiles } from '../../certificates.ts';
import { closedPort } from '../checks/probe-context.ts';
import { FakeClock } from '../fake-clock.ts';
import { aFolder, sharedFolder } from '../scratch.ts';
import { eventually } from '../sync/scripted-edge.ts';
import { startProxy } from './a-proxy.ts';

const read = ({ certFile, keyFile }: CertificateFiles): ServerOptions => ({
  cert: readFileSync(certFile),
  key: readFileSync(keyFile),
});

let authority: Authority;
let foreign: Authority;
let serverFiles: CertificateFiles;
let clientFiles: CertificateFiles;

beforeAll(() => {
  const dir = sharedFolder();
  authority = new Authority(dir);
  foreign = new Authority(dir, 'foreign');
  serverFiles = authority.certificate('edge', { names: 'DNS:edge.test,DNS:server.dc1.consul,IP:127.0.0.1' });
  clientFiles = authority.certificate('host');
});

interface Edge {
  port: number;
  /** Headers of what arrived: of requests and of upgrades. */
  seen: Record<string, string | string[] | undefined>[];
  peers: string[];
  answer: { status: number; headers?: Record<string, string>; body?: string };
}

/** In the place of an edge, or of what stands before one. */
async function startEdge(tls?: ServerOptions): Promise<Edge> {
  const server: Server = tls ? createTlsServer(tls) : createServer();
  const edge: Edge = { port: 0, seen: [], peers: [], answer: { status: 200, body: 'edge' } };
  const sockets = new WebSocketServer({ noServer: true });
  server.on('request', (request, response) => {
    edge.seen.push(request.headers);
    const { status, headers, body = '' } = edge.answer;
    response.writeHead(status, headers).end(body);
  });
  server.on('secureConnection', (socket) =>
    edge.peers.push(String(socket.getPeerCertificate().subject?.CN ?? '')),
  );
  server.on('upgrade', (request, socket, head) => {
    edge.seen.push(request.headers);
    const { status, headers = {}, body = '' } = edge.answer;
    if (status === 200) return sockets.handleUpgrade(request, socket, head, () => undefined);
    const lines = Object.entries({ ...headers, 'Content-Length': String(Buffer.byteLength(body)) });
    socket.end(`HTTP/1.1 ${status} x\r\n${lines.map((pair) => pair.join(': ')).join('\r\n')}\r\n\r\n${body}`);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  edge.port = (server.address() as AddressInfo).port;
  onTestFinished(() => {
    for (const socket of sockets.clients) socket.terminate();
    server.closeAllConnections();
    server.close();
  });
  return edge;
}

interface Way {
  edge?: Partial<AgentConfig['edge']>;
  tls?: Partial<AgentConfig['tls']['edge']>;
  environment?: Record<string, string>;
}

const settings = (url: URL, { edge = {}, tls = {}, environment = {} }: Way) =>
  wayToEdge(
    {
      edge: { proxy: '', accessClientId: '', accessClientSecret: '', ...edge },
      tls: {
        edge: {
          ...{ caFile: '', caPath: '', certFile: '', keyFile: '', minVersion: 'TLSv1.2', ciphers: '' },
          ...{ serverName: '', verifyIncoming: false, isServed: false },
          ...tls,
        },
        https: undefined as never,
      },
    },
    [url],
    environment,
  );

/** What a request and a WebSocket come to: a status and "opened", or why not. */
function open(url: URL, way: Way) {
  const clock = new FakeClock();
  const outbound = new Outbound(clock, settings(url, way));
  const client = new EdgeClient(() => url, outbound, clock);
  onTestFinished(() => {
    client.stop();
    outbound.close();
  });
  const ask = () =>
    client.request({ method: 'GET', path: '/', timeoutMs: 60_000 }).then(
      ({ status, body }) => `${status} ${body}`,
      (error: Error) => error.message,
    );
  const connect = () =>
    new Promise<string>((resolve) => {
      const transport = new Transport(
        { edge: url, datacenter: 'dc1', token: '', follow: false, outbound, clock },
        { opened: () => resolve('opened'), received: () => undefined, heard: () => undefined, lost: resolve },
      );
      onTestFinished(() => transport.close());
    });
  return { ask, connect, outbound, clock };
}

async function outcomes(url: URL, way: Way): Promise<[string, string]> {
  const { ask, connect } = open(url, way);
  return [await ask(), await connect()];
}

const fine = ['200 edge', 'opened'];
/** The same words for both. */
const both = (why: string | RegExp) => [expect.stringMatching(why), expect.stringMatching(why)];

describe('through a proxy', () => {
  test.each([
    ['an http edge', false, 'http'],
    ['an https edge', true, 'https'],
  ])('%s is reached by CONNECT, for requests and for the WebSocket', async (_what, secure, scheme) => {
    const edge = await startEdge(secure ? read(serverFiles) : undefined);
    const proxy = await startProxy();
    const url = new URL(`${scheme}://edge.test:${edge.port}`);
    const environment = { ALL_PROXY: proxy.url.replace('//', '//user:p%40ss@') };
    expect(await outcomes(url, { environment, tls: { caFile: authority.caFile } })).toEqual(fine);
    const authorization = `Basic ${Buffer.from('user:p@ss').toString('base64')}`;
    const asked = { place: `edge.test:${edge.port}`, authorization };
    expect(proxy.asked).toEqual([asked, asked]);
    expect(edge.seen.map((headers) => headers['proxy-authorization'])).toEqual([undefined, undefined]);
  });

  test('that is spoken to over TLS', async () => {
    const edge = await startEdge(read(serverFiles));
    const proxy = await startProxy(read(authority.certificate('proxy')));
    const url = new URL(`https://edge.test:${edge.port}`);
    const way = (caFile: string) => ({ edge: { proxy: proxy.url }, tls: { caFile } });
    expect(await outcomes(url, way(authority.caFile))).toEqual(fine);
    expect(await outcomes(url, way(foreign.caFile))).toEqual(
      both(/^the certificate of the proxy 127\.0\.0\.1:\d+ comes from no authority that is believed here/),
    );
    expect(proxy.asked).toHaveLength(2);
  });

  test('a second request takes the same connection', async () => {
    const edge = await startEdge();
    const proxy = await startProxy();
    const { ask } = open(new URL(`http://edge.test:${edge.port}`), { edge: { proxy: proxy.url } });
    expect([await ask(), await ask()]).toEqual(['200 edge', '200 edge']);
    expect(proxy.asked).toHaveLength(1);
  });

  test.each([
    [
      '407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="x"',
      '',
      /wants a user name and a password \(407 .*http:\/\/user:password@…$/,
    ],
    ['407 No', 'u:secret@', /does not accept the user name and password in its URL \(407 No\)$/],
    [
      '401 Unauthorized',
      'u:secret@',
      /does not accept the user name and password in its URL \(401 Unauthorized\)$/,
    ],
    [
      '407 No\r\nProxy-Authenticate: NTLM',
      'u:secret@',
      /asks for NTLM \(407 No\): only Basic is spoken here$/,
    ],
    [
      '403 Forbidden',
      '',
      /does not connect to edge\.test:\d+ \(403 Forbidden\): it has to allow CONNECT to there$/,
    ],
    ['502 Bad Gateway', 'u:secret@', /does not connect to edge\.test:\d+ \(502 Bad Gateway\)/],
    ['nonsense', '', /does not speak HTTP/],
  ])('one that answers %j', async (refusal, credentials, why) => {
    const edge = await startEdge();
    const proxy = await startProxy();
    proxy.refusal = refusal;
    const way = { edge: { proxy: proxy.url.replace('//', `//${credentials}`) } };
    const told = await outcomes(new URL(`http://edge.test:${edge.port}`), way);
    expect(told).toEqual(both(why));
    expect(told.every((text) => text.startsWith(`the proxy ${proxy.url} `) && !text.includes('secret'))).toBe(
      true,
    );
    expect(edge.seen).toEqual([]);
  });

  test('one that is not there', async () => {
    const proxy = `http://127.0.0.1:${await closedPort()}`;
    expect(await outcomes(new URL('https://edge.test'), { edge: { proxy } })).toEqual(
      both(`^the proxy ${proxy} cannot be reached \\(connect ECONNREFUSED`),
    );
  });

  test('one that takes the connection and says nothing', async () => {
    const proxy = await startProxy();
    proxy.refusal = 'silence';
    const { ask, connect, clock } = open(new URL('https://edge.test'), { edge: { proxy: proxy.url } });
    const told = Promise.all([ask(), connect()]);
    await eventually(() => proxy.asked.length === 2);
    clock.advance(9_999);
    expect(proxy.connections).toBe(2);
    clock.advance(1);
    expect(await told).toEqual(both(`^the proxy ${proxy.url} does not answer within 10000 ms$`));
    await eventually(() => proxy.connections === 0);
  });

  test('what is still being opened ends with the agent', async () => {
    const proxy = await startProxy();
    proxy.refusal = 'silence';
    const { ask, outbound } = open(new URL('https://edge.test'), { edge: { proxy: proxy.url } });
    const told = ask();
    await eventually(() => proxy.asked.length === 1);
    outbound.close();
    await told;
    await eventually(() => proxy.connections === 0);
  });
});

describe('the certificate of an edge', () => {
  test.each<[string, () => Way, unknown[]]>([
    ['of the authority in ca_file', () => ({ tls: { caFile: authority.caFile } }), fine],
    ['of an authority in ca_path', () => ({ tls: { caPath: folderOf(authority, foreign) } }), fine],
    ['of the authority in SSL_CERT_FILE', () => ({ environment: { SSL_CERT_FILE: authority.caFile } }), fine],
    [
      'of an authority in SSL_CERT_DIR',
      () => ({ environment: { SSL_CERT_DIR: `:${folderOf(authority)}` } }),
      fine,
    ],
    [
      'of the authority in NODE_EXTRA_CA_CERTS',
      () => ({ environment: { NODE_EXTRA_CA_CERTS: authority.caFile } }),
      fine,
    ],
    [
      'of another than ca_file, though the environment believes it',
      () => ({ tls: { caFile: foreign.caFile }, environment: { SSL_CERT_FILE: authority.caFile } }),
      both(
        /^the certificate of 127\.0\.0\.1:\d+ comes from no authority that is believed here \(.*foreign\.pem\): name its authority with ca_file$/,
      ),
    ],
    ['of no authority of the system', () => ({}), both(/comes from no authority that is believed here/)],
    [
      'for another name',
      () => ({ tls: { caFile: authority.caFile, serverName: 'other.test' } }),
      both(
        /^the certificate of 127\.0\.0\.1:\d+ is not for other\.test but for DNS:edge\.test, .*\(tls_server_name\)\?$/,
      ),
    ],
    [
      'for the name that is expected',
      () => ({ tls: { caFile: authority.caFile, serverName: 'server.dc1.consul' } }),
      fine,
    ],
  ])('%s', async (_what, way, expected) => {
    const edge = await startEdge(read(serverFiles));
    expect(await outcomes(new URL(`https://127.0.0.1:${edge.port}`), way())).toEqual(expected);
  });

  test('that has expired', async () => {
    const edge = await startEdge(read(authority.certificate('old', { days: -1 })));
    const way = { tls: { caFile: authority.caFile } };
    expect(await outcomes(new URL(`https://127.0.0.1:${edge.port}`), way)).toEqual(
      both(/^the certificate of 127\.0\.0\.1:\d+, or of its authority, has expired$/),
    );
  });

  test('an edge without TLS', async () => {
    const edge = await startEdge();
    expect(await outcomes(new URL(`https://127.0.0.1:${edge.port}`), {})).toEqual(
      both(/^127\.0\.0\.1:\d+ does not speak TLS: should its address begin with http:\/\/\?$/),
    );
  });

  test('an edge with less than the version that is wanted', async () => {
    const edge = await startEdge({ ...read(serverFiles), maxVersion: 'TLSv1.2' });
    const way = { tls: { caFile: authority.caFile, minVersion: 'TLSv1.3' as const } };
    expect(await outcomes(new URL(`https://127.0.0.1:${edge.port}`), way)).toEqual(
      both(/ends the TLS handshake \(protocol version\)/),
    );
  });
});

describe('an edge that asks for a certificate', () => {
  const asking = (more: ServerOptions = {}): ServerOptions => ({
    ...read(serverFiles),
    ca: readFileSync(authority.caFile),
    requestCert: true,
    rejectUnauthorized: true,
    ...more,
  });

  test('is shown that of this host', async () => {
    const edge = await startEdge(asking());
    const way = { tls: { caFile: authority.caFile, ...clientFiles } };
    expect(await outcomes(new URL(`https://127.0.0.1:${edge.port}`), way)).toEqual(fine);
    expect(edge.peers).toEqual(['host', 'host']);
  });

  test.each<[string, () => Partial<AgentConfig['tls']['edge']>, RegExp]>([
    ['TLSv1.2', () => ({}), /wants a certificate of this host/],
    ['TLSv1.3', () => ({}), /wants a certificate of this host/],
  ])('and refuses (%s) who has none, or a bad one', async (maxVersion, files, why) => {
    const edge = await startEdge(asking({ maxVersion: maxVersion as 'TLSv1.2' }));
    const way = { tls: { caFile: authority.caFile, ...files() } };
    expect(await outcomes(new URL(`https://127.0.0.1:${edge.port}`), way)).toEqual(both(why));
    expect(edge.seen).toEqual([]);
  });

  test('new settings are for the next request, whatever idles', async () => {
    const edge = await startEdge(asking());
    const url = new URL(`https://127.0.0.1:${edge.port}`);
    const { ask, outbound } = open(url, { tls: { caFile: authority.caFile, ...clientFiles } });
    expect([await ask(), await ask(), edge.peers]).toEqual(['200 edge', '200 edge', ['host']]);
    const rotated = authority.certificate('rotated');
    outbound.use(settings(url, { tls: { caFile: authority.caFile, ...rotated } }));
    expect([await ask(), edge.peers]).toEqual(['200 edge', ['host', 'rotated']]);
    outbound.use(settings(url, { tls: { caFile: foreign.caFile, ...rotated } }));
    expect(await ask()).toMatch(/comes from no authority/);
  });
});

describe('files that cannot be used are refused when they are read', () => {
  const url = new URL('https://edge.test');
  const missing = '/nowhere/x.pem';
  test.each<[string, () => Way, RegExp]>([
    ['no such ca_file', () => ({ tls: { caFile: missing } }), /^\/nowhere\/x\.pem cannot be read: ENOENT/],
    [
      'a ca_file without a certificate',
      () => ({ tls: { caFile: clientFiles.keyFile } }),
      /holds no certificate \(PEM\)$/,
    ],
    ['no such ca_path', () => ({ tls: { caPath: '/nowhere' } }), /^\/nowhere cannot be read: ENOENT/],
    [
      'an empty ca_path',
      () => ({ tls: { caPath: aFolder() } }),
      /^no file in .* holds a certificate \(PEM\)$/,
    ],
    ['no such SSL_CERT_FILE', () => ({ environment: { SSL_CERT_FILE: missing } }), /cannot be read: ENOENT/],
    ['no such cert_file', () => ({ tls: { ...clientFiles, certFile: missing } }), /cannot be read: ENOENT/],
    [
      'a key of another',
      () => ({ tls: { ...clientFiles, keyFile: serverFiles.keyFile } }),
      /^the key in .*edge\.key is not that of the certificate in .*host\.pem$/,
    ],
    [
      'a certificate for a key',
      () => ({ tls: { ...clientFiles, keyFile: clientFiles.certFile } }),
      /host\.pem holds no private key \(PEM\)/,
    ],
    [
      'a proxy that is none',
      () => ({ environment: { HTTPS_PROXY: 'socks5://p' } }),
      /^HTTPS_PROXY: "socks5:\/\/p" cannot be used/,
    ],
  ])('%s', (_what, way, why) => expect(() => settings(url, way())).toThrow(why));
});

test.each(['http', 'https'])('who asks an %s edge and goes takes the connection along', async (scheme) => {
  let gone = 0;
  const proxied = await startProxy();
  const tls = scheme === 'https' ? read(serverFiles) : undefined;
  const server = tls ? createTlsServer(tls) : createServer();
  server.on('request', (request) =>
    request.socket.once('close', () => (gone += 1)).on('error', () => undefined),
  );
  let asked = 0;
  server.on('request', () => (asked += 1));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => void server.close());
  const url = new URL(`${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`);
  for (const proxy of ['direct', proxied.url]) {
    const clock = new FakeClock();
    const outbound = new Outbound(
      clock,
      settings(url, { edge: { proxy }, tls: { caFile: authority.caFile } }),
    );
    const client = new EdgeClient(() => url, outbound, clock);
    onTestFinished(() => client.stop());
    const abort = new AbortController();
    const { signal } = abort;
    const answer = client.request({ method: 'GET', path: '/', timeoutMs: 60_000, waits: true, signal });
    const refused = expect(answer).rejects.toThrow(EdgeUnreachable);
    const before = asked;
    await eventually(() => asked === before + 1);
    abort.abort();
    await refused;
    await eventually(() => gone === asked);
  }
});

describe('Cloudflare Access before an edge', () => {
  const login = { location: 'https://team.cloudflareaccess.com/cdn-cgi/access/login/edge.test' };

  test('is shown the service token, over TLS alone', async () => {
    const way = {
      edge: { accessClientId: 'id.access', accessClientSecret: 'hidden' },
      tls: { caFile: authority.caFile },
    };
    const [secure, plain] = [await startEdge(read(serverFiles)), await startEdge()];
    expect(await outcomes(new URL(`https://127.0.0.1:${secure.port}`), way)).toEqual(fine);
    expect(await outcomes(new URL(`http://127.0.0.1:${plain.port}`), way)).toEqual(fine);
    const shown = ({ seen }: Edge) =>
      seen.map((headers) => [headers['cf-access-client-id'], headers['cf-access-client-secret']]);
    expect(shown(secure)).toEqual([
      ['id.access', 'hidden'],
      ['id.access', 'hidden'],
    ]);
    expect(shown(plain)).toEqual([
      [undefined, undefined],
      [undefined, undefined],
    ]);
  });

  test('its page is no answer of the edge', async () => {
    const edge = await startEdge(read(serverFiles));
    edge.answer = { status: 302, headers: login, body: 'redirecting' };
    const url = new URL(`https://127.0.0.1:${edge.port}`);
    const tls = { caFile: authority.caFile };
    expect(await outcomes(url, { tls })).toEqual(
      both(/^Cloudflare Access stands before the edge \(302\): set edge\.access_client_id/),
    );
    const told = await outcomes(url, {
      tls,
      edge: { accessClientId: 'id.access', accessClientSecret: 'hidden' },
    });
    expect(told).toEqual(both(/^Cloudflare Access does not let the service token id\.access in/));
    expect(told.join()).not.toContain('hidden');
  });
});

test('a refusal without an end is told with what there is of it', async () => {
  const server = createTcpServer((socket) =>
    socket.write('HTTP/1.1 503 x\r\nContent-Length: 9999\r\n\r\nso far'),
  );
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => void server.close());
  const { connect, clock } = open(new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), {});
  const told = connect();
  await eventually(() => clock.pending > 0);
  clock.advance(3_000);
  expect(await told).toBe('503 so far');
});

/** A folder of authorities, as ca_path wants it, with something else in it. */
function folderOf(...authorities: Authority[]): string {
  const dir = aFolder();
  writeFileSync(join(dir, 'README'), 'no certificate');
  for (const [i, { caFile }] of authorities.entries()) symlinkSync(caFile, join(dir, `${i}.0`));
  return dir;
}
