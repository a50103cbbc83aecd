import { CatalogFixture, type Registration } from '../../catalog-fixture.ts';

/** Five nodes: one bare, three with an instance of "web" each (one per status), one with a proxy for it. */
const registrations: Registration[] = [
  { Node: 'n1', Address: '10.1.0.1' },
  {
    ID: '11111111-0000-4000-8000-000000000002',
    Node: 'n2',
    Address: '10.1.0.2',
    TaggedAddresses: { lan: '10.1.0.2', wan: '192.0.2.2' },
    NodeMeta: { env: 'prod', rack: 'r2' },
    Service: {
      ID: 'web1',
      Service: 'web',
      Tags: ['v1', 'primary'],
      Address: '10.2.0.2',
      Port: 8080,
      Meta: { ver: '1' },
      Weights: { Passing: 10, Warning: 2 },
      EnableTagOverride: true,
      TaggedAddresses: { wan: { Address: '198.18.0.2', Port: 80 } },
    },
    Check: {
      CheckID: 'service:web1',
      Name: 'web alive',
      Notes: 'n',
      Status: 'passing',
      Output: 'ok',
      ServiceID: 'web1',
    },
  },
  {
    Node: 'n3',
    Address: '10.1.0.3',
    NodeMeta: { env: 'dev' },
    Service: { Service: 'web', Tags: ['v2'], Port: 8081 },
    Checks: [
      { Name: 'node alive', CheckID: 'alive', Status: 'passing' },
      { CheckID: 'c-web', Name: 'web', ServiceID: 'web', Status: 'critical', Output: 'down' },
    ],
  },
  {
    Node: 'n4',
    Address: '10.1.0.4',
    Service: { ID: 'web4', Service: 'web', Port: 8082 },
    Check: { Name: 'w', CheckID: 'warncheck', Status: 'warning', ServiceID: 'web4' },
  },
  { Node: 'n4', Address: '10.1.0.4', Service: { ID: 'db', Service: 'db', Port: 5432 } },
  {
    Node: 'n5',
    Address: '10.1.0.5',
    Service: {
      ID: 'p',
      Kind: 'connect-proxy',
      Service: 'web-proxy',
      Port: 20000,
      Proxy: { DestinationServiceName: 'web', DestinationServiceID: 'web1' },
    },
  },
];

export const exampleCatalog = () => new CatalogFixture(registrations);
