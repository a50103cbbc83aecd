/** Limits that only sockets show. */
import http from 'node:http';
import net from 'node:net';
import { Hono } from 'hono';
import { describe, expect, it, onTestFinished } from 'vitest';
import { HttpServer } from '../../../sidecar/http/http-server.ts';

const address = '127.0.0.1';

async function start({
  headerBytesMax = 16_384,
  connsPerClientMax = 0,
} = {}): Promise<{ port: number; served: string[] }> {
  const served: string[] = [];
  const app = new Hono();
  app.all('/waits', () => new Promise<Response>(() => undefined));
  app.all('*', (c) => {
    served.push(c.req.method);
    return c.text('served');
  });
  const server = new HttpServer(app, {
    headerBytesMax,
    connsPerClientMax: () => connsPerClientMax,
    permissions: { user: '', group: '', mode: '' },
    tls: undefined,
  });
  const port = await freePort();
  await server.start([{ ip: address }], port);
  onTestFinished(() => server.stop());
  return { port, served };
}

function freePort(): Promise<number> {
  const probe = net.createServer();
  return new Promise((resolve) =>
    probe.listen(0, address, () => {
      const { port } = probe.address() as net.AddressInfo;
      probe.close(() => resolve(port));
    }),
  );
}

/** Sends a request on a connection of its own, which stays open. */
function send(port: number, head: string): Promise<string> {
  const socket = net.connect(port, address);
  onTestFinished(() => void socket.destroy());
  return new Promise((resolve, reject) => {
    let text = '';
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      text += chunk;
      if (text.includes('served')) resolve(text);
    });
    socket.on('end', () => resolve(text));
    socket.write(head);
  });
}

const request = 'PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n';

describe('connections', () => {
  it('of one address have a limit, and one more is told so and not served', async () => {
    const { port, served } = await start({ connsPerClientMax: 2 });
    expect(await send(port, request)).toContain('200 OK');
    expect(await send(port, request)).toContain('200 OK');
    const refused = await send(port, request);
    expect(refused).toMatch(/^HTTP\/1\.1 429 Too Many Requests\r\n/);
    expect(refused).toMatch(
      /\r\n\r\nYour IP is issuing too many concurrent connections, please rate limit your calls\n$/,
    );
    expect(served).toHaveLength(2);
  });

  it('make room when they close', async () => {
    const { port } = await start({ connsPerClientMax: 1 });
    const agent = new http.Agent({ keepAlive: false });
    for (let i = 0; i < 3; i++) {
      const status = await new Promise((resolve, reject) => {
        const ask = http.get({ port, host: address, agent }, (response) => {
          response.resume();
          response.on('close', () => resolve(response.statusCode));
        });
        ask.on('error', reject);
      });
      expect(status).toBe(200);
      await new Promise((resolve) => setImmediate(resolve));
    }
  });

  it('have no limit with 0', async () => {
    const { port } = await start();
    for (let i = 0; i < 5; i++) expect(await send(port, request)).toContain('200 OK');
  });

  it('are not ended while they rest, for the next write may be on its way', async () => {
    const { port } = await start();
    const answered = await send(port, request);
    expect(answered).toContain('Connection: keep-alive');
    expect(answered).not.toContain('Keep-Alive: timeout');
  });
});

describe('a request', () => {
  it.each([
    ['of HTTP/1.0, as load balancers ask without a host', 'GET / HTTP/1.0\r\n\r\n'],
    ['to a host without a name', 'GET / HTTP/1.1\r\nHost:\r\n\r\n'],
    ['to a host without its port', 'GET / HTTP/1.1\r\nHost: localhost:\r\n\r\n'],
    ['to an address written in another way', 'GET / HTTP/1.1\r\nHost: [::ffff:127.0.0.1]:8500\r\n\r\n'],
  ])('%s is served', async (_what, head) => {
    const { port } = await start();
    expect(await send(port, head)).toContain('200 OK');
  });
});

describe('what is no request', () => {
  it('is refused in words', async () => {
    const { port } = await start();
    const refused = await send(port, 'NONSENSE / HTTP/1.1\r\n\r\n');
    expect(refused).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n[\s\S]*\r\n\r\nthe request cannot be read: .+$/);
  });

  it('gets no answer behind a request that waits for its own', async () => {
    const { port } = await start();
    expect(
      await send(port, `PUT /waits HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\nNONSENSE\r\n\r\n`),
    ).toBe('');
  });
});

describe('headers', () => {
  it('have a limit', async () => {
    const { port } = await start({ headerBytesMax: 2_000 });
    const withHeader = (bytes: number) => `GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(bytes)}\r\n\r\n`;
    expect(await send(port, withHeader(1_500))).toContain('200 OK');
    const refused = await send(port, withHeader(2_001));
    expect(refused).toMatch(/^HTTP\/1\.1 431 /);
    expect(refused).toMatch(
      /\r\n\r\nthe headers of the request have more than 2000 bytes \(http_config.max_header_bytes\)$/,
    );
  });
});
