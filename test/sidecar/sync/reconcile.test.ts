import { describe, expect, test } from 'vitest';
import type { LocalCheck, LocalService } from '../../../sidecar/local/local-state.ts';
import { type HostView, reconcile, selectSettled } from '../../../sidecar/sync/reconcile.ts';
import { selectBatch } from '../../../sidecar/sync/write-batch.ts';
import { checkOutputBytesMaxMax, registrationBytesMax } from '../../../src/shared/limits.ts';
import type { CheckDefinition, NodeService, ServiceDefinition, Status } from '../../../src/shared/model.ts';
import type { CatalogOp } from '../../../src/shared/protocol/messages.ts';
import { aCheck, aService } from '../local/declared.ts';
import { aNode } from './a-node.ts';
import { catalogOf } from './catalog-of.ts';

interface Declared {
  services?: ServiceDefinition[];
  /** The services were declared a moment ago. */
  tagsPending?: boolean;
  checks?: (readonly [definition: CheckDefinition, status?: Status, output?: string])[];
}

/** What a host declares; outputs are due and deadlines known unless told otherwise. */
function aHost(
  { services = [], tagsPending = false, checks = [] }: Declared,
  more: Partial<HostView> = {},
): HostView {
  const localService = (definition: ServiceDefinition): [string, LocalService] => [
    definition.Service.ID,
    { definition, declaredTags: definition.Service.Tags, source: 'api', tagsPending },
  ];
  const own = services.flatMap(({ Checks }) => Checks.map((check) => [check] as const));
  const localCheck = ([definition, Status = 'critical', Output = '']: readonly [
    CheckDefinition,
    Status?,
    string?,
  ]): [string, LocalCheck] => [definition.CheckID, { definition, source: 'api', Status, Output }];
  return {
    node: aNode('n1'),
    services: new Map(services.map(localService)),
    checks: new Map([...own, ...checks].map(localCheck)),
    outputIsDue: () => true,
    knowsDeadline: () => true,
    ...more,
  };
}

/** The catalog as this host once wrote it. */
const written = (declared: Declared) => {
  const catalog = catalogOf([]);
  for (const op of reconcile(aHost(declared, { knowsDeadline: () => false }), catalog)) catalog.write(op);
  return catalog;
};

/** An op as a few words. */
function shown(op: CatalogOp): string {
  if ('Deregister' in op) return `-${op.Deregister.ServiceID || op.Deregister.CheckID}`;
  const { Service, Checks, SkipNodeUpdate } = op.Register;
  const checks = Checks.map(({ CheckID, Status }) => `${CheckID} ${Status}`);
  return [SkipNodeUpdate ? '' : 'node', Service ? `+${Service.ID}` : '', ...checks].filter(Boolean).join(' ');
}
const shownOps = (host: HostView, catalog = catalogOf([])) => reconcile(host, catalog).map(shown);

const web = (more: Partial<NodeService> = {}, checks = [aCheck('c1')]) => aService('web', checks, more);

