import { describe, expect, test } from 'vitest';
import type { AgentConfig } from '../../../sidecar/config/agent-config.ts';
import { ConfigError } from '../../../sidecar/config/config-error.ts';
import { parseConfigFile } from '../../../sidecar/config/config-file.ts';
import type { HostFacts } from '../../../sidecar/config/host-facts.ts';
import { resolveConfig } from '../../../sidecar/config/resolve.ts';
import { checkOutputBytesMaxMax } from '../../../src/shared/limits.ts';
import { host } from './host.ts';

const oneAddress = host('10.0.0.5');

function resolve(written: object, on: HostFacts = oneAddress, dev = false) {
  const file = parseConfigFile(
    'x.json',
    JSON.stringify({ data_dir: '/d', ...written }),
    'json',
    () => undefined,
  );
  return resolveConfig(file, dev, on);
}
const config = (written: object, on?: HostFacts): AgentConfig => resolve(written, on).config;

describe('what a key means', () => {
  test.each<[object, Partial<AgentConfig>]>([
    [
      {},
      { nodeName: 'host1', datacenter: 'dc1', domain: 'consul.', altDomain: '', dataDir: '/d', nodeId: '' },
    ],
    [
      { node_name: 'n1', datacenter: 'DC-2_x' },
      { nodeName: 'n1', datacenter: 'dc-2_x' },
    ],
    [{ node_name: '' }, { nodeName: 'host1' }],
    [
      { domain: 'Example.Org', alt_domain: 'b.' },
      { domain: 'example.org.', altDomain: 'b.' },
    ],
    [{ node_id: 'AAAAAAAA-0000-4000-8000-000000000002' }, { nodeId: 'aaaaaaaa-0000-4000-8000-000000000002' }],
    [{}, { ports: { dns: 8600, http: 8500, https: -1, server: 8300 } }],
    [
      { ports: { dns: -1, http: 0, https: 8501, server: 65_535 }, cert_file: 'c', key_file: 'k' },
      { ports: { dns: -1, http: -1, https: 8501, server: 65_535 } },
    ],
    [
      { retry_join: ['edge.example'], start_join: ['http://a'] },
      { retryJoin: ['http://edge.example:8300'], startJoin: ['http://a'] },
    ],
    [{}, { leaveOnTerminate: true, skipLeaveOnInterrupt: false, server: false }],
    [{ server: true }, { leaveOnTerminate: false, skipLeaveOnInterrupt: true, server: true }],
    [{ server: true, leave_on_terminate: true }, { leaveOnTerminate: true }],
    [{ check_update_interval: '1m' }, { checkUpdateIntervalMs: 60_000 }],
    [
      { recursors: ['8.8.8.8', '8.8.8.8:53', '1.1.1.1:5353', '::1', '[::2]:5'] },
      { recursors: ['8.8.8.8:53', '1.1.1.1:5353', '[::1]:53', '[::2]:5'] },
    ],
    [{ log_level: 'WARN' }, { logLevel: 'warn' }],
    [{ log_level: 'err' }, { logLevel: 'error' }],
    [{ ui: true, ui_content_path: 'x' }, { ui: { enabled: true, dir: '', contentPath: '/x/' } }],
    [
      { ui_config: { enabled: true, content_path: '/' } },
      { ui: { enabled: true, dir: '', contentPath: '/' } },
    ],
  ])('%j', (written, expected) => expect(config(written)).toMatchObject(expected));
});

describe('tokens fall back to the default token', () => {
  const tokens = (written: object) => config({ acl: { tokens: written } }).tokens;
  const all = (token: string) => ({
    default: token,
    agent: token,
    dns: token,
    configFileServiceRegistration: token,
    agentRecovery: '',
  });
  test.each([
    [{}, all('')],
    [{ default: 'd' }, all('d')],
    [
      { default: 'd', agent: 'a' },
      { ...all('d'), agent: 'a' },
    ],
    [
      { default: 'd', dns: '', agent_master: 'm' },
      { ...all('d'), dns: '', agentRecovery: 'm' },
    ],
  ])('%j', (written, expected) => expect(tokens(written)).toEqual(expected));
});

