import { describe, expect, test } from 'vitest';
import type { CatalogReader } from '../../../../src/shared/catalog-reader.ts';
import { answerRead, readIndex } from '../../../../src/shared/read/answer.ts';
import type { ReadQuery } from '../../../../src/shared/read/read-query.ts';
import { exampleCatalog } from '../example-catalog.ts';

const all = { NodeMeta: [], Near: '', Filter: '' } satisfies Partial<ReadQuery>;
const service = {
  ...all,
  Kind: 'health.service' as const,
  Name: 'web',
  Tags: [] as string[],
  Passing: false,
};
const instances = { ...all, Kind: 'catalog.service' as const, Name: 'web', Tags: [] as string[] };
const state = { ...all, Kind: 'health.state', State: 'any' } as const;

/** What a client receives. */
const bodyOf = (query: ReadQuery, reader: CatalogReader = exampleCatalog()) =>
  JSON.parse(JSON.stringify(answerRead(reader, query).Body));

interface Row {
  Node: string;
  CheckID: string;
  ServiceID?: string;
  Service?: { ID: string };
}

const rowsOf = (query: ReadQuery, reader?: CatalogReader): Row[] => bodyOf(query, reader);
const idsOf = (query: ReadQuery, reader?: CatalogReader) =>
  rowsOf(query, reader)
    .map((row) => row.Service?.ID ?? row.ServiceID)
    .join(' ');

describe('instances are narrowed by', () => {
  test.each<[what: string, narrowing: object, ids: string]>([
    ['nothing', {}, 'web1 web web4'],
    ['the name without regard to case', { Name: 'WEB' }, 'web1 web web4'],
    ['a tag', { Tags: ['v1'] }, 'web1'],
    ['all tags', { Tags: ['v1', 'v2'] }, ''],
    ['node meta', { NodeMeta: [['env', 'dev']] }, 'web'],
    [
      'all node meta',
      {
        NodeMeta: [
          ['env', 'prod'],
          ['rack', 'r2'],
        ],
      },
      'web1',
    ],
    ['node meta that no object has by nature', { NodeMeta: [['toString', '']] }, ''],
    ['passing', { Passing: true }, 'web1'],
    ['an unknown name', { Name: 'none' }, ''],
  ])('%s', (_, narrowing, ids) => {
    expect(idsOf({ ...service, ...narrowing })).toBe(ids);
    if (!('Passing' in narrowing)) expect(idsOf({ ...instances, ...narrowing })).toBe(ids);
  });

  test('a filter on the members of each shape', () => {
    expect(idsOf({ ...service, Filter: 'Checks.Status == critical' })).toBe('web');
    expect(idsOf({ ...instances, Filter: 'ServiceMeta.ver == 1' })).toBe('web1');
    expect(idsOf({ ...instances, Filter: 'ServiceProxy.Expose.Checks == false' })).toBe('web1 web web4');
  });
});

test('of another cluster nothing is known, and a bad filter is refused all the same', () => {
  const Peer = 'other';
  expect(bodyOf({ ...service, Peer })).toEqual([]);
  expect(bodyOf({ ...instances, Peer })).toEqual([]);
  expect(bodyOf({ ...state, Peer })).toEqual([]);
  expect(bodyOf({ ...all, Kind: 'catalog.services', Peer })).toEqual({});
  expect(bodyOf({ Kind: 'catalog.node', Node: 'n1', Filter: '', Peer })).toBeNull();
  expect(bodyOf({ Kind: 'catalog.node-services', Node: 'n1', Filter: '', Peer })).toEqual({
    Node: null,
    Services: [],
  });
  expect(() => bodyOf({ ...service, Filter: 'Nope == 1', Peer })).toThrow('Nope');
});

