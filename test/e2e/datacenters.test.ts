/** Two datacenters at one edge: a second one exists once a host has joined it, and each finds the other's services. */
import { expect, test } from 'vitest';
import { curl } from './clients.ts';
import { shareSystem } from './system-test.ts';
import { throughout, until } from './until.ts';

const hosts = shareSystem(async (system) => {
  const dc1 = await system.server('one');
  expect(await dc1.get('/v1/catalog/datacenters')).toEqual(['dc1']);
  const dc2 = await system.makeClient('two', dc1, { address: '127.0.0.2', flags: ['-datacenter=dc2'] });
  dc2.declare('hello.json', { service: { name: 'hello', port: 7002 } });
  await dc2.start();
  await until('dc2 has hello', async () => (await dc2.dig('hello.service.consul')).status === 'NOERROR');
  return { dc1, dc2 };
});

test('the Directory knows both, at the edge and at each sidecar', async () => {
  const { dc1, dc2 } = hosts();
  for (const url of [dc1.edgeUrl, dc1.url, dc2.url])
    expect((await curl(`${url}/v1/catalog/datacenters`)).json()).toEqual(['dc1', 'dc2']);
});

test('?dc= asks the other, without it each answers about itself', async () => {
  const { dc1, dc2 } = hosts();
  const path = '/v1/catalog/service/hello';
  for (const url of [dc1.url, dc1.edgeUrl]) {
    expect((await curl(`${url}${path}`)).json()).toEqual([]);
    const [instance] = (await curl(`${url}${path}?dc=dc2`)).json<{ Node: string; Datacenter: string }[]>();
    expect(instance).toMatchObject({ Node: 'two', Datacenter: 'dc2' });
  }
  expect(await dc2.get(path)).toHaveLength(1);
  expect(await dc2.get(`${path}?dc=dc1`)).toEqual([]);
});

test('the members of a datacenter are its own', async () => {
  const { dc1, dc2 } = hosts();
  const names = async (path: string, url: string) =>
    (await curl(`${url}${path}`)).json<{ Name: string }[]>().map(({ Name }) => Name);
  expect(await names('/v1/agent/members', dc1.url)).toEqual(['one']);
  expect(await names('/v1/agent/members', dc2.url)).toContain('two');
  expect(await names('/v1/catalog/nodes', dc2.url)).toHaveLength(1);
});

test('DNS takes the datacenter in the name, and follows it from then on', async () => {
  const { dc1, dc2 } = hosts();
  const { answer } = await dc1.dig('hello.service.dc2.consul', 'SRV');
  expect(answer).toEqual(['hello.service.dc2.consul. 0 IN SRV 1 1 7002 two.node.dc2.consul.']);
  expect((await dc1.dig('two.node.dc2.consul')).answer).toEqual(['two.node.dc2.consul. 0 IN A 127.0.0.2']);
  expect((await dc2.dig('one.node.dc1.consul')).answer).toEqual(['one.node.dc1.consul. 0 IN A 127.0.0.1']);
  await dc2.consul().agent.service.register({ name: 'later', port: 1 });
  await until(
    'it is seen',
    async () => (await dc1.dig('later.service.dc2.consul')).status === 'NOERROR',
    2_000,
  );
});

test.each(['', '?stale', '?cached'])(
  'an unknown datacenter is an error in the words of Consul (%s)',
  async (option) => {
    const { dc1 } = hosts();
    for (const url of [dc1.url, dc1.edgeUrl]) {
      const query = option === '' ? '?dc=mars' : `${option}&dc=mars`;
      const { status, body } = await curl(`${url}/v1/catalog/nodes${query}`);
      expect([status, body]).toEqual([500, 'No path to datacenter']);
    }
  },
);

test('an unknown datacenter in a DNS name is NXDOMAIN, and asking for it does not make one', async () => {
  const { dc1 } = hosts();
  await throughout(500, async () => {
    expect((await dc1.dig('hello.service.mars.consul')).status).toBe('NXDOMAIN');
  });
  expect(await dc1.get('/v1/catalog/datacenters')).toEqual(['dc1', 'dc2']);
});
