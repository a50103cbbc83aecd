import { describe, expect, test } from 'vitest';
import type { CatalogRegistration } from '../../../../src/shared/catalog-write.ts';
import {
  decodeCatalogDeregistration,
  decodeCatalogRegistration,
} from '../../../../src/shared/definition/catalog-registration.ts';
import { answer, spelled } from './answer.ts';

const register = (body: unknown) => answer(decodeCatalogRegistration, JSON.stringify(body));
const registered = (body: object) => register({ ...node, ...body }) as CatalogRegistration;
const deregister = (body: unknown) => answer(decodeCatalogDeregistration, JSON.stringify(body));
const node = { Node: 'n', Address: '1.1.1.1' };

test('a minimal body shows every default', () => {
  expect(register(node)).toEqual({
    Datacenter: '',
    Node: 'n',
    ID: '',
    Address: '1.1.1.1',
    TaggedAddresses: null,
    NodeMeta: null,
    Checks: [],
    SkipNodeUpdate: false,
  });
});

test('a service takes its ID from its name', () => {
  expect(registered({ Service: { Service: 'web', Tags: null, Port: 80 } }).Service).toEqual({
    ID: 'web',
    Service: 'web',
    Tags: [],
    Address: '',
    Meta: null,
    Port: 80,
    Weights: { Passing: 1, Warning: 1 },
    EnableTagOverride: false,
  });
});

test('a check takes its ID from its name, its node from the registration and is critical', () => {
  expect(registered({ Check: { Name: 'c' } }).Checks).toEqual([
    {
      Node: 'n',
      CheckID: 'c',
      Name: 'c',
      Status: 'critical',
      Notes: '',
      Output: '',
      ServiceID: '',
      ServiceName: '',
      ServiceTags: [],
      Type: '',
      Definition: {},
    },
  ]);
});

test('Check comes after Checks', () => {
  const { Checks } = registered({ Check: { CheckID: 'a' }, Checks: [{ CheckID: 'b' }, { CheckID: 'c' }] });
  expect(Checks.map(({ CheckID }) => CheckID)).toEqual(['b', 'c', 'a']);
});

test('a status may be any text', () =>
  expect(registered({ Check: { Name: 'c', Status: 'weird' } }).Checks[0]!.Status).toBe('weird'));

describe('invalid weights become 1 and 1', () => {
  test.each([
    [{ Passing: 0 }, { Passing: 1, Warning: 1 }],
    [{ Passing: -3 }, { Passing: 1, Warning: 1 }],
    [{ Warning: 5 }, { Passing: 1, Warning: 1 }],
    [
      { Passing: 10, Warning: 2 },
      { Passing: 10, Warning: 2 },
    ],
    [{ Passing: 10 }, { Passing: 10, Warning: 0 }],
  ])('%j', (Weights, expected) =>
    expect(registered({ Service: { Service: 'a', Weights } }).Service!.Weights).toEqual(expected),
  );
});

describe('a definition is kept as it is shown, and says when to deregister', () => {
  test.each([
    [{}, { Definition: {}, Type: '' }],
    [{ Interval: 10 }, { Definition: { Interval: '10ns' }, Type: '' }],
    [
      {
        Interval: '10s',
        DeregisterCriticalServiceAfter: '3s',
        HTTP: 'http://x',
        Header: {},
        TLSSkipVerify: true,
      },
      {
        Definition: {
          Interval: '10s',
          DeregisterCriticalServiceAfter: '3s',
          HTTP: 'http://x',
          TLSSkipVerify: true,
        },
        Type: 'http',
        DeregisterAfterMs: 3000,
      },
    ],
    [
      { deregister_critical_service_after: '90m', TCP: 'a:1', Interval: '1s' },
      {
        Definition: { DeregisterCriticalServiceAfter: '1h30m0s', TCP: 'a:1', Interval: '1s' },
        Type: 'tcp',
        DeregisterAfterMs: 5_400_000,
      },
    ],
    [{ TTL: '10s' }, { Definition: { TTL: '10s' }, Type: 'ttl', TTLMs: 10_000 }],
    [{ AliasService: 's' }, { Definition: { AliasService: 's' }, Type: 'alias' }],
  ])('%j', (Definition, expected) =>
    expect(registered({ Check: { Name: 'c', Definition } }).Checks[0]).toMatchObject(expected),
  );
});

describe('other spellings and what an answer gave are accepted', () => {
  test.each([
    [{ node: 'n', ADDRESS: '1.1.1.1' }],
    [{ ...node, node_meta: { a: 'b' }, tagged_addresses: {} }],
    [{ ...node, Token: 'x', CreateIndex: 1, ModifyIndex: 2 }],
    [{ ...node, Service: { Service: 'a', CreateIndex: 1, ModifyIndex: 2 } }],
    [{ ...node, Check: { Name: 'a', CreateIndex: 1, ModifyIndex: 2 } }],
    [{ ...node, Address: '0.0.0.0' }],
    [{ ...node, Check: { Name: 'a', Definition: { IntervalDuration: '10s', Nope: 1 } } }],
    [{ ...node, NodeMeta: { 'consul-x': '1', 'a b': '2' } }],
    [{ Node: 'n', SkipNodeUpdate: true }],
  ])('%j', (body) => expect(register(body)).toHaveProperty('Node', 'n'));
  test('a node ID becomes lower case', () => {
    const ID = 'AAAAAAAA-0000-4000-8000-000000000002';
    expect(registered({ ID }).ID).toBe(ID.toLowerCase());
  });
});