describe('the address that others use', () => {
  test.each<[object, HostFacts, string]>([
    [{}, host('10.0.0.5'), '10.0.0.5'],
    [{}, host('10.0.0.5', '203.0.113.9', '2001:db8::1'), '10.0.0.5'],
    [{}, host('203.0.113.9'), '203.0.113.9'],
    [{ bind_addr: '192.0.2.1' }, host('10.0.0.5'), '192.0.2.1'],
    [{ bind_addr: '::' }, host('10.0.0.5', 'fe80::1', '2001:db8::1'), '2001:db8::1'],
    [{ bind_addr: '192.0.2.1', advertise_addr: '192.0.2.2' }, host(), '192.0.2.2'],
    [{ bind_addr: '{{ GetInterfaceIP "eth1" }}' }, host('10.0.0.5', '10.0.0.6'), '10.0.0.6'],
    [
      { bind_addr: '{{ GetPrivateInterfaces | include "network" "192.168.0.0/16" | attr "address" }}' },
      host('10.0.0.5', '192.168.1.9'),
      '192.168.1.9',
    ],
    [
      {
        bind_addr:
          '{{ GetAllInterfaces | exclude "name" "lo|eth0" | include "type" "ipv4" | attr "address" }}',
      },
      host('10.0.0.5', '2001:db8::1', '10.0.0.6'),
      '10.0.0.6',
    ],
    [
      {
        bind_addr:
          '{{ GetAllInterfaces | exclude "flags" "loopback" | sort "-address" | limit 1 | join "address" " " }}',
      },
      host('10.0.0.5', '10.0.0.20', '10.0.0.6'),
      '10.0.0.20',
    ],
    [
      { bind_addr: '{{ GetPublicInterfaces | unique "name" | offset 1 | attr "address" }}' },
      host('203.0.113.1', '10.0.0.20', '203.0.113.2'),
      '203.0.113.2',
    ],
    [{ advertise_addr: '{{ GetPrivateIP }}' }, host('203.0.113.9', '10.0.0.5', '10.0.0.6'), '10.0.0.5'],
    [{ advertise_addr: '{{GetPublicIP}}' }, host('10.0.0.5', '203.0.113.9'), '203.0.113.9'],
    [{ bind_addr: '{{ GetInterfaceIP `eth1` }}' }, host('10.0.0.5', '10.0.0.6'), '10.0.0.6'],
    [{ bind_addr: ' {{- GetPrivateIP -}} ' }, host('10.0.0.5'), '10.0.0.5'],
    [{ bind_addr: '{{ GetPublicIP }}{{ GetPrivateIP }}' }, host('10.0.0.5'), '10.0.0.5'],
    [{ bind_addr: '{{ GetPrivateIP }}' }, host('203.0.113.9', 'fd00::2'), 'fd00::2'],
    [
      { bind_addr: '{{ GetAllInterfaces | exclude "rfc" "1122" | include "rfc" "6890" | attr "address" }}' },
      host('8.8.8.8', '192.0.2.7', '10.0.0.5'),
      '192.0.2.7',
    ],
    [
      { bind_addr: '{{ GetPrivateIP }}' },
      { ...host('172.17.0.1', 'fd00::2', '10.0.0.5'), defaultInterface: 'eth2' },
      '10.0.0.5',
    ],
    [
      { bind_addr: '{{ GetDefaultInterfaces | attr "address" }}' },
      { ...host('172.17.0.1', '10.0.0.5'), defaultInterface: 'eth1' },
      '10.0.0.5',
    ],
  ])('%j %#', (written, on, expected) => expect(config(written, on).advertiseAddr).toBe(expected));

  test('is tagged, and the wan one may differ', () => {
    expect(config({}).taggedAddresses).toEqual({
      lan: '10.0.0.5',
      lan_ipv4: '10.0.0.5',
      wan: '10.0.0.5',
      wan_ipv4: '10.0.0.5',
    });
    expect(config({ advertise_addr_wan: '2001:db8::1' }).taggedAddresses).toEqual({
      lan: '10.0.0.5',
      lan_ipv4: '10.0.0.5',
      wan: '2001:db8::1',
      wan_ipv6: '2001:db8::1',
    });
  });
});

