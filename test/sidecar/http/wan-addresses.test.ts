import { describe, expect, it } from 'vitest';
import { translateExecution, translateRead } from '../../../sidecar/http/wan-addresses.ts';
import type { ReadQuery } from '../../../src/shared/read/read-query.ts';
import { makeTestAgent } from './agent-fixture.ts';

const translated = (Kind: ReadQuery['Kind'], body: unknown) =>
  JSON.parse(translateRead({ Kind } as ReadQuery, JSON.stringify(body)));

const wan = { wan: '192.0.2.1' };
const service = {
  ID: 'web',
  Address: '10.0.0.9',
  Port: 80,
  TaggedAddresses: { wan: { Address: 'w', Port: 81 } },
};

describe('an address in another datacenter is', () => {
  it.each<[what: string, tagged: Record<string, string> | null, address: string]>([
    ['its own without others', null, '10.0.0.1'],
    ['that for the WAN', wan, '192.0.2.1'],
    ['that of a family before it', { ...wan, wan_ipv4: '192.0.2.4' }, '192.0.2.4'],
    ['that of the newer family', { wan_ipv4: '192.0.2.4', wan_ipv6: '2001:db8::1' }, '2001:db8::1'],
    ['that of the family in the LAN, where the WAN has none', { ...wan, lan_ipv4: '10.0.0.4' }, '10.0.0.4'],
    [
      'that for the WAN, before that in the LAN',
      { lan_ipv4: '10.0.0.4', wan_ipv4: '192.0.2.4' },
      '192.0.2.4',
    ],
  ])('%s', (_what, TaggedAddresses, Address) => {
    const node = { Node: 'n', Address: '10.0.0.1', TaggedAddresses };
    expect(translated('catalog.nodes', [node])).toEqual([{ ...node, Address }]);
  });

  it.each<[Kind: ReadQuery['Kind'], body: unknown, shown: unknown]>([
    [
      'health.service',
      [{ Node: { Address: 'a', TaggedAddresses: wan }, Service: service, Checks: [] }],
      [
        {
          Node: { Address: '192.0.2.1', TaggedAddresses: wan },
          Service: { ...service, Address: 'w', Port: 81 },
          Checks: [],
        },
      ],
    ],
    [
      'catalog.service',
      [
        {
          ...{ Address: 'a', TaggedAddresses: wan, ServiceAddress: 's', ServicePort: 80 },
          ServiceTaggedAddresses: { wan: { Address: 'w', Port: 0 } },
        },
      ],
      [
        {
          ...{ Address: '192.0.2.1', TaggedAddresses: wan, ServiceAddress: 'w', ServicePort: 80 },
          ServiceTaggedAddresses: { wan: { Address: 'w', Port: 0 } },
        },
      ],
    ],
    [
      'catalog.node',
      { Node: { Address: 'a', TaggedAddresses: wan }, Services: { web: service } },
      {
        Node: { Address: '192.0.2.1', TaggedAddresses: wan },
        Services: { web: { ...service, Address: 'w', Port: 81 } },
      },
    ],
    [
      'catalog.node-services',
      { Node: { Address: 'a', TaggedAddresses: wan }, Services: [service] },
      {
        Node: { Address: '192.0.2.1', TaggedAddresses: wan },
        Services: [{ ...service, Address: 'w', Port: 81 }],
      },
    ],
    ['catalog.node', null, null],
    ['catalog.node-services', { Node: null, Services: [] }, { Node: null, Services: [] }],
    ['health.state', [{ Node: 'n', CheckID: 'c' }], [{ Node: 'n', CheckID: 'c' }]],
  ])('in the shape of %s', (Kind, body, shown) => expect(translated(Kind, body)).toEqual(shown));

  it('that of what a query found there', () => {
    const found = (Datacenter: string) => ({
      Service: 'web',
      Nodes: [{ Node: { Address: 'a', TaggedAddresses: wan }, Service: service, Checks: [] }],
      DNS: { TTL: '' },
      Datacenter,
    });
    const addresses = (datacenter: string) =>
      JSON.parse(translateExecution(JSON.stringify(found(datacenter)), 'dc1')).Nodes[0].Node.Address;
    expect([addresses('dc1'), addresses('dc2')]).toEqual(['a', '192.0.2.1']);
  });
});

describe('an agent that translates', () => {
  const node = { Node: 'n', Address: '10.0.0.1', TaggedAddresses: wan };
  const reads = {
    read: async () => ({
      ...{ Body: JSON.stringify([node]), Index: 1, KnownLeader: true, LastContactMs: 0 },
      Consistency: 'leader' as const,
    }),
  } as never;

  it.each([
    [true, '', '10.0.0.1', 'true'],
    [true, '?dc=dc1', '10.0.0.1', 'true'],
    [true, '?dc=dc2', '192.0.2.1', 'true'],
    [false, '?dc=dc2', '10.0.0.1', null],
  ])('(%s) shows "%s" as %s', async (translateWanAddrs, query, address, told) => {
    const { app } = makeTestAgent({ translateWanAddrs }, { reads });
    const answer = await app.request(`/v1/catalog/nodes${query}`);
    expect(await answer.json()).toMatchObject([{ Address: address }]);
    expect(answer.headers.get('X-Consul-Translate-Addresses')).toBe(told);
    const own = await app.request('/v1/agent/services');
    expect(own.headers.get('X-Consul-Translate-Addresses')).toBe(told);
  });

  it.each([
    ['dc2', '192.0.2.1'],
    ['dc1', 'a'],
  ])('shows what an executed query found in %s at %s', async (Datacenter, address) => {
    const found = {
      ...{ Service: 'web', Datacenter, DNS: { TTL: '' } },
      Nodes: [{ Node: { Address: 'a', TaggedAddresses: wan }, Service: service, Checks: [] }],
    };
    const body = Buffer.from(JSON.stringify(found));
    const edge = {
      request: async () => ({ status: 200, headers: { 'x-consul-index': '1' }, body }),
    } as never;
    const { app } = makeTestAgent({ translateWanAddrs: true }, { edge });
    const answer = await app.request('/v1/query/a%2Fb/execute?limit=1');
    expect(answer.headers.get('X-Consul-Index')).toBe('1');
    expect(((await answer.json()) as typeof found).Nodes[0]!.Node.Address).toBe(address);
  });
});
