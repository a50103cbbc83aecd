/** `dig` at a sidecar: it answers from its copy of the catalog, about every host's services. */
import { describe, expect, test } from 'vitest';
import { shareSystem } from './system-test.ts';
import { until } from './until.ts';

const hosts = shareSystem(async (system) => {
  const server = await system.server('edge');
  const [a, b] = [
    await system.makeClient('host-a', server, { address: '127.0.0.2' }),
    await system.makeClient('host-b', server, { address: '127.0.0.3' }),
  ];
  a.declare('hello.json', { service: { name: 'hello', port: 7001, tags: ['v1'] } });
  b.declare('hello.json', { service: { name: 'hello', port: 7002, tags: ['v2'] } });
  b.declare('threads.json', { dns_config: { threads: 2 } });
  await Promise.all([a.start(), b.start()]);
  await until('both are there', async () => (await server.dig('hello.service.consul')).answer.length === 2);
  return { server, a, b };
});

const ask = (...args: string[]) => hosts().server.dig(...args);

const sorted = (records: string[]) => [...records].sort();

describe('A', () => {
  test.each([
    ['hello.service.consul', ['127.0.0.2', '127.0.0.3']],
    ['HELLO.Service.Consul', ['127.0.0.2', '127.0.0.3']],
    ['hello.service.dc1.consul', ['127.0.0.2', '127.0.0.3']],
    ['v2.hello.service.consul', ['127.0.0.3']],
    ['_hello._tcp.service.consul', ['127.0.0.2', '127.0.0.3']],
    ['host-a.node.consul', ['127.0.0.2']],
    ['host-b.node.dc1.consul', ['127.0.0.3']],
    ['edge.node.consul', ['127.0.0.1']],
    ['consul.service.consul', ['127.0.0.1']],
  ])('%s', async (name, addresses) => {
    for (const transport of ['+notcp', '+tcp']) {
      const { status, answer } = await ask(name, 'A', transport);
      expect(status).toBe('NOERROR');
      expect(sorted(answer)).toEqual(addresses.map((address) => `${name}. 0 IN A ${address}`));
    }
  });
});

test('SRV names the port and the node of each instance, with the A and TXT records of the nodes beside them', async () => {
  const { status, answer, additional } = await ask('hello.service.consul', 'SRV');
  expect(status).toBe('NOERROR');
  expect(sorted(answer)).toEqual([
    'hello.service.consul. 0 IN SRV 1 1 7001 host-a.node.dc1.consul.',
    'hello.service.consul. 0 IN SRV 1 1 7002 host-b.node.dc1.consul.',
  ]);
  expect(sorted(additional)).toEqual([
    'host-a.node.dc1.consul. 0 IN A 127.0.0.2',
    'host-a.node.dc1.consul. 0 IN TXT "consul-network-segment="',
    'host-b.node.dc1.consul. 0 IN A 127.0.0.3',
    'host-b.node.dc1.consul. 0 IN TXT "consul-network-segment="',
  ]);
});

test('threads answer as the main thread does, from whatever port they are asked', async () => {
  const { b } = hosts();
  for (let i = 0; i < 8; i += 1) {
    const { answer } = await b.dig('hello.service.consul', 'A', '+notcp');
    expect(sorted(answer)).toEqual([
      'hello.service.consul. 0 IN A 127.0.0.2',
      'hello.service.consul. 0 IN A 127.0.0.3',
    ]);
  }
});

test('a name that does not exist is NXDOMAIN, one that has no such record NOERROR, both with the SOA', async () => {
  const missing = await ask('nobody.service.consul', 'A');
  expect([missing.status, missing.answer]).toEqual(['NXDOMAIN', []]);
  expect(missing.authority[0]).toMatch(/^consul\. 0 IN SOA ns\.consul\. hostmaster\.consul\. /);
  const none = await ask('hello.service.consul', 'AAAA');
  expect([none.status, none.answer]).toEqual(['NOERROR', []]);
  expect(none.authority).toHaveLength(1);
});

test('an address is looked up backwards', async () => {
  const { answer } = await ask('-x', '127.0.0.2');
  expect(answer).toEqual(['2.0.0.127.in-addr.arpa. 0 IN PTR host-a.node.dc1.consul.']);
});