describe('where interfaces listen', () => {
  test.each<[object, Partial<AgentConfig['addresses']>]>([
    [{}, { http: [{ ip: '127.0.0.1' }], dns: [{ ip: '127.0.0.1' }] }],
    [{ client_addr: '0.0.0.0' }, { http: [{ ip: '0.0.0.0' }], dns: [{ ip: '0.0.0.0' }] }],
    [{ client_addr: '127.0.0.1  [::1]' }, { http: [{ ip: '127.0.0.1' }, { ip: '::1' }] }],
    [
      { addresses: { http: 'unix:///run/r.sock 127.0.0.1', dns: '10.0.0.5' } },
      { http: [{ path: '/run/r.sock' }, { ip: '127.0.0.1' }], dns: [{ ip: '10.0.0.5' }] },
    ],
    [{ addresses: { dns: '{{ GetPrivateIP }}' } }, { dns: [{ ip: '10.0.0.5' }] }],
  ])('%j', (written, expected) => expect(config(written).addresses).toMatchObject(expected));
});

describe('TLS: the connection to the edge and https have what defaults have, and defaults what the flat keys have', () => {
  const pair = { cert_file: 'c', key_file: 'k' };
  const suites13 = 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256';
  test.each<[object, object]>([
    [{}, { edge: { minVersion: 'TLSv1.2', ciphers: '', serverName: '' }, https: { verifyIncoming: false } }],
    [{ ca_file: 'a' }, { edge: { caFile: 'a' }, https: { caFile: 'a' } }],
    [
      { ca_file: 'a', tls: { defaults: { ca_file: 'b' } } },
      { edge: { caFile: 'b' }, https: { caFile: 'b' } },
    ],
    [
      { ...pair, tls: { internal_rpc: { cert_file: 'r' }, https: { key_file: 'h' } } },
      { edge: { certFile: 'r', keyFile: 'k' }, https: { certFile: 'c', keyFile: 'h' } },
    ],
    [{ ca_path: 'p', verify_incoming: true }, { https: { verifyIncoming: true } }],
    [
      { ca_file: 'a', verify_incoming: true, verify_incoming_https: false },
      { https: { verifyIncoming: false } },
    ],
    [
      { ca_file: 'a', verify_incoming_https: false, tls: { https: { verify_incoming: true } } },
      { https: { verifyIncoming: true } },
    ],
    [
      { tls_min_version: 'tls13', tls: { https: { tls_min_version: 'TLSv1_1' } } },
      { edge: { minVersion: 'TLSv1.3' }, https: { minVersion: 'TLSv1.1' } },
    ],
    [
      {
        tls: {
          https: { tls_cipher_suites: 'TLS_RSA_WITH_AES_128_CBC_SHA, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256' },
        },
      },
      { edge: { ciphers: '' }, https: { ciphers: `${suites13}:AES128-SHA:ECDHE-RSA-AES128-GCM-SHA256` } },
    ],
    [{ verify_server_hostname: true }, { edge: { serverName: 'server.dc1.consul' } }],
    [
      { datacenter: 'DC2', domain: 'corp.', tls: { internal_rpc: { verify_server_hostname: true } } },
      { edge: { serverName: 'server.dc2.corp' } },
    ],
    [{ verify_server_hostname: true, edge: { tls_server_name: 'e' } }, { edge: { serverName: 'e' } }],
    [pair, { edge: { isServed: false, verifyIncoming: false } }],
    [{ ...pair, verify_outgoing: true }, { edge: { isServed: true, verifyIncoming: false } }],
    [{ ...pair, ca_file: 'a', verify_incoming: true }, { edge: { isServed: true, verifyIncoming: true } }],
    [
      { ...pair, ca_file: 'a', verify_incoming: true, verify_incoming_rpc: false },
      { edge: { isServed: false, verifyIncoming: false }, https: { verifyIncoming: true } },
    ],
    [
      { ...pair, ca_file: 'a', tls: { internal_rpc: { verify_incoming: true } } },
      { edge: { isServed: true, verifyIncoming: true }, https: { verifyIncoming: false } },
    ],
  ])('%j', (written, expected) => expect(config(written).tls).toMatchObject(expected));
});

