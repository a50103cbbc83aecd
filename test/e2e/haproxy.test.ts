/** HAProxy fills its servers from the SRV records of a service, and follows them as instances come, fail and go. */
import { createServer, type Server } from 'node:http';
import { expect, onTestFinished } from 'vitest';
import type { Agent } from './agent.ts';
import { haproxyMissing, startHaproxy } from './haproxy.ts';
import { freePort } from './ports.ts';
import { test } from './system-test.ts';
import { until } from './until.ts';

const config = (host: Agent, mode: 'tcp' | 'http') => `
defaults
  mode ${mode}
  timeout connect 1s
  timeout client 5s
  timeout server 5s
resolvers rollcall
  nameserver sidecar ${host.address}:${host.ports.dns}
  accepted_payload_size 8192
  hold valid 200ms
  hold obsolete 200ms
  timeout resolve 200ms
backend web
  balance roundrobin
  option redispatch 1
  server-template web 4 _web._tcp.service.consul resolvers rollcall resolve-prefer ipv4 init-addr none
`;

test.skipIf(haproxyMissing)('HAProxy finds the instances of a service', async ({ system }) => {
  const edge = await system.server('edge');
  const host = await system.client('host-a', edge, { address: '127.0.0.2' });
  const { check, service } = host.consul().agent;
  const register = (id: string, address: string) =>
    service.register({
      name: 'web',
      id,
      address,
      port: 80,
      check: { ttl: '1h', status: 'passing' },
    } as never);
  const haproxy = await startHaproxy(system, config(host, 'tcp'));
  const sendsTo = (...wanted: string[]) =>
    until(`it sends to ${wanted}`, async () => {
      expect(await haproxy.serversUp('web')).toEqual(wanted);
      return true;
    });
  await sendsTo();
  await register('web1', '192.0.2.1');
  await register('web2', '192.0.2.2');
  await sendsTo('192.0.2.1:80', '192.0.2.2:80');
  await check.fail('service:web1');
  await sendsTo('192.0.2.2:80');
  await check.pass('service:web1');
  await service.deregister('web2');
  await sendsTo('192.0.2.1:80');
  await edge.kill();
  await register('web3', '192.0.2.3');
  await edge.start();
  await sendsTo('192.0.2.1:80', '192.0.2.3:80');
});

/** An instance that can fall ill: then it answers 500 to everybody, its check included. */
async function startInstance(address: string, port: number) {
  const instance = { ill: false, server: undefined as Server | undefined };
  const server = createServer((_request, response) => {
    response.writeHead(instance.ill ? 500 : 200, { Connection: 'close' }).end(address);
  });
  instance.server = server;
  await new Promise<void>((resolve) => server.listen(port, address, resolve));
  onTestFinished(() => void server.close());
  return instance;
}

/** Asks one request after the other until told to stop; what was answered when. */
function keepAsking(url: string) {
  const asked: { atMs: number; status: number }[] = [];
  let asks = true;
  const atPause: (() => void)[] = [];
  const done = (async () => {
    while (asks) {
      for (const act of atPause.splice(0)) act();
      const { status } = await fetch(url).catch(() => ({ status: 0 }));
      asked.push({ atMs: performance.now(), status });
    }
  })();
  return {
    asked,
    /** Acts when no request is under way. */
    between: (act: () => void) => void atPause.push(act),
    async stop() {
      asks = false;
      await done;
    },
  };
}

const checkIntervalMs = 1_000;
/** For the delta, the next look of HAProxy, and a busy machine. */
const noticedMs = 3_000;

test.skipIf(haproxyMissing)(
  'requests through HAProxy fail no longer than until the check finds out, and not at all when an instance is gone',
  async ({ system }) => {
    const edge = await system.server('edge');
    const host = await system.client('host-a', edge, { address: '127.0.0.2' });
    const [door, port] = [await freePort(), await freePort()];
    const addresses = ['127.0.0.2', '127.0.0.3'];
    const [first, second] = await Promise.all(addresses.map((address) => startInstance(address, port)));
    for (const address of addresses)
      await host.consul().agent.service.register({
        name: 'web',
        id: `web-${address}`,
        address,
        port,
        check: { http: `http://${address}:${port}/`, interval: `${checkIntervalMs}ms`, status: 'passing' },
      } as never);
    const haproxy = await startHaproxy(
      system,
      `${config(host, 'http')}
frontend door
  bind 127.0.0.1:${door}
  default_backend web
`,
    );
    const sendsTo = (...wanted: string[]) =>
      until(`it sends to ${wanted}`, async () => {
        expect(await haproxy.serversUp('web')).toEqual(wanted.map((address) => `${address}:${port}`));
        return true;
      });
    await sendsTo(...addresses);
    const load = keepAsking(`http://127.0.0.1:${door}/`);
    const failures = (sinceMs: number) =>
      load.asked.filter(({ atMs, status }) => atMs >= sinceMs && status !== 200);
    const someMore = async () => {
      const enough = load.asked.length + 20;
      await until('20 more requests were answered', () => load.asked.length >= enough);
    };
    await someMore();
    expect(failures(0)).toEqual([]);

    const illAtMs = performance.now();
    first!.ill = true;
    await sendsTo('127.0.0.3');
    const outAtMs = performance.now();
    await someMore();
    expect(failures(illAtMs).length).toBeGreaterThan(0);
    expect(failures(outAtMs + 50)).toEqual([]);
    expect(failures(illAtMs).at(-1)!.atMs - illAtMs).toBeLessThan(checkIntervalMs + noticedMs);

    first!.ill = false;
    await sendsTo(...addresses);
    const backAtMs = performance.now();
    // A request that it has taken and does not answer would fail, whatever HAProxy knows.
    load.between(() => second!.server!.close());
    await sendsTo('127.0.0.2');
    await someMore();
    expect(failures(backAtMs)).toEqual([]);
    await load.stop();
  },
);
