/** Which topics a write raises: all whose answers it may change, and no other. */
import { check, gone, host, idOne, service } from './bodies.ts';
import type { CatalogCase } from './catalog-case.ts';

export const indexCases: CatalogCase[] = [
  {
    law: 'a new node touches the nodes and itself',
    step: host('n1'),
    raises: ['nodes', 'node:n1'],
  },
  {
    law: 'a registration that says the same again raises nothing',
    given: [
      host('n1', { Service: { Service: 'web', Tags: ['a'] }, Check: { CheckID: 'c', Status: 'passing' } }),
    ],
    step: host('n1', {
      Service: { Service: 'web', Tags: ['a'] },
      Check: { CheckID: 'c', Status: 'passing' },
    }),
    raises: [],
  },
  {
    law: 'the order of the keys of a map is not a change',
    given: [host('n1', { NodeMeta: { a: '1', b: '2' } })],
    step: host('n1', { NodeMeta: { b: '2', a: '1' } }),
    raises: [],
  },
  {
    law: 'the order of tags is a change',
    given: [service('n1', 'web', { Tags: ['a', 'b'] })],
    step: service('n1', 'web', { Tags: ['b', 'a'] }),
    raises: ['services', 'node:n1', 'service:web'],
  },
  {
    law: 'a new instance touches its service and its node, not the other services there',
    given: [service('n1', 'web')],
    step: service('n1', 'api'),
    raises: ['services', 'node:n1', 'service:api'],
  },
  {
    law: 'a check of one service touches that service alone',
    given: [service('n1', 'web'), service('n1', 'api')],
    step: check('n1', 'c', 'critical', 'web'),
    raises: ['checks', 'node:n1', 'service:web'],
  },
  {
    law: 'a check of the whole node touches every service on it, and none elsewhere',
    given: [service('n1', 'web'), service('n1', 'api'), service('n2', 'db')],
    step: check('n1', 'mem', 'critical'),
    raises: ['checks', 'node:n1', 'service:api', 'service:web'],
  },
  {
    law: 'a node that changes touches every service on it',
    given: [service('n1', 'web'), service('n2', 'db')],
    step: host('n1', { Address: '10.0.0.7' }),
    raises: ['nodes', 'node:n1', 'service:web'],
  },
  {
    law: 'the last instance takes its checks along and raises its service',
    given: [service('n1', 'web'), check('n1', 'c', 'passing', 'web')],
    step: gone('n1', { ServiceID: 'web' }),
    raises: ['checks', 'services', 'node:n1', 'service:web'],
  },
  {
    law: 'an instance without checks leaves the checks alone when it goes',
    given: [service('n1', 'web'), check('n1', 'mem', 'passing')],
    step: gone('n1', { ServiceID: 'web' }),
    raises: ['services', 'node:n1', 'service:web'],
  },
  {
    law: 'a check that goes touches its service',
    given: [service('n1', 'web'), service('n1', 'api'), check('n1', 'c', 'passing', 'web')],
    step: gone('n1', { CheckID: 'c' }),
    raises: ['checks', 'node:n1', 'service:web'],
  },
  {
    law: 'a check of the whole node that goes touches every service on it',
    given: [service('n1', 'web'), service('n1', 'api'), check('n1', 'mem', 'passing')],
    step: gone('n1', { CheckID: 'mem' }),
    raises: ['checks', 'node:n1', 'service:api', 'service:web'],
  },
  {
    law: 'a node that goes touches all that was on it',
    given: [
      service('n1', 'web'),
      check('n1', 'c', 'passing', 'web'),
      service('n2', 'web'),
      service('n2', 'db'),
    ],
    step: gone('n1'),
    raises: ['checks', 'nodes', 'services', 'node:n1', 'service:web'],
  },
  {
    law: 'a bare node that goes leaves services and checks alone',
    given: [host('n1'), service('n2', 'web')],
    step: gone('n1'),
    raises: ['nodes', 'node:n1'],
  },
  {
    law: 'an instance that changes its name touches both services and takes its checks to the new one',
    given: [service('n1', 'web', { ID: 'x' }), check('n1', 'c', 'passing', 'x')],
    step: service('n1', 'api', { ID: 'x' }),
    raises: ['checks', 'services', 'node:n1', 'service:api', 'service:web'],
  },
  {
    law: 'a check that moves to another service touches both',
    given: [service('n1', 'web'), service('n1', 'api'), check('n1', 'c', 'passing', 'web')],
    step: check('n1', 'c', 'passing', 'api'),
    raises: ['checks', 'node:n1', 'service:api', 'service:web'],
  },
  {
    law: 'a check that becomes one of the whole node touches every service on it',
    given: [service('n1', 'web'), service('n1', 'api'), check('n1', 'c', 'passing', 'web')],
    step: check('n1', 'c', 'passing'),
    raises: ['checks', 'node:n1', 'service:api', 'service:web'],
  },
  {
    law: 'a check of a service that changed its name touches the new one when it goes',
    given: [
      service('n1', 'web', { ID: 'x' }),
      check('n1', 'c', 'passing', 'x'),
      service('n1', 'api', { ID: 'x' }),
    ],
    step: gone('n1', { CheckID: 'c' }),
    raises: ['checks', 'node:n1', 'service:api'],
  },
  {
    law: 'a service in another letter case is the same topic',
    given: [service('n1', 'Web')],
    step: service('n2', 'WEB'),
    raises: ['nodes', 'services', 'node:n2', 'service:web'],
  },
  {
    law: 'a node that is found by its ID and has a new name leaves the old one with all it had',
    given: [host('n1', { ID: idOne }), service('n1', 'web')],
    step: host('n2', { ID: idOne }),
    raises: ['nodes', 'services', 'node:n1', 'node:n2', 'service:web'],
  },
  {
    law: 'what is not there is deregistered without a trace',
    given: [service('n1', 'web')],
    step: [gone('n9'), gone('n1', { ServiceID: 'api' }), gone('n1', { CheckID: 'c' })],
    raises: [],
  },
  {
    law: 'a registration that is refused at its end raises nothing',
    given: [service('n1', 'web')],
    step: host('n2', { Service: { Service: 'api' }, Check: { CheckID: 'c', ServiceID: 'nope' } }),
    refused: ['failed inserting check: Missing service registration on node "n2"'],
    raises: [],
  },
  {
    law: 'an op that is refused leaves the others standing and no trace of itself',
    step: [
      service('n1', 'web'),
      host('n2', { Service: { Service: 'api' }, Check: { CheckID: 'c', ServiceID: 'nope' } }),
      check('n1', 'c', 'passing', 'web'),
    ],
    refused: ['failed inserting check: Missing service registration on node "n2"'],
    raises: ['checks', 'nodes', 'services', 'node:n1', 'service:web'],
  },
];
