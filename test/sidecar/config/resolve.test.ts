import { describe, expect, test } from 'vitest';
import type { AgentConfig } from '../../../sidecar/config/agent-config.ts';
import { ConfigError } from '../../../sidecar/config/config-error.ts';
import { parseConfigFile } from '../../../sidecar/config/config-file.ts';
import type { HostFacts } from '../../../sidecar/config/host-facts.ts';
import { resolveConfig } from '../../../sidecar/config/resolve.ts';
import { host } from './host.ts';

const oneAddress = host('10.0.0.5');

function resolve(written: object, on: HostFacts = oneAddress, dev = false) {
  const file = parseConfigFile('x.json', JSON.stringify({ data_dir: '/d', ...written }), 'json');
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
      { ports: { dns: -1, http: 0, https: 8501, server: 65_535 } },
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
    [{ advertise_addr: '{{ GetPrivateIP }}' }, host('203.0.113.9', '10.0.0.5', '10.0.0.6'), '10.0.0.5'],
    [{ advertise_addr: '{{GetPublicIP}}' }, host('10.0.0.5', '203.0.113.9'), '203.0.113.9'],
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

describe('TLS: https has what defaults have, and defaults what the flat keys have', () => {
  const tls = (written: object) => config(written).tls;
  test.each([
    [{ ca_file: 'a' }, { edge: { caFile: 'a' }, https: { caFile: 'a' } }],
    [
      { ca_file: 'a', tls: { defaults: { ca_file: 'b' } } },
      { edge: { caFile: 'b' }, https: { caFile: 'b' } },
    ],
    [
      {
        tls: { defaults: { ca_file: 'b', cert_file: 'c' }, https: { cert_file: 'd', verify_incoming: true } },
      },
      {
        edge: { caFile: 'b', certFile: 'c', verifyIncoming: false },
        https: { caFile: 'b', certFile: 'd', verifyIncoming: true },
      },
    ],
    [{ verify_incoming_https: true }, { edge: { verifyIncoming: false }, https: { verifyIncoming: true } }],
  ])('%j', (written, expected) => expect(tls(written)).toMatchObject(expected));
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
  [
    { client_addr: 'foo' },
    together(...['dns', 'http', 'https'].map(() => 'client_addr: invalid ip address: foo')),
  ],
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
  [{ recursors: ['bad host'] }, together('Invalid recursor address: bad host')],
  [
    { log_level: 'bogus' },
    together('Invalid log level: bogus. Valid log levels are: trace, debug, info, warn, error'),
  ],
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
  [{ checks: [{ ttl: '1s' }] }, together('invalid check checks[0]: Missing check name')],
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
  test.each(['enable_script_checks', 'enable_local_script_checks'])('%s lets checks run programs', (key) => {
    const written = { [key]: true, checks: [{ name: 'a', args: ['b'], interval: '1s' }] };
    expect(config(written).checks).toMatchObject([{ Args: ['b'] }]);
  });
});

describe('warnings', () => {
  test.each([
    [{}, []],
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
