import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { echo, echoed, probe, serve } from './http-echo.ts';
import { aRun, closedPort, listen } from './probe-context.ts';
import { webCertificate } from './web-certificate.ts';

const serveTcp = async (handler: (socket: Socket) => void) => {
  const server = createTcpServer((socket) => {
    socket.on('error', () => {});
    handler(socket);
  });
  return `http://127.0.0.1:${await listen(server)}`;
};
test.each([
  [200, 'passing', '200 OK'],
  [204, 'passing', '204 No Content'],
  [299, 'passing', '299 Odd'],
  [304, 'critical', '304 Not Modified'],
  [404, 'critical', '404 Not Found'],
  [428, 'critical', '428 Precondition Required'],
  [429, 'warning', '429 Too Many Requests'],
  [503, 'critical', '503 Service Unavailable'],
])('an answer %d is %s', async (code, status, line) => {
  const url = await serve((_request, response) => {
    if (code === 299) response.statusMessage = 'Odd';
    response.writeHead(code).end(code === 204 || code === 304 ? undefined : 'body');
  });
  const body = code === 204 || code === 304 ? '' : 'body';
  expect(await probe(`${url}/a?b`)).toEqual([status, `HTTP GET ${url}/a?b: ${line} Output: ${body}`]);
});

test('a request says who asks and asks for text, on a connection of its own', async () => {
  let connection: string | undefined;
  const url = await serve((request, response) => {
    connection = request.headers.connection;
    void echo(request, response);
  });
  expect(echoed(await probe(`${url}/x?y#z`))).toEqual({
    method: 'GET',
    url: '/x?y',
    body: '',
    lengths: [null, null],
    host: url.slice('http://'.length),
    agent: 'Consul Health Check',
    accept: 'text/plain, text/*, */*',
  });
  expect(connection).toBe('close');
});

test('method, body and headers are the check’s, whatever the case of their names', async () => {
  const Header = { 'x-a': ['1', '2'], HOST: ['web.test'], 'user-AGENT': ['mine'] };
  const found = await probe(await serve(echo), { Method: 'POST', Body: 'hé', Header });
  expect(found[1]).toMatch(/^HTTP POST http:/);
  const sent = {
    method: 'POST',
    body: 'hé',
    lengths: ['3', null],
    host: 'web.test',
    agent: 'mine',
    a: '1, 2',
  };
  expect(echoed(found)).toMatchObject(sent);
});

test('a GET with a body tells its length', async () => {
  const found = echoed(await probe(await serve(echo), { Body: 'b' }));
  expect(found).toMatchObject({ method: 'GET', body: 'b', lengths: ['1', null] });
});

test('a user in the URL is sent as basic authorization, the password not shown', async () => {
  const url = (await serve(echo)).replace('http://', 'http://me:s%20ecret@');
  expect(echoed(await probe(url)).authorization).toBe(`Basic ${btoa('me:s ecret')}`);
  const nobody = `http://me:secret@127.0.0.1:${await closedPort()}/`;
  expect((await probe(nobody))[1]).toBe(
    `Get "${nobody.replace('secret', '***')}": dial tcp ${new URL(nobody).host}: connect: connection refused`,
  );
});

test('the last 4096 bytes of the body are kept', async () => {
  const url = await serve((request, response) =>
    response.end(`${'a'.repeat(Number(request.url!.slice(1)))}END`),
  );
  expect((await probe(`${url}/4093`))[1]).toBe(`HTTP GET ${url}/4093: 200 OK Output: ${'a'.repeat(4093)}END`);
  expect((await probe(`${url}/4094`))[1]).toBe(`HTTP GET ${url}/4094: 200 OK Output: ${'a'.repeat(4093)}END`);
  const shorter = await probe(`${url}/4094`, {}, aRun(5000, 10));
  expect(shorter[1]).toBe(`HTTP GET ${url}/4094: 200 OK Output: aaaaaaaEND`);
});