describe('what is written when the catalog', () => {
  test.each<[string, Declared, Declared, string[]]>([
    [
      'has it all',
      { services: [web()], checks: [[aCheck('n')]] },
      { services: [web()], checks: [[aCheck('n')]] },
      [],
    ],
    ['lacks a service', {}, { services: [web()] }, ['+web c1 critical']],
    ['has another port', { services: [web({ Port: 1 })] }, { services: [web()] }, ['+web']],
    [
      'has another name for it',
      { services: [web({ Service: 'old' })] },
      { services: [web()] },
      ['+web c1 critical'],
    ],
    ['has other tags', { services: [web({ Tags: ['a'] })] }, { services: [web()] }, ['+web c1 critical']],
    ['lacks a check of it', { services: [web({}, [])] }, { services: [web()] }, ['c1 critical']],
    ['lacks a check of the node', {}, { checks: [[aCheck('n')]] }, ['n critical']],
    [
      'has another status',
      { checks: [[aCheck('n')]] },
      { checks: [[aCheck('n'), 'passing']] },
      ['n passing'],
    ],
    [
      'has other notes',
      { checks: [[aCheck('n')]] },
      { checks: [[aCheck('n', { Notes: 'x' })]] },
      ['n critical'],
    ],
    [
      'has another kind of check',
      { checks: [[aCheck('n')]] },
      { checks: [[aCheck('n', { TTLMs: 0, TCP: ':1' })]] },
      ['n critical'],
    ],
    ['has a service too many', { services: [web()] }, {}, ['-web']],
    ['has a check too many', { services: [web()] }, { services: [web({}, [])] }, ['-c1']],
    ['has a check of the node too many', { checks: [[aCheck('n')]] }, {}, ['-n']],
    [
      'has a check at another service',
      { services: [web(), aService('db')] },
      { services: [web({}, []), aService('db', [aCheck('c1')])] },
      ['c1 critical'],
    ],
  ])('%s', (_what, before, now, ops) => {
    expect(shownOps(aHost(now), written(before))).toEqual(ops);
  });

  test('has nothing: the node first, then each service with its checks, then the checks of the node', () => {
    const host = aHost({
      services: [web(), aService('db')],
      checks: [[aCheck('n')], [aCheck('m'), 'passing']],
    });
    expect(shownOps(host)).toEqual(['node', '+web c1 critical', '+db', 'n critical m passing']);
  });

  test('lacks checks whose outputs are long: they are in as many ops as the edge takes them in', () => {
    const output = 'x'.repeat(4_096);
    const ids = Array.from({ length: 100 }, (_, i) => `c${i}`);
    const checks: Declared['checks'] = [
      ...ids.map((id) => [aCheck(id, { ServiceID: 'web' }), 'passing', output] as const),
      ...ids.map((id) => [aCheck(`n${id}`), 'passing', output] as const),
    ];
    const declared = { services: [web({}, [])], checks };
    const ops = reconcile(aHost(declared), written({}));
    expect(Math.max(...ops.map((op) => JSON.stringify(op).length))).toBeLessThan(registrationBytesMax / 2);
    expect(ops.filter((op) => 'Register' in op && op.Register.Service)).toHaveLength(1);
    const shownChecks = ops.flatMap((op) => ('Register' in op ? op.Register.Checks : []));
    expect(shownChecks.map(({ CheckID }) => CheckID)).toEqual([...ids, ...ids.map((id) => `n${id}`)]);
    expect(shownOps(aHost(declared), written(declared))).toEqual([]);
  });

  test.each([60_000, 120_000])(
    'lacks a service so large that its checks, of %d characters, find no room beside it',
    (chars) => {
      const definition = web({ Meta: { long: 'x'.repeat(registrationBytesMax - 100_000) } }, []);
      const checks: Declared['checks'] = [
        [aCheck('c1', { ServiceID: 'web' }), 'passing', 'x'.repeat(chars)],
        [aCheck('c2', { ServiceID: 'web' }), 'passing', 'x'.repeat(chars)],
      ];
      const declared = { services: [definition], checks };
      const ops = reconcile(aHost(declared), written({}));
      expect(Math.max(...ops.map((op) => JSON.stringify(op).length))).toBeLessThanOrEqual(
        registrationBytesMax,
      );
      expect(shownOps(aHost(declared), written(declared))).toEqual([]);
    },
  );

  test('lacks a check with an output longer than those of most together: it has an op to itself', () => {
    const long = [aCheck('c1', { ServiceID: 'web' }), 'passing', 'x'.repeat(200_000)] as const;
    const declared = { services: [web({}, [])], checks: [long] };
    expect(shownOps(aHost(declared), written({ services: [web({}, [])] }))).toEqual(['c1 passing']);
  });

  test('differs after all that was written: never', () => {
    const declared: Declared = {
      services: [web(), aService('db')],
      checks: [[aCheck('n'), 'passing', 'fine']],
    };
    const catalog = written(declared);
    expect(shownOps(aHost(declared), catalog)).toEqual([]);
    expect([...selectSettled(aHost(declared), catalog).keys()]).toEqual(['web', 'db']);
  });
});

test.each([
  ['address', { Address: '10.9.9.9' }],
  ['ID', { ID: '11111111-2222-3333-4444-555555555555' }],
  ['metadata', { NodeMeta: { zone: 'z2' } }],
  ['tagged addresses', { TaggedAddresses: { lan: '10.0.0.1' } }],
])('a node that differs in its %s is written, and no service with it', (_what, more) => {
  const declared = { services: [web()] };
  const host = aHost(declared, { node: { ...aNode('n1'), ...more } });
  const [op, ...others] = reconcile(host, written(declared));
  expect([shown(op!), others]).toEqual(['node', []]);
});

test('the order of metadata makes no difference', () => {
  const host = aHost({}, { node: { ...aNode('n1'), NodeMeta: { b: '2', a: '1' } } });
  const catalog = catalogOf([]);
  for (const op of reconcile(host, catalog)) catalog.write(op);
  const turned = aHost({}, { node: { ...aNode('n1'), NodeMeta: { a: '1', b: '2' } } });
  expect(shownOps(turned, catalog)).toEqual([]);
});

describe('what is not this host’s to say', () => {
  test('the service of the servers and the health of the host are left alone', () => {
    const catalog = written({});
    catalog.write({ Register: { ...catalog.registration, Service: aService('consul').Service, Checks: [] } });
    catalog.write({ Register: { ...catalog.registration, Checks: [catalog.check('serfHealth')] } });
    catalog.write({ Register: { ...catalog.registration, Checks: [catalog.check('c', 'consul')] } });
    expect(shownOps(aHost({}), catalog)).toEqual([]);
  });

  test('other nodes', () => {
    const catalog = written({});
    catalog.write({ Register: { ...catalog.registration, Node: 'n2', Service: web().Service } });
    expect(shownOps(aHost({}), catalog)).toEqual([]);
  });
});

