import { describe, expect, test } from 'vitest';
import {
  decodeCheckRegistration,
  decodeCheckUpdate,
} from '../../../../src/shared/definition/check-definition.ts';
import { checkTypeOf } from '../../../../src/shared/definition/check-type.ts';
import type { CheckDefinition } from '../../../../src/shared/model.ts';
import { answer, spelled } from './answer.ts';

const register = (body: unknown) => answer(decodeCheckRegistration, JSON.stringify(body));
const registered = (body: object) => register({ Name: 'x', ...body }) as CheckDefinition;
const http = { HTTP: 'http://x', Interval: '10s' };

test('a TTL check shows every default', () => {
  expect(register({ Name: 'mem', TTL: '15s', Notes: 'm' })).toEqual({
    CheckID: 'mem',
    Name: 'mem',
    Notes: 'm',
    Status: '',
    ServiceID: '',
    Token: '',
    TTLMs: 15_000,
  });
});

test('an ID, a service, a status and a token are kept', () => {
  const body = { ID: 'i', ServiceID: 's', Status: 'passing', Token: 't', TTL: '1s' };
  expect(registered(body)).toMatchObject({ CheckID: 'i', ServiceID: 's', Status: 'passing', Token: 't' });
});

describe('the kind of a check follows from its fields, and only the fields of that kind are kept', () => {
  const every = { Interval: '10s', TLSServerName: 'n', Method: 'GET', Shell: 'sh' };
  test.each([
    ['ttl', { TTL: '1s', Method: 'GET', Shell: 'sh' }, { TTLMs: 1000 }],
    ['http', { ...every, HTTP: 'h', TCP: 't' }, { HTTP: 'h', Method: 'GET', TLSServerName: 'n' }],
    ['tcp', { ...every, TCP: 't', UDP: 'u' }, { TCP: 't', TLSServerName: 'n' }],
    ['udp', { ...every, UDP: 'u' }, { UDP: 'u' }],
    ['grpc', { ...every, GRPC: 'g', GRPCUseTLS: true }, { GRPC: 'g', GRPCUseTLS: true, TLSServerName: 'n' }],
    ['script', { ...every, Args: ['a'] }, { Args: ['a'] }],
    ['script', { ...every, ScriptArgs: ['a'] }, { Args: ['a'] }],
    [
      'docker',
      { ...every, Args: ['a'], DockerContainerID: 'd' },
      { Args: ['a'], DockerContainerID: 'd', Shell: 'sh' },
    ],
    ['h2ping', { Interval: '10s', H2PING: 'h' }, { H2PING: 'h', H2PingUseTLS: true }],
    ['h2ping', { Interval: '10s', H2PING: 'h', H2PingUseTLS: false }, { H2PING: 'h', H2PingUseTLS: false }],
    ['os_service', { ...every, OSService: 'o' }, { OSService: 'o' }],
    ['alias', { AliasService: 's', Method: 'GET' }, { AliasService: 's' }],
    ['alias', { AliasNode: 'n' }, { AliasNode: 'n' }],
  ])('%s: %j', (type, body, kept) => {
    const { CheckID, Name, Notes, Status, ServiceID, Token, IntervalMs, ...own } = registered(body);
    expect(own).toEqual(kept);
    expect(checkTypeOf(registered(body))).toBe(type);
  });
});

describe('durations are texts or nanoseconds', () => {
  test.each([
    [{ TTL: '1m30s' }, { TTLMs: 90_000 }],
    [{ TTL: 15_000_000_000 }, { TTLMs: 15_000 }],
    [{ TTL: 10 }, { TTLMs: 0.00001 }],
    [{ TTL: 1_500_000.9 }, { TTLMs: 1.5 }],
    [{ ...http, Timeout: '500ms' }, { TimeoutMs: 500 }],
  ])('%j', (body, expected) => expect(registered(body)).toMatchObject(expected));
  test.each([['-1s'], ['0s'], [true], [null]])('a timeout of %j is none', (Timeout) =>
    expect(registered({ ...http, Timeout })).not.toHaveProperty('TimeoutMs'),
  );
});

describe('what is below a minimum is raised to it, with a warning', () => {
  const warningsOf = (body: object): [CheckDefinition, string[]] => {
    const warnings: string[] = [];
    const check = decodeCheckRegistration({ Name: 'x', ...body }, (message) => void warnings.push(message));
    return [check, warnings];
  };
  const deregister = (text: string) => ({ TTL: '1s', DeregisterCriticalServiceAfter: text });
  test.each([
    [{ ...http, Interval: '1s' }, { IntervalMs: 1000 }, []],
    [
      { ...http, Interval: '999ms' },
      { IntervalMs: 1000 },
      ['check has interval below minimum: check=x interval=999ms minimum_interval=1s'],
    ],
    [deregister('1m'), { DeregisterCriticalServiceAfterMs: 60_000 }, []],
    [
      deregister('59s'),
      { DeregisterCriticalServiceAfterMs: 60_000 },
      [
        'check has deregister interval below minimum: check=x deregister_interval=59s minimum_deregister_interval=1m0s',
      ],
    ],
  ])('%j', (body, expected, expectedWarnings) => {
    const [check, warnings] = warningsOf(body);
    expect(check).toMatchObject(expected);
    expect(warnings).toEqual(expectedWarnings);
  });
  test('a TTL has no minimum', () => expect(warningsOf({ TTL: '5ms' })).toMatchObject([{ TTLMs: 5 }, []]));
  test('never to deregister needs no raising', () =>
    expect(warningsOf(deregister('0s'))[0]).not.toHaveProperty('DeregisterCriticalServiceAfterMs'));
});