test('of a body 1 MiB is read', async () => {
  const size = 1_048_576;
  const url = await serve((request, response) =>
    response.end(`${'a'.repeat(size - 2)}${request.url!.slice(1)}`),
  );
  expect((await probe(`${url}/bc`, {}, aRun(5000, 3)))[1]).toMatch(/Output: abc$/);
  expect((await probe(`${url}/bcd`, {}, aRun(5000, 3)))[1]).toMatch(/Output: abc$/);
});

test('a body without end is cut at the timeout; the status counts', async () => {
  const url = await serve((_request, response) => void response.write('partial'));
  expect(await probe(url, {}, aRun(100))).toEqual(['passing', `HTTP GET ${url}: 200 OK Output: partial`]);
});

test('a server that hangs is critical after the timeout', async () => {
  const url = await serve(() => {});
  expect(await probe(url, {}, aRun(100))).toEqual([
    'critical',
    `Get "${url}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
  ]);
});

test.each([
  ['closes', (socket: Socket) => socket.end(), 'EOF'],
  ['resets', (socket: Socket) => socket.resetAndDestroy(), 'read: connection reset by peer'],
  [
    'speaks no HTTP',
    (socket: Socket) => socket.end('220 mail ready\r\n'),
    'net/http: HTTP/1.x transport connection broken: malformed HTTP response',
  ],
])('a server that %s is critical', async (_what, answer, why) => {
  const url = await serveTcp((socket) => socket.once('data', () => answer(socket)));
  expect(await probe(url)).toEqual(['critical', `Get "${url}": ${why}`]);
});

const twoHundred = 'HTTP/1.1 200 OK\r\n';

test.each<[string, string, string, string | RegExp]>([
  [
    'ends in the midst of its body',
    `${twoHundred}Content-Length: 100\r\n\r\npart`,
    'passing',
    '200 OK Output: part',
  ],
  ['ends in the midst of its headers', `${twoHundred}Content-`, 'critical', /: EOF$/],
  [
    'cuts its body into pieces that are none',
    `${twoHundred}Transfer-Encoding: chunked\r\n\r\nZZ\r\nx`,
    'passing',
    '200 OK Output: ',
  ],
  [
    'says to go on first',
    `HTTP/1.1 100 Continue\r\n\r\n${twoHundred}Content-Length: 2\r\n\r\nhi`,
    'passing',
    '200 OK Output: hi',
  ],
  [
    'changes the protocol',
    'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n',
    'critical',
    '101 Switching Protocols Output: ',
  ],
  ['speaks HTTP/1.0', 'HTTP/1.0 200 OK\r\n\r\nold', 'passing', '200 OK Output: old'],
  [
    'gives no reason',
    'HTTP/1.1 503\r\nContent-Length: 2\r\n\r\nhi',
    'critical',
    '503 Service Unavailable Output: hi',
  ],
  [
    'has a code of its own',
    'HTTP/1.1 599 Odd One\r\nContent-Length: 2\r\n\r\nhi',
    'critical',
    '599 Odd One Output: hi',
  ],
  [
    'redirects to nowhere',
    'HTTP/1.1 302 Found\r\nContent-Length: 1\r\n\r\nx',
    'critical',
    '302 Found Output: x',
  ],
  [
    'redirects to itself',
    'HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n',
    'critical',
    /: stopped after 10 redirects$/,
  ],
  [
    'redirects to another protocol',
    'HTTP/1.1 302 Found\r\nLocation: ftp://x/\r\n\r\n',
    'critical',
    /: unsupported protocol scheme "ftp"$/,
  ],
])('a server that %s', async (_what, answer, status, output) => {
  const url = await serveTcp((socket) => socket.once('data', () => socket.end(answer)));
  const text = typeof output === 'string' ? `HTTP GET ${url}: ${output}` : expect.stringMatching(output);
  expect(await probe(url)).toEqual([status, text]);
});

test('1 MiB of headers is read, and headers without end are not', async () => {
  const size = 1_048_576;
  const url = await serveTcp((socket) =>
    socket.once('data', () =>
      socket.end(`${twoHundred}X: ${'x'.repeat(size - 100)}\r\nContent-Length: 2\r\n\r\nhi`),
    ),
  );
  expect(await probe(url)).toEqual(['passing', `HTTP GET ${url}: 200 OK Output: hi`]);
  const endless = await serveTcp((socket) => {
    const go = () => {
      while (socket.writable && socket.write(`X: ${'x'.repeat(1000)}\r\n`));
    };
    socket.write(twoHundred);
    socket.on('drain', go);
    go();
  });
  expect(await probe(endless)).toEqual([
    'critical',
    expect.stringMatching(/server response headers exceeded 1048576 bytes; aborted$/),
  ]);
});

test('a server is found by its name, and by IPv6', async () => {
  const port = await listen(createServer((_request, response) => response.end(response.req.headers.host)));
  const port6 = await listen(
    createServer((_request, response) => response.end(response.req.headers.host)),
    '::1',
  );
  for (const host of [`localhost:${port}`, `[::1]:${port6}`])
    expect(await probe(`http://${host}/`)).toEqual([
      'passing',
      `HTTP GET http://${host}/: 200 OK Output: ${host}`,
    ]);
});