describe('with EnableTagOverride', () => {
  const own = web({ EnableTagOverride: true, Tags: ['mine'] });

  test('tags that somebody set in the catalog stay, in the checks too', () => {
    const catalog = written({ services: [web({ EnableTagOverride: true, Tags: ['theirs'] })] });
    expect(shownOps(aHost({ services: [own] }), catalog)).toEqual([]);
    expect([...selectSettled(aHost({ services: [own] }), catalog).keys()]).toEqual(['web']);
  });

  test('a first registration has its own tags', () => {
    const [, op] = reconcile(aHost({ services: [own] }), catalogOf([]));
    expect(op).toMatchObject({
      Register: { Service: { Tags: ['mine'] }, Checks: [{ ServiceTags: ['mine'] }] },
    });
  });

  test('nothing but tags is taken over, and what is written keeps them', () => {
    const catalog = written({ services: [web({ EnableTagOverride: true, Tags: ['theirs'], Port: 1 })] });
    const [op] = reconcile(aHost({ services: [own] }), catalog);
    expect(op).toMatchObject({ Register: { Service: { Tags: ['theirs'], Port: 80 } } });
  });

  test('a registration replaces tags that somebody set, in the checks too', () => {
    const catalog = written({ services: [web({ EnableTagOverride: true, Tags: ['theirs'] })] });
    const host = aHost({ services: [own], tagsPending: true });
    expect(reconcile(host, catalog)).toMatchObject([
      { Register: { Service: { Tags: ['mine'] }, Checks: [{ ServiceTags: ['mine'] }] } },
    ]);
    expect(selectSettled(host, catalog).size).toBe(0);
  });

  test('without it, tags that somebody set go', () => {
    const catalog = written({ services: [web({ Tags: ['theirs'] })] });
    const [op] = reconcile(aHost({ services: [web()] }), catalog);
    expect(op).toMatchObject({ Register: { Service: { Tags: [] } } });
  });
});

describe('an output', () => {
  const before: Declared = { checks: [[aCheck('n'), 'passing', 'old']] };
  const asked: string[] = [];
  const outputIsDue = (answer: boolean) => (checkId: string) => {
    asked.push(checkId);
    return answer;
  };

  test.each([
    [true, ['n passing']],
    [false, []],
  ])('that alone changed is written if it is due (%s)', (due, ops) => {
    const host = aHost({ checks: [[aCheck('n'), 'passing', 'new']] }, { outputIsDue: outputIsDue(due) });
    expect([shownOps(host, written(before)), asked.splice(0)]).toEqual([ops, ['n']]);
  });

  test.each([
    ['the status changed too', 'critical' as const, 'new', ['n critical']],
    ['it is the same', 'passing' as const, 'old', []],
  ])('is not asked about when %s', (_what, status, output, ops) => {
    const host = aHost({ checks: [[aCheck('n'), status, output]] }, { outputIsDue: outputIsDue(false) });
    expect([shownOps(host, written(before)), asked.splice(0)]).toEqual([ops, []]);
  });
});

test.each([
  ['60 s', { DeregisterCriticalServiceAfterMs: 60_000 }, 60_000],
  ['never', {}, 0],
])(
  'a deadline (%s) that the edge was not told is told, though no row shows it',
  (_what, more, deadlineMs) => {
    const declared = { services: [web({}, [aCheck('c1', more)])] };
    const knows = (known: number) =>
      aHost(declared, { knowsDeadline: (checkId, ms) => checkId === 'c1' && ms === known });
    expect(reconcile(knows(deadlineMs), written(declared))).toEqual([]);
    const [op] = reconcile(knows(1), written(declared));
    expect(op).toMatchObject({ Register: { Checks: [{ CheckID: 'c1', DeregisterAfterMs: deadlineMs }] } });
  },
);

test('what is declared otherwise is not settled', () => {
  const catalog = written({ services: [web()] });
  const host = aHost({ services: [web({ Port: 1 }), aService('db')] });
  expect(selectSettled(host, catalog).size).toBe(0);
});

test('the longest output that there can be is no fault of its op', () => {
  const output = '\u0001'.repeat(checkOutputBytesMaxMax);
  const checks = [aCheck('c1'), aCheck('c2')].map((check) => [check, 'critical', output] as const);
  const { ops, faulty } = selectBatch(reconcile(aHost({ checks }), written({})));
  expect({ ops: ops.map(shown), faulty }).toEqual({ ops: ['c1 critical'], faulty: [] });
});