describe('near sorts by the round trip', () => {
  /** Milliseconds from `n1`, which has two on itself. */
  const placed = () => {
    const catalog = exampleCatalog();
    for (const [node, ms] of [
      ['n1', 0],
      ['n2', 20],
      ['n4', 10],
    ] as const)
      catalog.place(node, { Vec: [ms / 1000, 0], Height: node === 'n1' ? 0.001 : 0 });
    return catalog;
  };
  test.each([
    ['n1', 'web4 web1 web'],
    ['N2', 'web1 web4 web'],
    ['n3', 'web web1 web4'],
    ['none', 'web1 web web4'],
  ])('from %s', (Near, ids) => {
    expect(idsOf({ ...service, Near }, placed())).toBe(ids);
    expect(idsOf({ ...instances, Near }, placed())).toBe(ids);
  });
  test('nodes and checks too, those without a coordinate last and as they were', () => {
    const nodes = rowsOf({ ...all, Kind: 'catalog.nodes', Near: 'n4' }, placed());
    expect(nodes.map((node) => node.Node)).toEqual(['n4', 'n2', 'n1', 'n3', 'n5']);
    const checks = rowsOf({ ...state, Near: 'n1' }, placed());
    expect(checks.map((check) => check.CheckID)).toEqual(['warncheck', 'service:web1', 'alive', 'c-web']);
    const ofWeb = rowsOf({ ...all, Kind: 'health.checks', Name: 'web', Near: 'n2' }, placed());
    expect(ofWeb.map((check) => check.CheckID)).toEqual(['service:web1', 'warncheck', 'c-web']);
  });
  test('another node may be nearer than the node itself', () => {
    const catalog = placed();
    catalog.place('n3', { Vec: [0, 0], Height: 0 });
    expect(rowsOf({ ...all, Kind: 'catalog.nodes', Near: 'n1' }, catalog)[0]!.Node).toBe('n3');
  });
});

describe('near a node without a coordinate puts what is on it first', () => {
  test.each([
    ['n4', 'web4 web1 web'],
    ['N3', 'web web1 web4'],
    ['none', 'web1 web web4'],
  ])('%s', (Near, ids) => {
    expect(idsOf({ ...service, Near })).toBe(ids);
    expect(idsOf({ ...instances, Near })).toBe(ids);
  });
  test('nodes and checks too', () => {
    const nodes = rowsOf({ ...all, Kind: 'catalog.nodes', Near: 'n3' });
    expect(nodes.map((node) => node.Node)).toEqual(['n3', 'n1', 'n2', 'n4', 'n5']);
    expect(bodyOf({ ...state, Near: 'n4' })[0].CheckID).toBe('warncheck');
  });
});

