import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../../sidecar/config/config-error.ts';
import { parseConfigFile } from '../../../sidecar/config/config-file.ts';

const json = (value: unknown) => parseConfigFile('x.json', JSON.stringify(value), 'json');
const hcl = (text: string) => parseConfigFile('x.hcl', text, 'hcl');

describe('JSON and HCL say the same', () => {
  test.each([
    ['ports {\n http = 8501\n}', { ports: { http: 8501 } }],
    [
      'service {\n name = "web"\n check {\n ttl = "10s"\n }\n}',
      { service: { name: 'web', check: { ttl: '10s' } } },
    ],
    ['services {\n name = "a"\n}', { services: [{ name: 'a' }] }],
    ['services {\n name = "a"\n}\nservices {\n name = "b"\n}', { services: [{ name: 'a' }, { name: 'b' }] }],
    ['services = [{ name = "a" }]', { services: [{ name: 'a' }] }],
    [
      'watches = [{ type = "key", key = "a", args = ["x"] }]',
      { watches: [{ type: 'key', key: 'a', args: ['x'] }] },
    ],
    ['dns_config { service_ttl { "web*" = "5s" } }', { dns_config: { service_ttl: { 'web*': '5s' } } }],
    ['dns_config { service_ttl = { "*" = "5s" } }', { dns_config: [{ service_ttl: { '*': '5s' } }] }],
  ])('%s', (text, value) => expect(hcl(text)).toEqual(json(value)));
});

describe('what a file says', () => {
  test.each([
    [
      'service joins services',
      { service: { name: 'a' }, services: [{ name: 'b' }] },
      { services: [{ Name: 'a' }, { Name: 'b' }] },
    ],
    ['check joins checks', { check: { name: 'a' } }, { checks: [{ Name: 'a' }] }],
    ['a list of one service', { service: [{ name: 'a' }] }, { services: [{ Name: 'a' }] }],
    [
      'a list of one check',
      { service: { name: 'a', check: [{ ttl: '1s' }] } },
      { services: [{ Name: 'a', Check: { TTL: 1000 } }] },
    ],
    ['durations are milliseconds', { check_update_interval: '1m' }, { check_update_interval: 60_000 }],
    ['null says nothing', { server: null, ports: { http: null } }, { ports: {} }],
    ['other spellings', { Data_Dir: 'x', nodename: 'n' }, { data_dir: 'x', node_name: 'n' }],
  ])('%s', (_, value, expected) => expect(json(value)).toEqual(expected));
  test.each(['', ' \n'])('an empty file says nothing: %j', (text) => {
    expect(parseConfigFile('x.json', text, 'json')).toEqual({});
    expect(hcl(text)).toEqual({});
  });
  test('null says nothing', () => expect(json(null)).toEqual({}));
});

const failed = (why: string) => `failed to parse x.json: ${why}`;
const mistyped = (...faults: string[]) =>
  failed(`${faults.length} error(s) decoding:\n\n${faults.map((fault) => `* ${fault}`).join('\n')}`);

/** Measured on Consul 1.8.7, but for the position of a syntax error, which Consul leaves out. */
const refused: [text: string, message: string][] = [
  ['{"bogus":1}', failed('1 error occurred:\n\t* invalid config key bogus\n\n')],
  [
    '{"bogus":1,"nope":{"a":1},"services":[{"name":"a","bad":1}]}',
    failed(
      '3 errors occurred:\n\t* invalid config key bogus\n\t* invalid config key nope\n' +
        '\t* invalid config key services[0].bad\n\n',
    ),
  ],
  ['{"ports":{"htp":1}}', failed('1 error occurred:\n\t* invalid config key ports.htp\n\n')],
  ['{"checks":[{"bogus":"q"}]}', failed('1 error occurred:\n\t* invalid config key checks[0].bogus\n\n')],
  [
    '{"ports":{"http":"8500"}}',
    mistyped("'ports.http' expected type 'int', got unconvertible type 'string'"),
  ],
  ['{"ports":5}', mistyped("'ports' expected a map, got 'float64'")],
  [
    '{"server":1,"data_dir":5}',
    mistyped(
      "'data_dir' expected type 'string', got unconvertible type 'float64'",
      "'server' expected type 'bool', got unconvertible type 'float64'",
    ),
  ],
  ['{"services":{"name":"a"}}', mistyped("'services': source data must be an array or slice, got map")],
  ['{"service":[{"name":"a"},{"name":"b"}]}', mistyped("'service' expected a map, got 'slice'")],
  ['{"start_join":"x"}', mistyped("'start_join': source data must be an array or slice, got string")],
  [
    '{"services":[{"name":"a","meta":{"a":1}}]}',
    mistyped("'services[0].meta[a]' expected type 'string', got unconvertible type 'float64'"),
  ],
  [
    '{"services":[{"check":{"ttl":10}}]}',
    mistyped("'services[0].check.ttl' expected type 'string', got unconvertible type 'float64'"),
  ],
  [
    '{"check_update_interval":"abc"}',
    '1 error occurred:\n\t* check_update_interval: invalid duration: "abc": time: invalid duration "abc"\n\n',
  ],
  ['{"data_dir":', failed('At 1:13: unexpected end of JSON input')],
  ['{"a":1,\n}', failed("At 2:1: invalid character '}' looking for beginning of object key string")],
  ['{} x', failed('At 1:4: invalid character "x" after top-level value')],
  ['[null]', mistyped("'the file' expected a map, got 'slice'")],
  ['{"ports":[null]}', mistyped("'ports' expected a map, got 'slice'")],
  ['[]', mistyped("'the file' expected a map, got 'slice'")],
];

describe('a faulty file is refused with the text of Consul', () => {
  test.each(refused)('%s', (text, message) => {
    const parse = () => parseConfigFile('x.json', text, 'json');
    expect(parse).toThrow(ConfigError);
    expect(parse).toThrow(message);
  });
  test.each([
    ['bogus = 1', 'failed to parse x.hcl: 1 error occurred:\n\t* invalid config key bogus\n\n'],
    ['service "web" {}', 'failed to parse x.hcl: 1 error occurred:\n\t* invalid config key service.web\n\n'],
    [
      'service {}\nservice {}',
      "failed to parse x.hcl: 1 error(s) decoding:\n\n* 'service' expected a map, got 'slice'",
    ],
    ['data_dir = 5', "* 'data_dir' expected type 'string', got unconvertible type 'int'"],
    ['data_dir = "x', 'failed to parse x.hcl: At 1:12: literal not terminated'],
  ])('%s', (text, message) => expect(() => hcl(text)).toThrow(message));
});