const service = (fields: unknown) => ({ ...node, Service: fields });
const check = (fields: unknown) => ({ ...node, Check: fields });

/** Measured on Consul 1.8.7. */
const refusals: [body: unknown, answer: string][] = [
  [{}, '500 Must provide node'],
  [null, '500 Must provide node'],
  [{ Address: '10.1.0.9' }, '500 Must provide node'],
  [{ Node: 'nx' }, '500 Must provide address if SkipNodeUpdate is not set'],
  [{ ...node, ID: 'not-a-uuid' }, '500 Bad node ID: uuid string is wrong length'],
  [{ ...node, ID: '11111111-0000-4000-8000-00000000000' }, '500 Bad node ID: uuid string is wrong length'],
  [{ ...node, ID: '11111111x0000-4000-8000-000000000002' }, '500 Bad node ID: uuid is improperly formatted'],
  [
    { ...node, ID: '11111111-0000-4000-8000-00000000000Z' },
    "500 Bad node ID: encoding/hex: invalid byte: U+005A 'Z'",
  ],
  [service({ ID: 'noname', Port: 1 }), '500 Must provide service name with ID'],
  [service({}), '500 failed inserting service: failed inserting service: object missing primary index'],
  [service({ Service: 's', Address: '0.0.0.0' }), '500 Invalid service address'],
  [
    service({ Service: 'pr', Kind: 'connect-proxy' }),
    '500 2 errors occurred:\n\t* Proxy.DestinationServiceName must be non-empty for Connect proxy services\n' +
      '\t* Port must be set for a Connect proxy\n\n',
  ],
  [
    service({ ID: 'p', Kind: 'connect-proxy', Port: 1, Address: '::' }),
    '500 1 error occurred:\n\t* Proxy.DestinationServiceName must be non-empty for Connect proxy services\n\n',
  ],
  [check({}), '500 failed inserting check: failed inserting check: object missing primary index on node "n"'],
  [check({ CheckID: 'x', Node: 'b' }), '500 check node "b" does not match node "n"'],
  [check({ CheckID: 'x', Node: 'N' }), '500 check node "N" does not match node "n"'],
  [[], '~~array into Go value of type structs.RegisterRequest'],
  [{ Node: 5 }, '~~number into Go struct field RegisterRequest.Node of type string'],
  [
    { ...node, Service: 5 },
    '~~number into Go struct field RegisterRequest.Service of type structs.NodeService',
  ],
  [service({ Port: '80' }), '~~string into Go struct field NodeService.Service.Port of type int'],
  [service({ Tags: [1] }), '~~number into Go struct field NodeService.Service.Tags of type string'],
  [
    service({ Weights: { Passing: 'x' } }),
    '~~string into Go struct field Weights.Service.Weights.Passing of type int',
  ],
  [
    service({ TaggedAddresses: { lan: { Port: 'x' } } }),
    '~~string into Go struct field ServiceAddress.Service.TaggedAddresses.Port of type int',
  ],
  [
    service({ Connect: { Native: 1 } }),
    '~~number into Go struct field NodeService.Service.Connect of type bool',
  ],
  [check({ Name: 1 }), '~~number into Go struct field HealthCheck.Check.Name of type string'],
  [
    check({ Definition: { HTTP: 5 } }),
    '~~number into Go struct field HealthCheck.Check.Definition of type string',
  ],
  [check({ Definition: { TTL: 'x' } }), '~time: invalid duration "x"'],
  [
    { ...node, Checks: { CheckID: 'x' } },
    '~~object into Go struct field RegisterRequest.Checks of type structs.HealthChecks',
  ],
  [
    { ...node, Checks: [{ ServiceTags: 5 }] },
    '~~number into Go struct field HealthCheck.Checks.ServiceTags of type []string',
  ],
  [{ ...node, NodeMeta: { a: 1 } }, '~~number into Go struct field RegisterRequest.NodeMeta of type string'],
  [
    { ...node, SkipNodeUpdate: 1 },
    '~~number into Go struct field RegisterRequest.SkipNodeUpdate of type bool',
  ],
  [{ ...node, UnknownField: 1 }, '~json: unknown field "UnknownField"'],
  [{ ...node, Checks: [{ Nope: 1 }] }, '~json: unknown field "Nope"'],
  [
    { ...node, Namespace: 'x' },
    '~json: unknown field "Namespace" - Namespaces are a Consul Enterprise feature',
  ],
];

describe('a registration that Consul refuses is refused with its text', () => {
  test.each(refusals)('%j', (body, expected) => expect(register(body)).toBe(spelled(expected)));
});

describe('a deregistration', () => {
  const all = { Datacenter: '', Node: 'a', ServiceID: '', CheckID: '' };
  test.each([
    [{ Node: 'a' }, all],
    [
      { node: 'a', service_id: 's', Datacenter: 'dc2' },
      { ...all, ServiceID: 's', Datacenter: 'dc2' },
    ],
    [
      { Node: 'a', CheckID: 'q', Token: 'x', Address: 'y' },
      { ...all, CheckID: 'q' },
    ],
    [{}, '500 Must provide node'],
    [{ Node: 5 }, '~~number into Go struct field .Node of type string'],
    [{ Node: 'a', ServiceID: 5 }, '~~number into Go struct field .ServiceID of type string'],
    [{ Nope: 5 }, '~json: unknown field "Nope"'],
  ])('%j', (body, expected) =>
    expect(deregister(body)).toEqual(typeof expected === 'string' ? spelled(expected) : expected),
  );
});
