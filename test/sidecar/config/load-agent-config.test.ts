import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { agentFlags } from '../../../sidecar/config/agent-flags.ts';
import { parseFlags } from '../../../sidecar/config/flags.ts';
import { loadAgentConfig } from '../../../sidecar/config/load-agent-config.ts';
import { host } from './host.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'rollcall-config-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const write = (name: string, text: string) => {
  writeFileSync(join(dir, name), text);
  return join(dir, name);
};

const load = (argv: string[], environment: Record<string, string> = {}) =>
  loadAgentConfig(parseFlags(agentFlags, argv).values, environment, host('10.0.0.5'));
const config = (...argv: string[]) => load(['-data-dir=/d', ...argv]).config;

describe('sources count by their order', () => {
  test('a directory is read in lexical order, the last scalar counts, lists are appended, maps are merged', () => {
    write(
      'b.json',
      '{"node_name":"b","recursors":["2.2.2.2"],"node_meta":{"x":"b","z":"b"},"service":{"name":"s2"}}',
    );
    write(
      'a.hcl',
      'node_name = "a"\nrecursors = ["1.1.1.1"]\nnode_meta { x = "a" y = "a" }\nservice { name = "s1" }',
    );
    const { nodeName, recursors, nodeMeta, services } = config(`-config-dir=${dir}`);
    expect({ nodeName, recursors, nodeMeta }).toEqual({
      nodeName: 'b',
      recursors: ['1.1.1.1:53', '2.2.2.2:53'],
      nodeMeta: { x: 'b', y: 'a', z: 'b' },
    });
    expect(services.map(({ Service }) => Service.ID)).toEqual(['s1', 's2']);
  });
  test('files and directories are read in the order of the command line', () => {
    const file = write('z.json', '{"node_name":"file"}');
    mkdirSync(join(dir, 'd'));
    write('d/a.json', '{"node_name":"dir"}');
    const sub = join(dir, 'd');
    expect(config('-config-file', file, '-config-dir', sub).nodeName).toBe('dir');
    expect(config('-config-dir', sub, '-config-file', file).nodeName).toBe('file');
  });
  test('-hcl counts more than files, and flags more than -hcl', () => {
    const file = write('a.json', '{"node_name":"file","datacenter":"file","domain":"file"}');
    const argv = ['-config-file', file, '-hcl', 'datacenter = "hcl"\ndomain = "hcl"', '-domain=flag'];
    expect(config(...argv)).toMatchObject({ nodeName: 'file', datacenter: 'hcl', domain: 'flag.' });
  });
  test('files count more than dev mode', () => {
    const file = write('a.json', '{"server":false,"log_level":"warn"}');
    const expected = { dev: true, server: false, logLevel: 'warn', bindAddr: '127.0.0.1', dataDir: '' };
    expect(load(['-dev', '-config-file', file]).config).toMatchObject(expected);
  });
  test('dev mode is agent and edge on loopback, with the UI', () => {
    const expected = { dev: true, server: true, advertiseAddr: '127.0.0.1', logLevel: 'debug', dataDir: '' };
    expect(load(['-dev']).config).toMatchObject({ ...expected, ui: { enabled: true } });
  });
  test('-server=false turns off what dev mode turns on', () =>
    expect(load(['-dev', '-server=false']).config.server).toBe(false));
});

describe('files', () => {
  test('directories below and files of other kinds are passed over, the latter with a warning', () => {
    mkdirSync(join(dir, 'sub.json'));
    const other = write('notes.txt', 'x');
    const { warnings } = load(['-data-dir=/d', '-config-dir', dir]);
    expect(warnings).toEqual([
      `skipping file ${other}, extension must be .hcl or .json, or config format must be set`,
    ]);
  });
  test('-config-format reads files of any name', () => {
    const file = write('agent.conf', 'node_name = "n"');
    expect(config('-config-format=hcl', '-config-file', file).nodeName).toBe('n');
  });
  test.each([
    [['-config-format=toml'], "-config-format must be either 'hcl' or 'json'"],
    [['-config-file=/nope'], 'config: Open failed on /nope. open /nope: no such file or directory'],
    [['-config-dir=/nope'], 'config: Open failed on /nope. open /nope: no such file or directory'],
    [['-hcl', 'a ='], 'failed to parse flag -hcl: At 1:4: Unknown token: 1:4 EOF'],
    [
      ['-data-dir='],
      'data_dir cannot be empty: set data_dir (-data-dir), or use -dev to keep nothing on disk',
    ],
  ])('%j is refused', (argv, message) =>
    expect(() => config(...argv)).toThrow(expect.objectContaining({ message })),
  );
  test('HCL that is no UTF-8 is refused with its line', () => {
    const file = join(dir, 'latin1.hcl');
    writeFileSync(file, 'node_name = "n"\n# caf\xe9\n', 'latin1');
    expect(() => config('-config-file', file)).toThrow(
      `failed to parse ${file}: At line 2: illegal UTF-8 encoding`,
    );
  });
  test('a faulty file is named', () => {
    const file = write('bad.json', '{"bogus":1}');
    expect(() => config('-config-file', file)).toThrow(`failed to parse ${file}: 1 error occurred:`);
  });
});

