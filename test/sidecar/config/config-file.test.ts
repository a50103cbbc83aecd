import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../../sidecar/config/config-error.ts';
import { parseConfigFile } from '../../../sidecar/config/config-file.ts';

const ignore = () => undefined;
const json = (value: unknown) => parseConfigFile('x.json', JSON.stringify(value), 'json', ignore);
const hcl = (text: string) => parseConfigFile('x.hcl', text, 'hcl', ignore);

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
  test('a file of HCL may hold JSON', () =>
    expect(hcl('{ "ports": { "http": 1 }, "services": { "name": "a" } }')).toEqual({
      ports: { http: 1 },
      services: [{ Name: 'a' }],
    }));
  test('a byte order mark says nothing', () => {
    expect(parseConfigFile('x.json', '\ufeff{"server":true}', 'json', ignore)).toEqual({ server: true });
    expect(hcl('\ufeffserver = true')).toEqual({ server: true });
  });
  test.each(['', ' \n'])('an empty file says nothing: %j', (text) => {
    expect(parseConfigFile('x.json', text, 'json', ignore)).toEqual({});
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
  [
    '{"ports":{"htp":1}}',
    failed('1 error occurred:\n\t* invalid config key ports.htp (did you mean http?)\n\n'),
  ],
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
  ['[{"server":true}]', mistyped("'the file' expected a map, got 'slice'")],
  [
    '{"server":false,"Server":true}',
    failed('1 error occurred:\n\t* invalid config key Server (did you mean server?)\n\n'),
  ],
];

test.each([
  ['{"data-dir":1}', 'data-dir (did you mean data_dir?)'],
  ['{"recursor":1}', 'recursor (did you mean recursors?)'],
  ['{"datcenter":1}', 'datcenter (did you mean datacenter?)'],
  ['{"services":[{"tag":1}]}', 'services[0].tag (did you mean tags?)'],
  [
    '{"service":{"check":{"tls_skp_verify":1}}}',
    'service.check.tls_skp_verify (did you mean tls_skip_verify?)',
  ],
  ['{"watches":[{"handler_typ":1}]}', 'watches[0].handler_typ (did you mean handler_type?)'],
  ['{"telemetry":{"statsd_addr":"a"}}', 'telemetry.statsd_addr (did you mean statsd_address?)'],
  ['{"autopilot":{"min_quorums":1}}', 'autopilot.min_quorums (did you mean min_quorum?)'],
  ['{"atlas":1}', 'atlas'],
  ['{"x":1}', 'x'],
])('%s: the key that may be meant is named', (text, named) =>
  expect(() => parseConfigFile('x.json', text, 'json', ignore)).toThrow(
    failed(`1 error occurred:\n\t* invalid config key ${named}\n\n`),
  ),
);

describe('older names', () => {
  const read = (value: object) => {
    const warnings: string[] = [];
    const said = parseConfigFile('x.json', JSON.stringify(value), 'json', (text) => void warnings.push(text));
    return { said, warnings };
  };
  const told = (older: string, newer: string) =>
    `The '${older}' field is deprecated. Use the '${newer}' field instead.`;

  test.each([
    [{ acl_token: 't' }, { acl: { tokens: { default: 't' } } }, ['acl_token', 'acl.tokens.default']],
    [{ acl_agent_token: 't' }, { acl: { tokens: { agent: 't' } } }, ['acl_agent_token', 'acl.tokens.agent']],
    [
      { acl_agent_master_token: 't' },
      { acl: { tokens: { agent_recovery: 't' } } },
      ['acl_agent_master_token', 'acl.tokens.agent_recovery'],
    ],
    [
      { acl: { tokens: { agent_master: 't', default: 'd' } } },
      { acl: { tokens: { agent_recovery: 't', default: 'd' } } },
      ['acl.tokens.agent_master', 'acl.tokens.agent_recovery'],
    ],
    [
      { acl: { tokens: { master: 't' } } },
      { acl: { tokens: { initial_management: 't' } } },
      ['acl.tokens.master', 'acl.tokens.initial_management'],
    ],
    [{ ui: true }, { ui_config: { enabled: true } }, ['ui', 'ui_config.enabled']],
    [{ ui_dir: '/u' }, { ui_config: { dir: '/u' } }, ['ui_dir', 'ui_config.dir']],
    [
      { ui_content_path: '/u' },
      { ui_config: { content_path: '/u' } },
      ['ui_content_path', 'ui_config.content_path'],
    ],
  ] as const)('%j', (written, said, [older, newer]) =>
    expect(read(written)).toEqual({ said, warnings: [told(older, newer)] }),
  );

  test('yield to the newer ones in the same file', () => {
    const { said, warnings } = read({ acl_token: 'old', acl: { tokens: { default: 'new' } } });
    expect(said).toEqual({ acl: { tokens: { default: 'new' } } });
    expect(warnings).toHaveLength(1);
  });
});

describe('a faulty file is refused with the text of Consul', () => {
  test.each(refused)('%s', (text, message) => {
    const parse = () => parseConfigFile('x.json', text, 'json', ignore);
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