const interval = 'Interval must be > 0 for Script, HTTP, H2PING, TCP, UDP or OSService checks';

/** Measured on Consul 1.8.7; the text on intervals and the last two are those of the newest. */
const refusals: [body: unknown, answer: string][] = [
  [{ TTL: '15s' }, '400 Missing check name'],
  [{ ID: 'i', TTL: '10s' }, '400 Missing check name'],
  [{ TTL: '10s', Status: 'BOGUS' }, '400 Missing check name'],
  [{ Name: 'x', Status: 'bogus' }, '400 Bad check status'],
  [{ Name: 'x' }, '400 Invalid check: TTL must be > 0 for TTL checks'],
  [{ Name: 'x', Interval: '10s' }, '400 Invalid check: TTL must be > 0 for TTL checks'],
  [{ Name: 'x', TTL: true }, '400 Invalid check: TTL must be > 0 for TTL checks'],
  [{ Name: 'x', TTL: '-10s' }, '400 Invalid check: TTL must be > 0 for TTL checks'],
  [
    { Name: 'x', DockerContainerID: 'd', Interval: '1s' },
    '400 Invalid check: TTL must be > 0 for TTL checks',
  ],
  [{ Name: 'x', TCP: 'h:1' }, `400 Invalid check: ${interval}`],
  [{ Name: 'x', HTTP: 'http://x', TTL: '10s' }, `400 Invalid check: ${interval}`],
  [{ Name: 'x', HTTP: 'http://x', Interval: '-10s' }, `400 Invalid check: ${interval}`],
  [
    { Name: 'x', TTL: '1s', TCP: 'h:1', Interval: '1s' },
    '400 Invalid check: Interval and TTL cannot both be specified',
  ],
  [{ Name: 'x', AliasService: 'y', TTL: '1s' }, '400 Invalid check: TTL must be not be set for Alias checks'],
  [{ Name: 'x', TTL: '1s', OutputMaxSize: -1 }, '400 Invalid check: MaxOutputMaxSize must be positive'],
  [{ Name: 'x', TTL: 'banana' }, '~time: invalid duration "banana"'],
  [{ Name: 'al', CheckID: 'al', TTL: '10s' }, '~json: unknown field "CheckID"'],
  [{ Name: 'x', TTL: '10s', Definition: {} }, '~json: unknown field "Definition"'],
  [{ Name: 'x', TTL: '10s', Header: { a: 'b' } }, '~~string into Go struct field .Header of type []string'],
  [{ Name: 5 }, '~~number into Go struct field .Name of type string'],
  [[], '~~array into Go value of type structs.CheckDefinition'],
  [{ Name: 'x', ...http, AliasService: 'y' }, '400 Invalid check: Interval cannot be set for Alias checks'],
  [
    { Name: 'x', ...http, FailuresBeforeWarning: 2, FailuresBeforeCritical: 1 },
    "400 Invalid check: FailuresBeforeWarning can't be higher than FailuresBeforeCritical",
  ],
];

describe('a check that Consul refuses is refused with its text', () => {
  test.each(refusals)('%j', (body, expected) => expect(register(body)).toBe(spelled(expected)));
});

describe('an update of a check', () => {
  const update = (body: string) => answer(decodeCheckUpdate, body);
  test.each([
    ['{"Status":"passing","Output":"fine"}', { Status: 'passing', Output: 'fine' }],
    ['{"status":"critical"}', { Status: 'critical', Output: '' }],
    ['{}', "400 Invalid check status: ''"],
    ['{"Status":"bogus"}', "400 Invalid check status: 'bogus'"],
    ['{"Status":"PASSING"}', "400 Invalid check status: 'PASSING'"],
    ['{"Status":5}', '~~number into Go struct field checkUpdate.Status of type string'],
    ['{"Status":"passing","x":1}', '~json: unknown field "x"'],
    ['[]', '~~array into Go value of type agent.checkUpdate'],
    ['x', "~invalid character 'x' looking for beginning of value"],
  ])('%s', (body, expected) =>
    expect(update(body)).toEqual(typeof expected === 'string' ? spelled(expected) : expected),
  );
});