describe('the token of the environment', () => {
  const tokens = (...argv: string[]) => load(['-dev', ...argv], { CONSUL_HTTP_TOKEN: 'env' }).config.tokens;
  test('serves the agent itself, and no one else on the host', () =>
    expect(tokens()).toEqual({
      default: '',
      agent: 'env',
      agentRecovery: '',
      configFileServiceRegistration: 'env',
      dns: '',
    }));
  test('yields to a token that is configured', () => {
    expect(tokens('-token=flag')).toMatchObject({ default: 'flag', agent: 'flag' });
    expect(tokens('-hcl', 'acl { tokens { agent = "file" } }')).toMatchObject({ default: '', agent: 'file' });
  });
});

test('flags without effect are passed over, and named in one warning', () => {
  const { warnings } = load([
    '-dev',
    '-bootstrap-expect=3',
    '-encrypt=x',
    '-serf-lan-port',
    '8301',
    '-node=n',
  ]);
  expect(warnings).toEqual(['flags without effect here: -bootstrap-expect, -encrypt, -serf-lan-port']);
});

test('every other flag says what a key of a file says', () => {
  const line =
    '-node=n -node-id=11111111-0000-4000-8000-000000000002 -node-meta=a:b -datacenter=dc9 -domain=d -alt-domain=e ' +
    '-bind=10.1.1.1 -advertise=10.1.1.2 -advertise-wan=10.1.1.3 -client=10.1.1.4 -dns-port=1 -http-port=2 ' +
    '-https-port=3 -server-port=4 -join=a -retry-join=b -retry-interval=1s -retry-max=5 -server -token=t ' +
    '-enable-script-checks -enable-local-script-checks -check_output_max_size=6 -recursor=8.8.8.8 ' +
    '-default-query-time=7s -max-query-time=8s -allow-write-http-from=10.0.0.0/8 -log-level=warn -log-json ' +
    '-log-file=/l -log-rotate-bytes=9 -log-rotate-duration=10s -log-rotate-max-files=11 -pid-file=/p -ui ' +
    '-ui-dir=/u -ui-content-path=/x -auto-reload-config';
  const pair = '-hcl=cert_file = "/c", key_file = "/k"';
  expect(config(...line.split(' '), pair)).toMatchObject({
    nodeName: 'n',
    nodeId: '11111111-0000-4000-8000-000000000002',
    nodeMeta: { a: 'b' },
    datacenter: 'dc9',
    domain: 'd.',
    altDomain: 'e.',
    bindAddr: '10.1.1.1',
    advertiseAddr: '10.1.1.2',
    taggedAddresses: { lan: '10.1.1.2', wan: '10.1.1.3' },
    addresses: { http: [{ ip: '10.1.1.4' }] },
    ports: { dns: 1, http: 2, https: 3, server: 4 },
    startJoin: ['http://a:8300'],
    retryJoin: ['http://b:8300'],
    retryIntervalMs: 1000,
    retryMax: 5,
    server: true,
    tokens: { default: 't' },
    enableScriptChecks: true,
    enableLocalScriptChecks: true,
    checkOutputBytesMax: 6,
    recursors: ['8.8.8.8:53'],
    defaultQueryTimeMs: 7000,
    maxQueryTimeMs: 8000,
    http: { allowWriteHttpFrom: ['10.0.0.0/8'] },
    logLevel: 'warn',
    logJson: true,
    logFile: '/l',
    logRotateBytes: 9,
    logRotateMs: 10_000,
    logRotateFilesMax: 11,
    pidFile: '/p',
    ui: { enabled: true, dir: '/u', contentPath: '/x/' },
    autoReload: true,
  });
});
