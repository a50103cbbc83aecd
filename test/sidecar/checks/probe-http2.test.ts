import { createSecureServer, createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import { createServer as createTcpServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { decodeHealthResponse, encodeHealthRequest } from '../../../sidecar/checks/grpc-health.ts';
import { probeGrpc } from '../../../sidecar/checks/probe-grpc.ts';
import { probeH2Ping } from '../../../sidecar/checks/probe-h2ping.ts';
import type { CheckDefinition } from '../../../src/shared/model.ts';
import { aCheck, aRun, closedPort, listen, outcome } from './probe-context.ts';
import { webCertificate } from './web-certificate.ts';

/** Ends its connections with the test, lest `close` waits for them. */
async function listenHttp2(server: Http2Server): Promise<string> {
  server.on('session', (session) => onTestFinished(() => session.destroy()));
  return `127.0.0.1:${await listen(server)}`;
}
const aSilentServer = async () =>
  `127.0.0.1:${await listen(createTcpServer((socket) => socket.on('error', () => {})))}`;
const aMailServer = async () =>
  `127.0.0.1:${await listen(createTcpServer((socket) => socket.end('220 ready\r\n')))}`;

const ping = (H2PING: string, settings: Partial<CheckDefinition> = { H2PingUseTLS: false }, run = aRun()) =>
  outcome(probeH2Ping(aCheck({ H2PING, ...settings }), run));
const grpc = (GRPC: string, settings: Partial<CheckDefinition> = {}, run = aRun()) =>
  outcome(probeGrpc(aCheck({ GRPC, ...settings }), run));

test('a server that acknowledges a ping is passing', async () => {
  expect(await ping(await listenHttp2(createServer()))).toEqual(['passing', 'HTTP2 ping was successful']);
});

test('a ping is encrypted unless told otherwise', async () => {
  const target = await listenHttp2(createSecureServer(webCertificate));
  expect(await ping(target, { TLSSkipVerify: true })).toEqual(['passing', 'HTTP2 ping was successful']);
  expect(await ping(target, {})).toEqual([
    'critical',
    `Failed to dial to ${target}: tls: failed to verify certificate: x509: certificate signed by unknown authority`,
  ]);
});

test('a ping that nobody answers is critical', async () => {
  const nobody = `127.0.0.1:${await closedPort()}`;
  expect(await ping(nobody)).toEqual([
    'critical',
    `Failed to dial to ${nobody}: dial tcp ${nobody}: connect: connection refused`,
  ]);
  const hanging = await ping(await aSilentServer(), { H2PingUseTLS: false }, aRun(200));
  expect(hanging).toEqual(['critical', 'HTTP2 ping failed: context deadline exceeded']);
  expect(await ping(await aMailServer())).toEqual([
    'critical',
    expect.stringMatching(/^HTTP2 ping failed: ./),
  ]);
});

/** Answers with a status for each service, as a gRPC server does; without one, that it knows none. */
function aHealthServer(statuses: Record<string, number>): Http2Server {
  const server = createServer();
  server.on('stream', (stream, headers) => {
    expect(headers).toMatchObject({
      ':method': 'POST',
      ':path': '/grpc.health.v1.Health/Check',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    stream.once('data', (frame: Buffer) => answer(stream, statuses[frame.subarray(7).toString()]));
  });
  return server;
}

function answer(stream: ServerHttp2Stream, status: number | undefined): void {
  if (status === undefined) {
    const trailers = { 'grpc-status': '5', 'grpc-message': 'unknown%20service' };
    stream.respond({ ':status': 200, 'content-type': 'application/grpc', ...trailers }, { endStream: true });
    return;
  }
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  stream.end(Buffer.from(status === 0 ? [0, 0, 0, 0, 0] : [0, 0, 0, 0, 2, 8, status]));
}

test.each([
  ['', 'passing', (target: string) => `gRPC check ${target}: success`],
  ['/web', 'passing', (target: string) => `gRPC check ${target}: success`],
  ['/a/b', 'passing', (target: string) => `gRPC check ${target}: success`],
  ['/unknown', 'critical', (target: string) => `gRPC ${target} serving status: UNKNOWN`],
  ['/stopped', 'critical', (target: string) => `gRPC ${target} serving status: NOT_SERVING`],
  ['/nope', 'critical', () => 'rpc error: code = NotFound desc = unknown service'],
])('a gRPC server asked about "%s" is %s', async (service, status, output) => {
  const server = aHealthServer({ '': 1, web: 1, 'a/b': 1, stopped: 2, unknown: 0 });
  const target = `${await listenHttp2(server)}${service}`;
  expect(await grpc(target)).toEqual([status, output(target)]);
});

test('a gRPC server over TLS', async () => {
  const server = createSecureServer(webCertificate);
  server.on('stream', (stream) => answer(stream, 1));
  const target = await listenHttp2(server as unknown as Http2Server);
  expect(await grpc(target, { GRPCUseTLS: true, TLSSkipVerify: true })).toEqual([
    'passing',
    `gRPC check ${target}: success`,
  ]);
});

test('an HTTP/2 server that speaks no gRPC is critical', async () => {
  const server = createServer((_request, response) => response.writeHead(404).end());
  expect(await grpc(await listenHttp2(server))).toEqual([
    'critical',
    'rpc error: code = Unimplemented desc = unexpected HTTP status code received from server: 404 (Not Found)',
  ]);
});

test('a gRPC server that does not answer is critical', async () => {
  const nobody = `127.0.0.1:${await closedPort()}`;
  const why = `transport: Error while dialing: dial tcp ${nobody}: connect: connection refused`;
  expect(await grpc(nobody)).toEqual([
    'critical',
    `rpc error: code = Unavailable desc = connection error: desc = "${why}"`,
  ]);
  expect(await grpc(await aSilentServer(), {}, aRun(200))).toEqual([
    'critical',
    'rpc error: code = DeadlineExceeded desc = context deadline exceeded',
  ]);
  const mail = await grpc(await aMailServer());
  expect(mail).toEqual(['critical', expect.stringMatching(/^rpc error: code = Unavailable desc = /)]);
});

test.each<[string, (stream: ServerHttp2Stream) => void, RegExp]>([
  ['closes the connection', (stream) => stream.session?.destroy(), /^rpc error: code = Unavailable desc = /],
  ['resets the stream', (stream) => stream.close(2), /^rpc error: code = Unavailable desc = /],
  [
    'answers nothing',
    (stream) => stream.respond({ ':status': 200 }, { endStream: true }),
    /code = Internal desc = the answer holds no message/,
  ],
  [
    'fails',
    (stream) => stream.respond({ ':status': 503 }, { endStream: true }),
    /code = Unavailable desc = unexpected HTTP status code received from server: 503/,
  ],
  [
    'refuses',
    (stream) =>
      stream.respond(
        { ':status': 200, 'grpc-status': '16', 'grpc-message': 'no%20token' },
        { endStream: true },
      ),
    /code = Unauthenticated desc = no token$/,
  ],
  [
    'refuses with a percent sign of its own',
    (stream) =>
      stream.respond(
        { ':status': 200, 'grpc-status': '14', 'grpc-message': 'disk 100% full, %C3%BC' },
        { endStream: true },
      ),
    /code = Unavailable desc = disk 100% full, ü$/,
  ],
  [
    'is a web server',
    (stream) => {
      stream.respond({ ':status': 200, 'content-type': 'text/html' });
      stream.end('<html>');
    },
    /code = Unknown desc = .*: 200 \(OK\); transport: received unexpected content-type "text\/html"$/,
  ],
  ['takes the stream back', (stream) => stream.close(8), /code = Unavailable desc = .*EOF"$/],
  ['answers without end', answerWithoutEnd, /code = DeadlineExceeded desc = context deadline exceeded$/],
])('a gRPC server that %s is critical', async (_what, act, output) => {
  const server = createServer();
  server.on('stream', (stream) => {
    stream.on('error', () => {});
    act(stream);
  });
  expect(await grpc(await listenHttp2(server), {}, aRun(500))).toEqual([
    'critical',
    expect.stringMatching(output),
  ]);
});

function answerWithoutEnd(stream: ServerHttp2Stream): void {
  const go = () => {
    while (stream.writable && stream.write(Buffer.alloc(1000)));
  };
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
  stream.on('drain', go);
  go();
}

test('targets are found by name, by IPv6, and without a host on this one', async () => {
  const port = (await listenHttp2(aHealthServer({ '': 1 }))).split(':')[1];
  expect(await grpc(`:${port}`)).toEqual(['passing', `gRPC check :${port}: success`]);
  expect(await ping(`:${port}`)).toEqual(['passing', 'HTTP2 ping was successful']);
  expect(await grpc(`localhost:${port}`)).toEqual(['passing', `gRPC check localhost:${port}: success`]);
  expect(await ping(`localhost:${port}`)).toEqual(['passing', 'HTTP2 ping was successful']);
  const server6 = aHealthServer({ '': 1 });
  server6.on('session', (session) => onTestFinished(() => session.destroy()));
  const target6 = `[::1]:${await listen(server6, '::1')}`;
  expect(await grpc(target6)).toEqual(['passing', `gRPC check ${target6}: success`]);
  expect(await ping(target6)).toEqual(['passing', 'HTTP2 ping was successful']);
});

test.each([
  ['', '0000000000'],
  ['web', '00000000050a03776562'],
])('a request about "%s" is these bytes', (service, hex) => {
  expect(encodeHealthRequest(service).toString('hex')).toBe(hex);
});

test('a service name of 128 bytes takes two bytes of length, one of 127 takes one', () => {
  expect(encodeHealthRequest('x'.repeat(127)).toString('hex').slice(0, 16)).toBe('00000000810a7f78');
  expect(encodeHealthRequest('x'.repeat(128)).toString('hex').slice(0, 18)).toBe('00000000830a800178');
});

test.each([
  ['0000000000', 'UNKNOWN'],
  ['00000000020801', 'SERVING'],
  ['00000000020802', 'NOT_SERVING'],
  ['00000000020803', 'SERVICE_UNKNOWN'],
])('the answer %s is %s', (hex, status) => {
  expect(decodeHealthResponse(Buffer.from(hex, 'hex'))).toBe(status);
});

test.each([
  ['', 'the answer holds no message'],
  ['00000000', 'the answer holds no message'],
  ['01000000020801', 'the answer is compressed, which was not asked for'],
  ['00000000020804', 'the answer is no HealthCheckResponse'],
  ['000000000108', 'the answer is no HealthCheckResponse'],
  ['00000000021001', 'the answer is no HealthCheckResponse'],
])('the answer "%s" is refused: %s', (hex, why) => {
  const message = `rpc error: code = Internal desc = ${why}`;
  expect(() => decodeHealthResponse(Buffer.from(hex, 'hex'))).toThrow(new Error(message));
});