describe('where verify_outgoing is set, an address without a scheme is https', () => {
  test.each<[object, string[]]>([
    [
      { verify_outgoing: true, retry_join: ['e', 'e:1', 'https://f'] },
      ['https://e:8300', 'https://e:1', 'https://f'],
    ],
    [{ tls: { defaults: { verify_outgoing: true } }, retry_join: ['e'] }, ['https://e:8300']],
    [
      { verify_outgoing: true, tls: { internal_rpc: { verify_outgoing: false } }, retry_join: ['e'] },
      ['http://e:8300'],
    ],
  ])('%j', (written, expected) => expect(config(written).retryJoin).toEqual(expected));
});

const together = (...faults: string[]) =>
  `${faults.length} error${faults.length > 1 ? 's' : ''} occurred:\n${faults.map((fault) => `\t* ${fault}\n`).join('')}\n`;
const scriptsDisabled =
  "Scripts are disabled on this agent; to enable, configure 'enable_script_checks' or 'enable_local_script_checks' to true";
const web = (fields: object) => ({ services: [{ name: 'web', ...fields }] });

/** Texts of Consul where it has one for the fault. */
const refused: [written: object, message: string][] = [
  [
    { data_dir: '' },
    'data_dir cannot be empty: set data_dir (-data-dir), or use -dev to keep nothing on disk',
  ],
  [{ datacenter: '' }, 'datacenter cannot be empty'],
  [{ datacenter: 'bad dc!' }, 'datacenter cannot be "bad dc!". Please use only [a-z0-9-_]'],
  [{ node_id: 'bogus' }, 'specified node_id "bogus" is invalid: uuid string is wrong length'],
  [
    { node_meta: { 'a b': 'c' } },
    "node_meta invalid: Couldn't load metadata pair ('a b', 'c'): Key contains invalid characters",
  ],
  [{ bind_addr: '' }, 'bind_addr cannot be empty'],
  [{ bind_addr: '1.1.1.1 2.2.2.2' }, 'bind_addr cannot contain multiple addresses'],
  [{ bind_addr: 'foo' }, together('bind_addr: invalid ip address: foo')],
  [{ bind_addr: '{{ GetBest }}' }, '{{ GetBest }}: template is not supported: write an address instead'],
  [{ bind_addr: '{{ GetInterfaceIP "eth9" }}' }, '{{ GetInterfaceIP "eth9" }}: no such address on this host'],
  [{ advertise_addr: '0.0.0.0' }, 'Advertise address cannot be 0.0.0.0, :: or [::]'],
  [{ advertise_addr_wan: 'foo' }, together('advertise_addr_wan: invalid ip address: foo')],
  [{ client_addr: 'foo' }, together('client_addr: invalid ip address: foo')],
  [
    { server: true, start_join: ['tag_key=a provider=aws'] },
    together(
      'start_join "tag_key=a provider=aws": hosts are not looked up here, and a server has to know if it is the edge: ' +
        'name its address',
    ),
  ],
  [{ recursors: ['0.0.0.0'] }, together('DNS recursor address cannot be 0.0.0.0, :: or [::]')],
  [{ addresses: { dns: 'foo' } }, together('addresses.dns: invalid ip address: foo')],
  [{ ports: { http: 65_536 } }, together('ports.http: invalid port: 65536')],
  [{ ports: { http: 8500, dns: 8500 } }, 'HTTP address 127.0.0.1:8500 already configured for DNS'],
  [
    { dns_config: { a_record_limit: -1 } },
    'dns_config.a_record_limit cannot be -1. Must be greater than or equal to zero',
  ],
  [
    { dns_config: { udp_answer_limit: -1 } },
    'dns_config.udp_answer_limit cannot be -1. Must be greater than or equal to zero',
  ],
  [
    { dns_config: { recursor_strategy: 'x' } },
    'dns_config.recursor_strategy must be "sequential" or "random", got "x"',
  ],
  [
    { ports: { https: 8501 } },
    together('ports.https is 8501, and there is no certificate for it: set tls.https.cert_file and key_file'),
  ],
  [
    { tls: { https: { key_file: 'k' } } },
    together('tls.https: cert_file and key_file belong together, and only one of them is set'),
  ],
  [
    { verify_incoming_https: true },
    together('VerifyIncoming set but no CA certificates were provided: set tls.https.ca_file'),
  ],
  [
    { cert_file: 'c', key_file: 'k', verify_incoming_rpc: true },
    together('VerifyIncoming set but no CA certificates were provided: set tls.internal_rpc.ca_file'),
  ],
  [
    { tls: { internal_rpc: { tls_min_version: 'ssl3' } } },
    together(
      'tls.internal_rpc: tls_min_version "ssl3" is not one of TLS_AUTO, TLSv1_0, TLSv1_1, TLSv1_2, TLSv1_3, tls10, tls11, tls12, tls13',
    ),
  ],
  [
    { tls: { https: { tls_cipher_suites: 'TLS_AES_128_GCM_SHA256,x' } } },
    together('tls.https: unsupported tls_cipher_suites: TLS_AES_128_GCM_SHA256, x'),
  ],
  [
    { verify_outgoing: true, retry_join: ['http://e'] },
    together('verify_outgoing is set, and the address to join http://e is not https'),
  ],
  [
    { edge: { access_client_id: 'a' } },
    together(
      'edge.access_client_id and edge.access_client_secret belong together, and only one of them is set',
    ),
  ],
  [
    { edge: { access_client_id: 'a', access_client_secret: 'b\n' } },
    together('edge.access_client_secret has characters that no HTTP header may have'),
  ],
  [{ recursors: ['bad-host'] }, together('Invalid recursor address: bad-host')],
  [
    {
      http_config: {
        allow_write_http_from: ['10.0.0.0/33', '::/129', '10.0.0.1', 'x/8', '::/128', '0.0.0.0/32'],
      },
    },
    together(
      'allow_write_http_from: invalid cidr: 10.0.0.0/33',
      'allow_write_http_from: invalid cidr: ::/129',
      'allow_write_http_from: invalid cidr: 10.0.0.1',
      'allow_write_http_from: invalid cidr: x/8',
    ),
  ],
  [
    { ui_config: { content_path: '/a b' } },
    together('ui_config.content_path can only contain alphanumeric, -, _, or /. received: /a b'),
  ],
  [
    { dns_config: { soa: { min_ttl: 4_294_967_296 } } },
    'dns_config.soa.min_ttl cannot be 4294967296. Must be at most 4294967295',
  ],
  [
    { dns_config: { soa: { retry: -1 } } },
    'dns_config.soa.retry cannot be -1. Must be greater than or equal to zero',
  ],
  [{ addresses: { dns: 'unix:///x' } }, together('DNS address cannot be a unix socket')],
  [{ advertise_addr_ipv4: '::1' }, together('advertise_addr_ipv4: not an IPv4 address: ::1')],
  [
    { log_level: 'bogus' },
    together('Invalid log level: bogus. Valid log levels are: trace, debug, info, warn, error'),
  ],
  ...['statsd_address', 'statsite_address', 'dogstatsd_addr'].flatMap((key): typeof refused =>
    ['localhost', 'a:b', 'a:0', 'a:65536', '::1:8125', 'unix:///run/datadog.sock'].map((text) => [
      { telemetry: { [key]: text } },
      together(`telemetry.${key} must be "host:port", got "${text}"`),
    ]),
  ),
  [{ check_output_max_size: 65_537 }, together('check_output_max_size is 65537, the limit is 65536')],
  [{ check_output_max_size: 0 }, together('check_output_max_size must be at least 1, got 0')],
  [{ check_flap_limit: { changes: -1 } }, together('check_flap_limit.changes must be at least 0, got -1')],
  [
    { check_flap_limit: { changes: 1, window: '0s' } },
    together('check_flap_limit.window must be above 0, got 0s'),
  ],
  [{ retry_join: ['ftp://a'] }, 'invalid address to join "ftp://a": its scheme must be http or https'],
  [{ services: [{ port: 1 }] }, together('services[0]: Missing service name')],
  [
    web({ weights: { passing: 0 } }),
    together('Invalid weight definition for service web: Passing must be greater than 0'),
  ],
  [
    web({ meta: { 'a b': 'c' } }),
    together(
      "invalid meta for service web: Couldn't load metadata pair ('a b', 'c'): Key contains invalid characters",
    ),
  ],
  [web({ address: '0.0.0.0' }), together('Invalid service address for service web: 0.0.0.0')],
  [
    web({ check: { interval: '10s' }, checks: [{ ttl: '1s', status: 'bad' }] }),
    together(
      'invalid check for service web: TTL must be > 0 for TTL checks',
      'invalid check for service web: Bad check status',
    ),
  ],
  [{ checks: [{ ttl: '1s' }] }, together('invalid check checks[0]: CheckID missing')],
  [
    { checks: [{ name: 'a', tcp: 'b:1' }] },
    together('invalid check a: Interval must be > 0 for Script, HTTP, H2PING, TCP, UDP or OSService checks'),
  ],
  [{ checks: [{ name: 'a', args: ['b'], interval: '1s' }] }, together(`check a: ${scriptsDisabled}`)],
  [web({ check: { args: ['b'], interval: '1s' } }), together(`check service:web: ${scriptsDisabled}`)],
  [
    { watches: [{ args: ['a'] }, { type: 'x', args: ['a'] }] },
    together('watches[0]: Watch type must be specified', 'watches[1]: Unsupported watch type: x'),
  ],
];