describe('an answer has the shape of Consul', () => {
  const web4 = {
    ID: 'web4',
    Service: 'web',
    Tags: [],
    Address: '',
    Meta: null,
    Port: 8082,
    Weights: { Passing: 1, Warning: 1 },
    EnableTagOverride: false,
    Proxy: { MeshGateway: {}, Expose: {} },
    Connect: {},
    CreateIndex: expect.any(Number),
    ModifyIndex: expect.any(Number),
  };
  const n4 = {
    ID: '',
    Node: 'n4',
    Address: '10.1.0.4',
    Datacenter: 'dc1',
    TaggedAddresses: null,
    Meta: null,
    CreateIndex: expect.any(Number),
    ModifyIndex: expect.any(Number),
  };
  const warncheck = {
    Node: 'n4',
    CheckID: 'warncheck',
    Name: 'w',
    Status: 'warning',
    Notes: '',
    Output: '',
    ServiceID: 'web4',
    ServiceName: 'web',
    ServiceTags: [],
    Type: '',
    Definition: {},
    CreateIndex: expect.any(Number),
    ModifyIndex: expect.any(Number),
  };

  test('health of an instance', () => {
    const [row] = bodyOf({ ...service, Filter: 'Service.ID == web4' });
    expect(row).toStrictEqual({ Node: n4, Service: web4, Checks: [warncheck] });
    expect(Object.keys(row.Service)).toEqual(Object.keys(web4));
  });

  test('an instance in the catalog: null meta of a service is {}, that of a node null', () => {
    const row = bodyOf({ ...instances, Filter: 'ServiceID == web4' })[0];
    const expected = {
      ID: '',
      Node: 'n4',
      Address: '10.1.0.4',
      Datacenter: 'dc1',
      TaggedAddresses: null,
      NodeMeta: null,
      ServiceKind: '',
      ServiceID: 'web4',
      ServiceName: 'web',
      ServiceTags: [],
      ServiceAddress: '',
      ServiceWeights: { Passing: 1, Warning: 1 },
      ServiceMeta: {},
      ServicePort: 8082,
      ServiceEnableTagOverride: false,
      ServiceProxy: { MeshGateway: {}, Expose: {} },
      ServiceConnect: {},
      CreateIndex: expect.any(Number),
      ModifyIndex: expect.any(Number),
    };
    expect(row).toStrictEqual(expected);
    expect(Object.keys(row)).toEqual(Object.keys(expected));
  });

  test('what an instance has is shown as it is', () => {
    const row = bodyOf({ ...instances, Tags: ['v1'] })[0];
    expect(row).toMatchObject({
      ServiceTags: ['v1', 'primary'],
      ServiceTaggedAddresses: { wan: { Address: '198.18.0.2', Port: 80 } },
      ServiceMeta: { ver: '1' },
      NodeMeta: { env: 'prod', rack: 'r2' },
    });
  });

  test('a proxy keeps its settings beside the defaults', () => {
    const query: ReadQuery = { ...all, Kind: 'catalog.connect', Name: 'web', Tags: [] };
    expect(bodyOf(query)[0]).toMatchObject({
      ServiceKind: 'connect-proxy',
      ServiceProxy: {
        DestinationServiceName: 'web',
        DestinationServiceID: 'web1',
        MeshGateway: {},
        Expose: {},
      },
    });
    expect(bodyOf({ ...service, Kind: 'health.connect' })[0].Service.Kind).toBe('connect-proxy');
  });

  test.each(['n4', 'N4'])('the services of a node, asked as %s', (Node) => {
    const byId = bodyOf({ Kind: 'catalog.node', Node, Filter: 'Port == 8082' });
    expect(byId).toStrictEqual({ Node: n4, Services: { web4 } });
    const list = bodyOf({ Kind: 'catalog.node-services', Node, Filter: 'Port == 8082' });
    expect(list).toStrictEqual({ Node: n4, Services: [web4] });
  });

  test('a node is found by its ID in the catalog, in health only by its name', () => {
    const Node = '11111111-0000-4000-8000-000000000002';
    expect(bodyOf({ Kind: 'catalog.node', Node, Filter: '' }).Node.Node).toBe('n2');
    expect(bodyOf({ Kind: 'health.node', Node, Filter: '' })).toEqual([]);
  });

  test.each<[what: string, query: ReadQuery, body: unknown]>([
    ['an unknown node', { Kind: 'catalog.node', Node: 'none', Filter: '' }, null],
    [
      'the services of an unknown node',
      { Kind: 'catalog.node-services', Node: 'none', Filter: '' },
      { Node: null, Services: [] },
    ],
    [
      'a node without services',
      { Kind: 'catalog.node-services', Node: 'n1', Filter: '' },
      expect.objectContaining({ Services: [] }),
    ],
    ['the checks of an unknown node', { Kind: 'health.node', Node: 'none', Filter: '' }, []],
    ['the services behind a gateway', { Kind: 'catalog.gateway-services', Name: 'web' }, null],
    ['the gateways before a service', { ...service, Kind: 'health.ingress' }, []],
    ['an unknown state', { ...state, State: 'PASSING' }, []],
    [
      'services',
      { Kind: 'catalog.services', NodeMeta: [], Filter: '' },
      { db: [], web: ['primary', 'v1', 'v2'], 'web-proxy': [] },
    ],
    [
      'services of nodes with meta',
      { Kind: 'catalog.services', NodeMeta: [['env', 'prod']], Filter: '' },
      { web: ['primary', 'v1'] },
    ],
    [
      'services by a filter',
      { Kind: 'catalog.services', NodeMeta: [], Filter: 'ServicePort == 5432' },
      { db: [] },
    ],
  ])('%s', (_, query, body) => expect(bodyOf(query)).toStrictEqual(body));

  test('names that objects have by nature are names like any other', () => {
    const reader = exampleCatalog();
    reader.register({ Node: 'n9', Address: '10.1.0.9', Service: { Service: '__proto__' } });
    expect(
      answerRead(reader, { Kind: 'catalog.services', NodeMeta: [], Filter: 'ServiceName == "__proto__"' })
        .Body,
    ).toEqual(Object.fromEntries([['__proto__', []]]));
    const node = JSON.stringify(answerRead(reader, { Kind: 'catalog.node', Node: 'n9', Filter: '' }).Body);
    expect(node).toContain('"Services":{"__proto__":{');
  });
});

