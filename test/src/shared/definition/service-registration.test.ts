import { describe, expect, test } from 'vitest';
import { decodeServiceRegistration } from '../../../../src/shared/definition/service-definition.ts';
import type { ServiceDefinition } from '../../../../src/shared/model.ts';
import { answer, spelled } from './answer.ts';

const register = (body: unknown) => answer(decodeServiceRegistration, JSON.stringify(body));
const registered = (body: unknown) => register(body) as ServiceDefinition;
const withCheck = (check: unknown) => ({ Name: 'x', Check: check });

test('a minimal body shows every default', () => {
  expect(register({ Name: 'api' })).toEqual({
    Service: {
      ID: 'api',
      Service: 'api',
      Tags: [],
      Address: '',
      Meta: null,
      Port: 0,
      Weights: { Passing: 1, Warning: 1 },
      EnableTagOverride: false,
      CreateIndex: 0,
      ModifyIndex: 0,
    },
    Checks: [],
    Token: '',
  });
});

describe('keys are found in any letter case and in snake_case', () => {
  const expected = register({
    Name: 'a',
    EnableTagOverride: true,
    TaggedAddresses: { lan: { Address: '1.1.1.1', Port: 9 } },
    Check: { TTL: '10s', DeregisterCriticalServiceAfter: '10m', Args: null, TLSSkipVerify: false },
  });
  test.each([
    {
      name: 'a',
      enable_tag_override: true,
      tagged_addresses: { lan: { address: '1.1.1.1', port: 9 } },
      check: { ttl: '10s', deregister_critical_service_after: '10m', args: null, tls_skip_verify: false },
    },
    {
      NAME: 'a',
      enableTagOverride: true,
      taggedaddresses: { lan: { ADDRESS: '1.1.1.1', Port: 9 } },
      CHECK: { Ttl: '10s', DEREGISTERCRITICALSERVICEAFTER: '10m', ARGS: null, TlsSkipVerify: false },
    },
  ])('%j', (body) => expect(register(body)).toEqual(expected));
  test('the last of two spellings counts', () =>
    expect(registered({ Name: 'x', name: 'y' }).Service.Service).toBe('y'));
});

describe('null is absent', () => {
  test.each([
    ['tags', { Name: 'x', Tags: null }, { Tags: [] }],
    ['meta', { Name: 'x', Meta: null }, { Meta: null }],
    ['one tag', { Name: 'x', Tags: [null, 'a'] }, { Tags: ['', 'a'] }],
    ['one value', { Name: 'x', Meta: { a: null } }, { Meta: { a: '' } }],
    [
      'an address',
      { Name: 'x', TaggedAddresses: { a: null } },
      { TaggedAddresses: { a: { Address: '', Port: 0 } } },
    ],
  ])('%s', (_, body, service) => expect(registered(body).Service).toMatchObject(service));
  test('the body', () => expect(answer(decodeServiceRegistration, 'null')).toBe('400 Missing service name'));
});

test('a key of the object prototype is an ordinary key of metadata', () => {
  const body = '{"Name":"x","Meta":{"__proto__":"a","constructor":"b"}}';
  const { Service } = answer(decodeServiceRegistration, body) as ServiceDefinition;
  expect(Object.entries(Service.Meta!)).toEqual([
    ['__proto__', 'a'],
    ['constructor', 'b'],
  ]);
});

describe('the IDs and names of checks follow from their position', () => {
  const ids = (body: object) =>
    registered({ ID: 'w1', Name: 'web', ...body }).Checks.map(({ CheckID, Name }) => `${CheckID}|${Name}`);
  const ttl = { TTL: '10s' };
  test.each([
    ['one check', { Check: ttl }, ["service:w1|Service 'web' check"]],
    ['a list of one', { Checks: [ttl] }, ["service:w1|Service 'web' check"]],
    [
      'several',
      {
        Checks: [
          { ...ttl, Name: 'a', CheckID: 'c1' },
          { ...ttl, Name: 'b' },
        ],
      },
      ['c1|a', 'service:w1:2|b'],
    ],
    [
      'Check comes before Checks',
      { Check: ttl, Checks: [ttl] },
      ["service:w1:1|Service 'web' check", "service:w1:2|Service 'web' check"],
    ],
    ['an empty Check is none', { Check: {}, Checks: [ttl] }, ["service:w1|Service 'web' check"]],
  ])('%s', (_, body, expected) => expect(ids(body)).toEqual(expected));
});

