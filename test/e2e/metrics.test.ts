/** Metrics that are sent: to statsd, DogStatsD and statsite, and to whoever asks with SIGUSR1. */
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { expect, onTestFinished } from 'vitest';
import { freePort } from './ports.ts';
import { test } from './system-test.ts';
import { until } from './until.ts';

/** Every line that comes, and where to send it. */
interface Receiver {
  port: number;
  lines: string[];
}

async function receiveUdp(): Promise<Receiver> {
  const lines: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (packet) => void lines.push(...packet.toString().split('\n')));
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  onTestFinished(() => void socket.close());
  return { port: socket.address().port, lines };
}

async function receiveTcp(port = 0): Promise<Receiver> {
  const lines: string[] = [];
  const server = createServer((socket) => {
    let rest = '';
    socket.on('data', (piece) => {
      const [last, ...whole] = (rest + piece).split('\n').reverse();
      rest = last!;
      lines.push(...whole);
    });
    onTestFinished(() => void socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { port: (server.address() as { port: number }).port, lines };
}

const comes = ({ lines }: Receiver, pattern: RegExp) =>
  until(`${pattern} comes`, () => lines.some((line) => pattern.test(line)));

const telemetry = (text: string) => ['-hcl', `telemetry { ${text} }`];

test('statsd and DogStatsD are sent what happens within a second, and gauges', async ({ system }) => {
  const [statsd, dogstatsd] = [await receiveUdp(), await receiveUdp()];
  const server = await system.server('edge', {
    flags: telemetry(
      `statsd_address = "127.0.0.1:${statsd.port}" dogstatsd_addr = "localhost:${dogstatsd.port}" dogstatsd_tags = ["env:test"]`,
    ),
  });
  await server.get('/v1/catalog/nodes');
  await server.dig('consul.service.consul');
  for (const pattern of [
    /^consul\.api\.http\.GET\.v1_catalog_nodes:[\d.]+\|ms$/,
    /^consul\.client\.api\.catalog_nodes\.edge:1\|c$/,
    /^consul\.dns\.answers\.NOERROR:1\|c$/,
    /^consul\.[^.]+\.sync\.live:1\|g$/,
  ])
    await comes(statsd, pattern);
  for (const pattern of [
    /^consul\.api\.http:[\d.]+\|ms\|#env:test,method:GET,path:v1_catalog_nodes$/,
    /^consul\.dns\.answers:1\|c\|#env:test,rcode:NOERROR$/,
    /^consul\.sync\.live:1\|g\|#env:test$/,
  ])
    await comes(dogstatsd, pattern);
  expect(
    [...statsd.lines, ...dogstatsd.lines].filter((line) => !/^consul\.\S+:-?[\d.]+\|(c|g|ms)/.test(line)),
  ).toEqual([]);
});

test('a statsite that is not there is said once, and found when it is', async ({ system }) => {
  const port = await freePort();
  const server = await system.server('edge', {
    flags: telemetry(`statsite_address = "127.0.0.1:${port}" disable_hostname = true`),
  });
  await server.program.says('metrics do not arrive: setting=telemetry.statsite_address');
  const statsite = await receiveTcp(port);
  await until('a request is counted', async () => {
    await server.get('/v1/catalog/nodes');
    return statsite.lines.some((line) => /^consul\.api\.http\.GET\.v1_catalog_nodes:[\d.]+\|ms$/.test(line));
  });
  await comes(statsite, /^consul\.sync\.live:1\|g$/);
  expect(server.program.log.split('metrics do not arrive')).toHaveLength(2);
});

test('SIGUSR1 writes them to standard error, and opens nothing for debuggers', async ({ system }) => {
  const server = await system.server('edge');
  await server.get('/v1/catalog/nodes');
  server.program.signal('SIGUSR1');
  await server.program.says(/\[S\] 'consul\.api\.http\.GET\.v1_catalog_nodes': Count: 1 /);
  expect(server.program.log).toMatch(/^\[\S+ \S+ \+0000 UTC\]\[G\] 'consul\.sync\.live': 1\.000$/m);
  expect(server.program.log).not.toContain('Debugger');
});