describe('a configuration that cannot work is refused', () => {
  test.each(refused)('%j', (written, message) => {
    expect(() => resolve(written)).toThrow(ConfigError);
    expect(() => resolve(written)).toThrow(expect.objectContaining({ message }));
  });
  test.each([
    [
      host('10.0.0.5', '10.0.0.6'),
      "Multiple private IPv4 addresses found. Please configure one with 'bind' and/or 'advertise': 10.0.0.5, 10.0.0.6",
    ],
    [host(), 'No private IPv4 address found: set advertise_addr (-advertise)'],
  ])('%#', (on, message) => expect(() => resolve({}, on)).toThrow(expect.objectContaining({ message })));
});

describe('what is declared', () => {
  test('services and checks have the rules and defaults of the API', () => {
    const { services, checks } = config({
      service: {
        name: 'web',
        weights: { warning: 2 },
        check: { id: 'c', http: 'http://x', interval: '10ms' },
      },
      check: { name: 'mem', ttl: '10s', service_id: 'web', token: 't' },
    });
    expect(services).toMatchObject([
      {
        Service: { ID: 'web', Weights: { Passing: 1, Warning: 2 } },
        Checks: [{ CheckID: 'c', ServiceID: 'web', IntervalMs: 1000 }],
      },
    ]);
    expect(checks).toMatchObject([{ CheckID: 'mem', ServiceID: 'web', Token: 't', TTLMs: 10_000 }]);
  });
  test('outputs may be as long as they can be sent', () => {
    const written = { check_output_max_size: checkOutputBytesMaxMax };
    expect(config(written).checkOutputBytesMax).toBe(checkOutputBytesMaxMax);
  });
  test('a check in a file may have an ID and no name', () => {
    const { checks } = config({ check: { id: 'mem', ttl: '10s' } });
    expect(checks).toMatchObject([{ CheckID: 'mem', Name: '' }]);
  });
  test.each(['enable_script_checks', 'enable_local_script_checks'])('%s lets checks run programs', (key) => {
    const written = { [key]: true, checks: [{ name: 'a', args: ['b'], interval: '1s' }] };
    expect(config(written).checks).toMatchObject([{ Args: ['b'] }]);
  });
});

describe('warnings', () => {
  test.each([
    [{}, []],
    [
      { retry_join: ['provider=aws tag_key=a tag_value=b', '10.0.0.5'] },
      [
        'retry_join "provider=aws tag_key=a tag_value=b" has no effect: hosts are not looked up here, name the edge',
      ],
    ],
    [
      { node_name: 'bad name!' },
      [
        'Node name "bad name!" will not be discoverable via DNS due to invalid characters. Valid characters include all alpha-numerics and dashes.',
      ],
    ],
    [
      {
        encrypt: 'x',
        connect: { enabled: true },
        autopilot: {},
        ports: { serf_lan: 1, http: 1 },
        bootstrap_expect: 3,
      },
      [
        'configuration keys without effect here: autopilot, bootstrap_expect, connect, encrypt, ports.serf_lan',
      ],
    ],
    [
      { checks: [{ name: 'a', tcp: 'b:1', interval: '10ms' }] },
      ['check has interval below minimum: check=a interval=10ms minimum_interval=1s'],
    ],
  ])('%j', (written, expected) => expect(resolve(written).warnings).toEqual(expected));
});