/** Measured on Consul 1.8.7; the text on intervals is that of the newest. `~` and `~~` open decode errors. */
const refusals: [body: unknown, answer: string][] = [
  [{ Port: 1 }, '400 Missing service name'],
  [
    { Name: '', Address: '::', Meta: { 'a b': 'v' }, Weights: {}, Check: { CheckID: 'x' } },
    '400 Missing service name',
  ],
  [{ Name: 'x', Address: '::', Meta: { 'a b': 'v' }, Weights: {} }, '400 Invalid service address'],
  [{ Name: 'x', Address: '0.0.0.0' }, '400 Invalid service address'],
  [{ Name: 'x', Address: '[::]' }, '400 Invalid service address'],
  [{ Name: 'x', Meta: { 'a b': 'v' }, Weights: {} }, '400 Invalid Weights: Passing must be greater than 0'],
  [
    { Name: 'x', Weights: { Passing: -1, Warning: 1 } },
    '400 Invalid Weights: Passing must be greater than 0',
  ],
  [
    { Name: 'x', Weights: { Passing: 1, Warning: -1 } },
    '400 Invalid Weights: Warning must be greater or equal than 0',
  ],
  [
    { Name: 'x', Weights: { Passing: 65_536 } },
    '400 Invalid Weights: DNS Weight must be between 0 and 65535',
  ],
  [
    { Name: 'x', Weights: { Passing: 1, Warning: 65_536 } },
    '400 Invalid Weights: DNS Weight must be between 0 and 65535',
  ],
  [
    { Name: 'x', Meta: { 'a b': 'v' }, Kind: 'connect-proxy' },
    "400 Invalid Service Meta: Couldn't load metadata pair ('a b', 'v'): Key contains invalid characters",
  ],
  [
    { Name: 'x', Kind: 'connect-proxy', Port: 1 },
    '400 1 error occurred:\n\t* Proxy.DestinationServiceName must be non-empty for Connect proxy services\n\n',
  ],
  [
    { Name: 'x', Kind: 'connect-proxy', Proxy: { destination_service_name: 'y' }, Connect: { Native: true } },
    '400 2 errors occurred:\n\t* Port must be set for a Connect proxy\n' +
      '\t* A Proxy cannot also be Connect Native, only typical services\n\n',
  ],
  [withCheck({ CheckID: 'x', Status: 'bogus' }), '400 Invalid check: TTL must be > 0 for TTL checks'],
  [withCheck({ TTL: '10s', Status: 'bogus' }), "400 Status for checks must 'passing', 'warning', 'critical'"],
  [{ Name: 'x', Checks: [{}] }, '400 Invalid check: TTL must be > 0 for TTL checks'],
  [[], '~~array into Go value of type structs.ServiceDefinition'],
  ['text', '~~string into Go value of type structs.ServiceDefinition'],
  [true, '~~bool into Go value of type structs.ServiceDefinition'],
  [{ Name: 5 }, '~~number into Go struct field .Name of type string'],
  [{ Name: 'x', Kind: 5 }, '~~number into Go struct field .Kind of type structs.ServiceKind'],
  [{ Name: 'x', Port: 'a' }, '~~string into Go struct field .Port of type int'],
  [{ Name: 'x', Port: 1.5 }, '~~number 1.5 into Go struct field .Port of type int'],
  [{ Name: 'x', Tags: 'a' }, '~~string into Go struct field .Tags of type []string'],
  [{ Name: 'x', Tags: [1] }, '~~number into Go struct field .Tags of type string'],
  [{ Name: 'x', Meta: { a: 1 } }, '~~number into Go struct field .Meta of type string'],
  [{ Name: 'x', Meta: [] }, '~~array into Go struct field .Meta of type map[string]string'],
  [{ Name: 'x', Weights: 5 }, '~~number into Go struct field .Weights of type structs.Weights'],
  [
    { Name: 'x', Weights: { Passing: '1' } },
    '~~string into Go struct field Weights.Weights.Passing of type int',
  ],
  [
    { Name: 'x', TaggedAddresses: { lan: { Address: 5 } } },
    '~~number into Go struct field ServiceAddress.TaggedAddresses.Address of type string',
  ],
  [
    { Name: 'x', TaggedAddresses: { lan: 5 } },
    '~~number into Go struct field .TaggedAddresses of type structs.ServiceAddress',
  ],
  [{ Name: 'x', EnableTagOverride: 'true' }, '~~string into Go struct field .EnableTagOverride of type bool'],
  [{ Name: 'x', Connect: { Native: 'x' } }, '~~string into Go struct field .Connect of type bool'],
  [
    { Name: 'x', Proxy: { Config: 5 } },
    '~~number into Go struct field .Proxy of type map[string]interface {}',
  ],
  [withCheck({ Notes: 5 }), '~~number into Go struct field .Check of type string'],
  [withCheck({ Header: { a: 'b' } }), '~~string into Go struct field .Check of type []string'],
  [{ Name: 'x', Checks: { TTL: '1s' } }, '~~object into Go struct field .Checks of type structs.CheckTypes'],
  [{ Name: 'x', Nope: 1, Port: 'a' }, '~json: unknown field "Nope"'],
  [{ Name: 'x', Port: 'a', Nope: 1 }, '~~string into Go struct field .Port of type int'],
  [{ Name: 'x', Weights: { Nope: 1 } }, '~json: unknown field "Nope"'],
  [withCheck({ ID: 'foo', TTL: '10s' }), '~json: unknown field "ID"'],
  [withCheck({ Token: 'foo', TTL: '10s' }), '~json: unknown field "Token"'],
  [withCheck({ Script: 'x', Interval: '10s' }), '~json: unknown field "Script"'],
  [
    { Name: 'x', Namespace: 'default' },
    '~json: unknown field "Namespace" - Namespaces are a Consul Enterprise feature',
  ],
  [withCheck({ TTL: 'banana' }), '~time: invalid duration "banana"'],
  [withCheck({ TTL: '' }), '~time: invalid duration ""'],
];