test('nobody listening is critical in the words of Go', async () => {
  const port = await closedPort();
  expect(await probe(`http://127.0.0.1:${port}/health`, { Method: 'PUT' })).toEqual([
    'critical',
    `Put "http://127.0.0.1:${port}/health": dial tcp 127.0.0.1:${port}: connect: connection refused`,
  ]);
});

test.each([
  ['web.test', 'Get "web.test": unsupported protocol scheme ""'],
  ['ftp://web.test/', 'Get "ftp://web.test/": unsupported protocol scheme "ftp"'],
  ['http:///x', 'Get "http:///x": http: no Host in request URL'],
  ['http://[::1', 'parse "http://[::1": invalid URL'],
])('%s is critical: %s', async (url, output) => {
  expect(await probe(url)).toEqual(['critical', output]);
});

test('how a request is framed and whom it names are not left to empty or wrong headers', async () => {
  const url = await serve(echo);
  const Header = { 'Content-Length': ['99'], 'transfer-encoding': ['chunked'], Host: [''] };
  expect(echoed(await probe(url, { Method: 'POST', Body: 'b', Header }))).toMatchObject({
    host: url.slice('http://'.length),
    body: 'b',
    lengths: ['1', null],
  });
});

test('a header that cannot be sent is critical', async () => {
  expect((await probe(await serve(echo), { Header: { 'X-A': ['1\n2'] } }))[0]).toBe('critical');
});

test('a TLS handshake that hangs ends at the timeout, in the words of any timeout', async () => {
  const url = (await serveTcp(() => {})).replace('http:', 'https:');
  expect(await probe(url, {}, aRun(100))).toEqual([
    'critical',
    `Get "${url}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
  ]);
});

const serveSecurely = async () => {
  const names: unknown[] = [];
  const server = createSecureServer(webCertificate, (_request, response) => response.end('secure'));
  server.on('secureConnection', (socket) => names.push(socket.servername));
  return { url: `https://127.0.0.1:${await listen(server)}/`, names };
};

test('a certificate that nobody vouches for is critical, unless it is not verified', async () => {
  const { url } = await serveSecurely();
  const why = 'tls: failed to verify certificate: x509: certificate signed by unknown authority';
  expect(await probe(url)).toEqual(['critical', `Get "${url}": ${why}`]);
  expect(await probe(url, { TLSSkipVerify: true })).toEqual([
    'passing',
    `HTTP GET ${url}: 200 OK Output: secure`,
  ]);
});

test('TLSServerName is the name the server is asked for', async () => {
  const { url, names } = await serveSecurely();
  await probe(url, { TLSSkipVerify: true, TLSServerName: 'web.test' });
  await probe(url, { TLSSkipVerify: true });
  expect(names).toEqual(['web.test', false]);
});

test('TLS to a server without it is critical', async () => {
  const url = (await serve(echo)).replace('http:', 'https:');
  expect(await probe(url)).toEqual([
    'critical',
    `Get "${url}": tls: first record does not look like a TLS handshake`,
  ]);
});
