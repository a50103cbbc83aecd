import { existsSync, statSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Hono } from 'hono';
import { expect, onTestFinished, test } from 'vitest';
import { HttpServer } from '../../../sidecar/http/http-server.ts';
import { closedPort } from '../checks/probe-context.ts';
import { aFolder } from '../scratch.ts';
import { eventually } from '../sync/scripted-edge.ts';

function aServer() {
  const app = new Hono();
  const waiting: string[] = [];
  app.get('/word', (c) => c.text('hello'));
  app.get('/wait', (c) => {
    waiting.push('here');
    c.req.raw.signal.addEventListener('abort', () => waiting.push('gone'));
    return new Promise<Response>(() => undefined);
  });
  const server = new HttpServer(app);
  onTestFinished(() => server.stop());
  return { server, waiting };
}

const ask = (options: { port: number } | { socketPath: string }, path = '/word') =>
  new Promise<string>((resolve, reject) => {
    get({ host: '127.0.0.1', path, agent: false, ...options }, (response) => {
      response.once('data', (chunk) => resolve(String(chunk)));
    }).once('error', reject);
  });

test('answers on every address, on a Unix socket too, and leaves nothing when it stops', async () => {
  const { server } = aServer();
  const path = join(aFolder(), 'http.sock');
  const port = await closedPort();
  await server.start([{ ip: '127.0.0.1' }, { ip: '127.0.0.2' }, { path }], port);
  expect([await ask({ port }), await ask({ socketPath: path })]).toEqual(['hello', 'hello']);
  expect(statSync(path).mode & 0o777).toBe(0o660);
  await server.stop();
  await expect(ask({ port })).rejects.toThrow('ECONNREFUSED');
  expect(existsSync(path)).toBe(false);
});

test('a socket file that a killed agent left is replaced', async () => {
  const { server } = aServer();
  const path = join(aFolder(), 'http.sock');
  writeFileSync(path, '');
  await server.start([{ path }], 0);
  expect(await ask({ socketPath: path })).toBe('hello');
});

test('of addresses of which one cannot be had none is opened, and the message says what to do', async () => {
  const port = await closedPort();
  const { server: holder } = aServer();
  await holder.start([{ ip: '127.0.0.2' }], port);
  const { server } = aServer();
  await expect(server.start([{ ip: '127.0.0.1' }, { ip: '127.0.0.2' }], port)).rejects.toThrow(
    `cannot listen for HTTP on 127.0.0.2:${port}: another process has it: stop that process, or set another port ` +
      '(ports.http, -http-port)',
  );
  await expect(ask({ port })).rejects.toThrow('ECONNREFUSED');
});

test('a client that goes is noticed by whoever answers it', async () => {
  const { server, waiting } = aServer();
  const port = await closedPort();
  await server.start([{ ip: '127.0.0.1' }], port);
  const socket = connect(port, '127.0.0.1');
  socket.write('GET /wait HTTP/1.1\r\nHost: x\r\n\r\n');
  await eventually(() => waiting.length === 1);
  socket.destroy();
  await eventually(() => waiting[1] === 'gone');
});

test('stopping does not wait for blocking queries', async () => {
  const { server, waiting } = aServer();
  const port = await closedPort();
  await server.start([{ ip: '127.0.0.1' }], port);
  const cut = ask({ port }, '/wait').catch((error: Error) => error.message);
  await eventually(() => waiting.length === 1);
  await server.stop();
  expect(await cut).toMatch(/socket hang up|ECONNRESET/);
});