describe('a registration that Consul refuses is refused with its text', () => {
  test.each(refusals)('%j', (body, expected) => expect(register(body)).toBe(spelled(expected)));
});

/** A check and a proxy are decoded apart: what is wrong in them is told at once, before what was noted outside. */
describe('of several faults the one that Go meets is told', () => {
  test.each([
    [{ Port: 'a', Meta: 5 }, '~~string into Go struct field .Port of type int'],
    [{ Port: 'a', Check: { Nope: 1 } }, '~json: unknown field "Nope"'],
    [{ Port: 'a', Check: { Interval: 'b' } }, '~time: invalid duration "b"'],
    [{ Port: 'a', Check: 'b' }, '~~string into Go struct field .Check of type structs.CheckType'],
    [{ Check: { Interval: 'b', Notes: 5 } }, '~~number into Go struct field .Check of type string'],
    [{ Check: { Notes: 5 }, Checks: [{ Nope: 1 }] }, '~~number into Go struct field .Check of type string'],
    [{ Checks: [{ Interval: 'b' }, { Notes: 5 }] }, '~time: invalid duration "b"'],
    [{ Checks: [{ TTL: '1s' }, { Notes: 5 }] }, '~~number into Go struct field .Checks of type string'],
  ])('%j', (body, expected) => expect(register({ Name: 'x', ...body })).toBe(spelled(expected)));
});

describe('what Consul lets pass, passes', () => {
  test.each([
    [{ Name: 'bad name/with slash' }],
    [{ Name: 'x', Port: -1 }],
    [{ Name: 'x', Port: 70_000 }],
    [{ Name: 'x', Address: 'not an ip!' }],
    [{ Name: 'x', Tags: ['a', 'a'] }],
    [{ Name: 'x', Kind: 'bogus' }],
    [{ Name: 'x', Weights: { Passing: 65_535 } }],
    [{ Name: 'x', Connect: { Nope: 'x' } }],
    [{ Name: 'x', Proxy: { NewerThanUs: { a: 1 } } }],
    [withCheck({ TTL: '10s', ServiceID: 'ignored' })],
  ])('%j', (body) => expect(register(body)).toHaveProperty('Service'));
});
