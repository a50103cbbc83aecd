/** What is read after a write. */
import type { CatalogReader } from '../../../src/shared/catalog-reader.ts';
import type { HealthCheck, ServiceInstance } from '../../../src/shared/model.ts';
import { check, gone, host, idOne, idTwo, service } from './bodies.ts';
import type { CatalogCase } from './catalog-case.ts';

const places = (instances: ServiceInstance[]) =>
  instances.map(({ Node, Service, Checks }) =>
    [Node.Node, Service.ID, ...Checks.map(({ CheckID }) => CheckID)].join(' '),
  );
const checkIds = (checks: HealthCheck[]) => checks.map(({ Node, CheckID }) => `${Node} ${CheckID}`);
const nodeNames = (catalog: CatalogReader) => catalog.nodes().map(({ Node }) => Node);

const takenName =
  `failed inserting node: Error while renaming Node ID: "${idTwo}" (10.0.0.1): ` +
  `Node name n1 is reserved by node ${idOne} with name n1 (10.0.0.1)`;

export const readCases: CatalogCase[] = [
  {
    law: 'nodes come by name without regard to case',
    step: [host('b'), host('C'), host('a'), host('_')],
    read: nodeNames,
    gives: ['_', 'a', 'b', 'C'],
  },
  {
    law: 'a node is found by name without regard to case, and by ID',
    step: host('n1', { ID: idOne }),
    read: (catalog) => ['N1', idOne, 'n2', idTwo, ''].map((name) => catalog.node(name)?.Node),
    gives: ['n1', 'n1', undefined, undefined, undefined],
  },
  {
    law: 'a node keeps its first index and shows its last',
    given: [host('n1')],
    step: host('n1', { NodeMeta: { a: 'b' } }),
    read: (catalog) => catalog.nodes(),
    gives: [
      {
        ID: '',
        Node: 'n1',
        Address: '10.0.0.1',
        Datacenter: 'dc1',
        TaggedAddresses: null,
        Meta: { a: 'b' },
        CreateIndex: 2,
        ModifyIndex: 3,
      },
    ],
  },
  {
    law: 'all rows of one write have one index',
    step: host('n1', { Service: { Service: 'web' }, Check: { CheckID: 'c', ServiceID: 'web' } }),
    read: (catalog) =>
      [...catalog.nodes(), ...catalog.nodeServices('n1'), ...catalog.nodeChecks('n1')].map(
        (row) => row.ModifyIndex,
      ),
    gives: [2, 2, 2],
  },
  {
    law: 'a node takes the letter case of its last registration, and keeps what is on it',
    given: [service('N1', 'web'), check('N1', 'c', 'critical', 'web'), check('N1', 'mem', 'critical')],
    step: check('n1', 'late', 'critical', 'web'),
    read: (catalog) => [nodeNames(catalog), places(catalog.serviceInstances('web'))],
    gives: [['n1'], ['n1 web c late mem']],
  },
  {
    law: 'instances come by node, then ID, whatever the case of the service',
    step: [service('n2', 'web'), service('n1', 'WEB', { ID: 'b' }), service('n1', 'Web', { ID: 'B' })],
    read: (catalog) => places(catalog.serviceInstances('wEb')),
    gives: ['n1 B', 'n1 b', 'n2 web'],
  },
  {
    law: 'service names are listed as they are written, each with its own tags, sorted',
    step: [
      service('n1', 'web', { Tags: ['b', 'a'] }),
      service('n2', 'web', { Tags: ['c', 'a'] }),
      service('n2', 'Web', { ID: 'x', Tags: ['d'] }),
      service('n2', 'api'),
    ],
    read: (catalog) => [...catalog.services()],
    gives: [
      ['Web', ['d']],
      ['api', []],
      ['web', ['a', 'b', 'c']],
    ],
  },
  {
    law: 'an instance is decided by its own checks and those of its node',
    step: [
      service('n1', 'web'),
      service('n1', 'api'),
      check('n1', 'mem', 'passing'),
      check('n1', 'a', 'passing', 'api'),
      check('n1', 'w', 'passing', 'web'),
    ],
    read: (catalog) => places(catalog.serviceInstances('web')),
    gives: ['n1 web mem w'],
  },
  {
    law: 'the checks of a service are its instances own, by node then ID',
    step: [
      host('n2', { Service: { Service: 'web' }, Check: { CheckID: 'a', ServiceID: 'web' } }),
      host('n1', { Service: { Service: 'web' }, Check: { CheckID: 'z', ServiceID: 'web' } }),
      check('n1', 'mem', 'passing'),
      check('n1', 'b', 'passing', 'web'),
    ],
    read: (catalog) => checkIds(catalog.serviceChecks('WEB')),
    gives: ['n1 b', 'n1 z', 'n2 a'],
  },
  {
    law: 'checks are found by their status, whatever text that is, or all',
    step: [check('n2', 'a', 'odd'), check('n1', 'b', 'passing'), check('n1', 'a', 'critical')],
    read: (catalog) =>
      ['odd', 'passing', 'critical', 'ODD', 'any'].map((is) => checkIds(catalog.checksInState(is))),
    gives: [['n2 a'], ['n1 b'], ['n1 a'], [], ['n1 a', 'n1 b', 'n2 a']],
  },
  {
    law: 'a check carries the name and tags of its service',
    step: host('n1', {
      Service: { Service: 'web', ID: 'x', Tags: ['t'] },
      Check: { CheckID: 'c', ServiceID: 'x', ServiceName: 'other' },
    }),
    read: (catalog) => catalog.nodeChecks('n1').map((row) => [row.ServiceName, row.ServiceTags]),
    gives: [['web', ['t']]],
  },
  {
    law: 'the checks of an instance that changes its name are those of the new one',
    given: [service('n1', 'web', { ID: 'x' }), check('n1', 'c', 'passing', 'x')],
    step: service('n1', 'api', { ID: 'x' }),
    read: (catalog) => [
      places(catalog.serviceInstances('web')),
      places(catalog.serviceInstances('api')),
      checkIds(catalog.serviceChecks('api')),
      catalog.nodeChecks('n1').map((row) => row.ServiceName),
    ],
    gives: [[], ['n1 x c'], ['n1 c'], ['api']],
  },
  {
    law: 'a service takes its checks along and leaves those of the node',
    given: [service('n1', 'web'), check('n1', 'c', 'passing', 'web'), check('n1', 'mem', 'passing')],
    step: gone('N1', { ServiceID: 'web' }),
    read: (catalog) => [places(catalog.serviceInstances('web')), checkIds(catalog.nodeChecks('n1'))],
    gives: [[], ['n1 mem']],
  },
  {
    law: 'a node takes its services and checks along',
    given: [service('n1', 'web'), check('n1', 'c', 'passing', 'web'), service('n2', 'web')],
    step: gone('N1'),
    read: (catalog) => [
      nodeNames(catalog),
      places(catalog.serviceInstances('web')),
      checkIds(catalog.checksInState('any')),
      catalog.nodeServices('n1'),
    ],
    gives: [['n2'], ['n2 web'], [], []],
  },
  {
    law: 'a service ID and a check ID together mean the service',
    given: [service('n1', 'web'), check('n1', 'mem', 'passing')],
    step: gone('n1', { ServiceID: 'web', CheckID: 'mem' }),
    read: (catalog) => [places(catalog.serviceInstances('web')), checkIds(catalog.nodeChecks('n1'))],
    gives: [[], ['n1 mem']],
  },
  {
    law: 'what comes back in the write that took it away is as if it were new',
    given: [service('n1', 'web', { Tags: ['old'] }), check('n1', 'c', 'passing', 'web')],
    step: [gone('n1'), service('n1', 'web')],
    read: (catalog) => [places(catalog.serviceInstances('web')), catalog.node('n1')?.CreateIndex],
    gives: [['n1 web'], 4],
  },
  {
    law: 'a node that comes with a new name is found by its ID and keeps its first index',
    given: [host('n1', { ID: idOne })],
    step: host('n2', { ID: idOne }),
    read: (catalog) => catalog.nodes().map(({ Node, ID, CreateIndex }) => [Node, ID, CreateIndex]),
    gives: [['n2', idOne, 2]],
  },
  {
    law: 'a name whose holder lives is refused to another ID',
    given: [host('n1', { ID: idOne }), check('n1', 'serfHealth', 'passing')],
    step: host('n1', { ID: idTwo }),
    refused: [takenName],
    read: (catalog) => catalog.node('n1')?.ID,
    gives: idOne,
  },
  {
    law: 'a name whose holder is gone is taken by another ID, with what stands on it',
    given: [host('n1', { ID: idOne }), check('n1', 'serfHealth', 'critical'), service('n1', 'web')],
    step: host('n1', { ID: idTwo }),
    read: (catalog) => [catalog.node('n1')?.ID, catalog.node(idOne), places(catalog.serviceInstances('web'))],
    gives: [idTwo, undefined, ['n1 web serfHealth']],
  },
  {
    law: 'a registration without an ID leaves the ID of the node',
    given: [host('n1', { ID: idOne })],
    step: service('n1', 'web'),
    read: (catalog) => catalog.node('n1')?.ID,
    gives: idOne,
  },
  {
    law: 'SkipNodeUpdate leaves a known node as it is and makes an unknown one',
    given: [host('n1')],
    step: [
      { Register: { Node: 'N1', Address: '9.9.9.9', SkipNodeUpdate: true } },
      { Register: { Node: 'n2', Address: '9.9.9.9', SkipNodeUpdate: true } },
    ],
    read: (catalog) => catalog.nodes().map(({ Node, Address }) => `${Node} ${Address}`),
    gives: ['n1 10.0.0.1', 'n2 9.9.9.9'],
  },
  {
    law: 'proxies and native instances carry the mesh traffic of a service',
    step: [
      service('n1', 'web-proxy', {
        Kind: 'connect-proxy',
        Port: 1,
        Proxy: { DestinationServiceName: 'Web' },
      }),
      service('n1', 'web', { Connect: { Native: true } }),
      service('n2', 'web'),
    ],
    read: (catalog) => places(catalog.connectInstances('web')),
    gives: ['n1 web', 'n1 web-proxy'],
  },
  {
    law: 'nodes and instances are found by address',
    step: [service('n1', 'web', { Address: '10.1.1.1' }), service('n2', 'web')],
    read: (catalog) => [
      catalog.nodesByAddress('10.0.0.1').map(({ Node }) => Node),
      places(catalog.instancesByAddress('10.1.1.1')),
      places(catalog.instancesByAddress('10.0.0.1')),
    ],
    gives: [['n1'], ['n1 web'], []],
  },
];
