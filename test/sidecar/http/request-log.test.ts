import { connect, createServer } from 'node:net';
import { Hono } from 'hono';
import { expect, it, onTestFinished } from 'vitest';
import { HttpServer } from '../../../sidecar/http/http-server.ts';
import { makeRequestLog } from '../../../sidecar/http/request-log.ts';
import { systemClock } from '../../../sidecar/system/clock.ts';
import { until } from '../../e2e/until.ts';
import { type LoggedLine, makeTestLogger } from '../test-logger.ts';

const address = '127.0.0.1';

async function start(): Promise<{ port: number; lines: LoggedLine[] }> {
  const lines: LoggedLine[] = [];
  const app = new Hono();
  app.all('/waits', () => new Promise<Response>(() => undefined));
  app.all('*', (c) => c.text('served'));
  const server = new HttpServer(
    app,
    {
      headerBytesMax: 16_384,
      connsPerClientMax: () => 0,
      permissions: { user: '', group: '', mode: '' },
      tls: undefined,
    },
    undefined,
    makeRequestLog(makeTestLogger(lines), systemClock),
  );
  const port = await freePort();
  await server.start([{ ip: address }], port);
  onTestFinished(() => server.stop());
  return { port, lines };
}

const freePort = () =>
  new Promise<number>((resolve) => {
    const probe = createServer().listen(0, address, () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });

it.each([
  ['/v1/agent/self', '/v1/agent/self'],
  ['/v1/kv/a?raw&index=7', '/v1/kv/a?raw&index=7'],
  ['/v1/kv/a?token=secret', '/v1/kv/a?token=<hidden>'],
  ['/v1/kv/a?raw&token=secret&dc=dc1', '/v1/kv/a?raw&token=<hidden>&dc=dc1'],
  ['/v1/kv/a?%74oken=secret', '/v1/kv/a?token=<hidden>'],
  ['/v1/kv/a?x=?token=secret&token=secret', '/v1/kv/a?x=?token=secret&token=<hidden>'],
])('%s is logged as %s', async (path, url) => {
  const { port, lines } = await start();
  await (await fetch(`http://${address}:${port}${path}`, { method: 'PUT' })).text();
  await until('it is logged', async () => lines.length === 1);
  const [{ level, message, fields }] = lines as [LoggedLine];
  expect([level, message, fields?.method, fields?.url]).toEqual(['debug', 'Request finished', 'PUT', url]);
  expect(fields?.from).toMatch(/^127\.0\.0\.1:\d+$/);
  expect(fields?.latency).toMatch(/^[\d.]+(µs|ms|s)$/);
});

it('a request whose client hung up is logged when it has', async () => {
  const { port, lines } = await start();
  const socket = connect(port, address, () => socket.write('GET /waits HTTP/1.1\r\nHost: a\r\n\r\n'));
  await fetch(`http://${address}:${port}/other`);
  await until('the other is logged', async () => lines.length === 1);
  socket.destroy();
  await until('it is logged', async () => lines.length === 2);
  expect(lines.map(({ fields }) => fields?.url)).toEqual(['/other', '/waits']);
});