describe('checks', () => {
  const checks = (query: ReadQuery) =>
    rowsOf(query)
      .map((check) => check.CheckID)
      .join(' ');
  test.each<[what: string, query: ReadQuery, ids: string]>([
    ['of a node', { Kind: 'health.node', Node: 'N3', Filter: '' }, 'alive c-web'],
    ['of a node, filtered', { Kind: 'health.node', Node: 'n3', Filter: 'Status == critical' }, 'c-web'],
    ['of a service', { ...all, Kind: 'health.checks', Name: 'Web' }, 'service:web1 c-web warncheck'],
    [
      'of a service on some nodes',
      { ...all, Kind: 'health.checks', Name: 'web', NodeMeta: [['env', 'dev']] },
      'c-web',
    ],
    ['in any state', state, 'service:web1 alive c-web warncheck'],
    ['in one state', { ...state, State: 'passing' }, 'service:web1 alive'],
    ['in one state on some nodes', { ...state, State: 'passing', NodeMeta: [['env', 'dev']] }, 'alive'],
    ['in one state, filtered', { ...state, State: 'passing', Filter: 'v1 in ServiceTags' }, 'service:web1'],
  ])('%s', (_, query, ids) => expect(checks(query)).toBe(ids));
});

test('the index is that of the latest topic on which the answer depends', () => {
  const reader = exampleCatalog();
  const index = reader.index('service:web');
  reader.register({ Node: 'n9', Address: '10.1.0.9', Service: { Service: 'other' } });
  expect(answerRead(reader, service).Index).toBe(index);
  expect(readIndex(reader, { ...service, Kind: 'health.connect' })).toBe(reader.index('nodes'));
  expect(reader.index('nodes')).toBeGreaterThan(index);
});

test('a read of one service looks at nothing else', () => {
  const touched = new Set<string | symbol>();
  const reader = new Proxy(exampleCatalog(), {
    get: (target, name) => {
      touched.add(name);
      const member = Reflect.get(target, name);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
  answerRead(reader, { ...service, Near: 'n4', NodeMeta: [['env', 'dev']], Filter: 'Service.Port != 1' });
  expect([...touched].sort()).toEqual(['coordinatesOf', 'index', 'serviceInstances']);
});

test('nothing that the reader gives is changed', () => {
  const reader = exampleCatalog();
  const before = JSON.stringify([reader.nodes(), reader.serviceInstances('web'), [...reader.services()]]);
  answerRead(reader, { ...service, Near: 'n4' });
  answerRead(reader, { ...all, Kind: 'catalog.nodes', Near: 'n4' });
  answerRead(reader, { Kind: 'catalog.services', NodeMeta: [['env', 'dev']], Filter: '' });
  expect(JSON.stringify([reader.nodes(), reader.serviceInstances('web'), [...reader.services()]])).toBe(
    before,
  );
});
