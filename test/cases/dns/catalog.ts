import type { DnsCatalogs, PreparedQuerySource } from '../../../src/shared/dns/catalogs.ts';
import { CatalogFixture, type Registration } from '../../catalog-fixture.ts';

/** An instance on a node of its own, with at most one check, which is the instance's. */
function instance(
  node: string,
  address: string,
  service: NonNullable<Registration['Service']>,
  status?: string,
): Registration {
  const registration = { Node: node, Address: address, Service: service };
  const check = { CheckID: `check-${node}`, ServiceID: service.ID ?? service.Service, Status: status! };
  return status === undefined ? registration : { ...registration, Check: check };
}

/** The catalog of dc1 that the DNS cases ask about. */
export const dc1: Registration[] = [
  instance('server', '10.0.0.1', { Service: 'consul', Port: 8300 }),
  {
    ...instance(
      'n1',
      '10.1.0.1',
      { Service: 'web', Port: 8080, Tags: ['v1', 'Primary', 'eu.west'] },
      'passing',
    ),
    NodeMeta: { env: 'prod', 'RFC1035-note': 'a=b' },
  },
  instance(
    'n2',
    '10.1.0.2',
    { Service: 'web', Port: 8081, Tags: ['v2', '_x'], Address: '10.2.0.2' },
    'warning',
  ),
  instance('n3', '10.1.0.3', { Service: 'web', Port: 8082, Tags: ['v1'] }, 'critical'),
  instance('down', '10.1.0.4', { Service: 'down', Port: 1 }, 'critical'),
  { Node: 'sick', Address: '10.1.0.5', Service: { Service: 'sick', Port: 1 } },
  { Node: 'sick', Address: '10.1.0.5', Check: { CheckID: 'serfHealth', Status: 'critical' } },
  instance(
    'heavy',
    '10.1.0.6',
    { Service: 'heavy', Port: 1, Weights: { Passing: 10, Warning: 3 } },
    'warning',
  ),
  instance('six', 'fd00::1', { Service: 'six', Port: 6 }),
  instance('n7', '10.1.0.7', { Service: 'six-service', Port: 6, Address: 'fd00::2' }),
  {
    Node: 'dual',
    Address: '10.1.0.8',
    TaggedAddresses: { lan_ipv4: '10.1.0.8', lan_ipv6: 'fd00::8' },
    Service: {
      Service: 'dual',
      Port: 8,
      Address: '10.2.0.8',
      TaggedAddresses: { lan_ipv6: { Address: 'fd00::18', Port: 8 } },
    },
  },
  instance('Upper', '10.1.0.9', { Service: 'Mixed_Case', Port: 9, Tags: ['Tag'] }),
  instance('dotted.name', '10.1.0.10', { Service: 'dotted', Port: 10 }),
  instance('twin', '10.1.0.11', { ID: 'twin-1', Service: 'twin', Port: 71 }),
  instance('twin', '10.1.0.11', { ID: 'twin-2', Service: 'twin', Port: 72 }),
  instance('twin', '10.1.0.11', { ID: 'twin-3', Service: 'twin', Port: 71 }),
  instance('sibling', '10.1.0.11', { ID: 'twin-4', Service: 'twin', Port: 71 }),
  instance(`long-${'x'.repeat(64)}`, '10.1.0.12', { Service: 'long-node', Port: 12 }),
  instance('meshed', '10.1.0.13', {
    ID: 'web-proxy',
    Kind: 'connect-proxy',
    Service: 'web-proxy',
    Port: 20_000,
    Proxy: { DestinationServiceName: 'web' },
    TaggedAddresses: { 'consul-virtual': { Address: '240.0.0.1', Port: 20_000 } },
  }),
  instance('ext', '10.1.0.14', { Service: 'ext', Port: 443, Address: 'db.example.org.' }),
  instance('inner', '10.1.0.15', { Service: 'inner', Port: 444, Address: 'n1.node.consul' }),
  instance('named', 'host.example.org', { Service: 'named', Port: 5 }),
  instance('self', '10.1.0.16', { Service: 'self', Port: 16, Address: 'self.service.consul' }),
  instance('loop1', '10.1.0.17', { Service: 'loop1', Port: 17, Address: 'loop2.service.consul' }),
  instance('loop2', '10.1.0.18', { Service: 'loop2', Port: 18, Address: 'loop1.service.consul' }),
  instance('either1', '10.1.0.19', { ID: 'a', Service: 'either', Port: 19, Address: 'db.example.org' }),
  instance('either2', '10.1.0.20', { ID: 'b', Service: 'either', Port: 20 }),
];

/** dc2, which is asked about from dc1. */
export const dc2: Registration[] = [
  {
    Node: 'far',
    Address: '10.9.0.1',
    TaggedAddresses: { wan: '192.0.2.1' },
    Service: {
      Service: 'web',
      Port: 80,
      Address: '10.9.1.1',
      TaggedAddresses: { wan: { Address: '192.0.2.11', Port: 8443 } },
    },
  },
];

/** dc1 and dc2 of the cases; dc2 comes as a promise. */
export function makeCatalogs(local = new CatalogFixture(dc1)): DnsCatalogs {
  const remote = new CatalogFixture(dc2, 'dc2');
  return {
    reader: (datacenter) =>
      datacenter === undefined ? local : Promise.resolve(datacenter === 'dc2' ? remote : undefined),
    staleMs: () => 0,
  };
}

/** Knows `pq`, with a TTL of 17 s, and `with.dots`: both find the passing instances of web. */
export const exampleQueries: PreparedQuerySource = {
  execute(name) {
    if (name !== 'pq' && name !== 'with.dots') return undefined;
    const instances = new CatalogFixture(dc1).serviceInstances('web');
    return {
      datacenter: 'dc1',
      instances: instances.filter(({ Checks }) => Checks.every(({ Status }) => Status === 'passing')),
      isSorted: false,
      staleMs: 0,
      service: 'web',
      ttlMs: name === 'pq' ? 17_000 : undefined,
    };
  },
};
