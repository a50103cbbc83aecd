import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clientFlags, resolveClientConfig } from '../../../sidecar/config/client-flags.ts';
import { FlagError, parseFlags } from '../../../sidecar/config/flags.ts';

const resolve = (line: string, environment: Record<string, string> = {}) =>
  resolveClientConfig(parseFlags(clientFlags, line.split(' ').filter(Boolean)).values, environment);

test('without flags and variables', () => {
  expect(resolve('')).toEqual({
    address: { url: 'http://127.0.0.1:8500' },
    token: '',
    basicAuth: '',
    datacenter: '',
    namespace: '',
    partition: '',
    stale: false,
    tls: { caFile: '', caPath: '', certFile: '', keyFile: '', serverName: '', verify: true },
  });
});

describe('the address', () => {
  test.each<[string, Record<string, string>, object]>([
    ['-http-addr=10.0.0.1:85', {}, { url: 'http://10.0.0.1:85' }],
    ['-http-addr=[::1]:8500', {}, { url: 'http://[::1]:8500' }],
    ['-http-addr=https://edge.example/', {}, { url: 'https://edge.example' }],
    ['-http-addr=https://edge.example/a/', {}, { url: 'https://edge.example/a' }],
    ['-http-addr=unix:///run/r.sock', {}, { socketPath: '/run/r.sock' }],
    ['', { CONSUL_HTTP_ADDR: 'a:1' }, { url: 'http://a:1' }],
    ['-http-addr=b:2', { CONSUL_HTTP_ADDR: 'a:1' }, { url: 'http://b:2' }],
    ['', { CONSUL_HTTP_ADDR: 'a:1', CONSUL_HTTP_SSL: 'true' }, { url: 'https://a:1' }],
    ['', { CONSUL_HTTP_ADDR: 'http://a:1', CONSUL_HTTP_SSL: '1' }, { url: 'https://a:1' }],
    ['', { CONSUL_HTTP_ADDR: 'https://a:1', CONSUL_HTTP_SSL: 'false' }, { url: 'https://a:1' }],
  ])('%s %j', (line, environment, address) => expect(resolve(line, environment).address).toEqual(address));
});

describe('every other variable stands in for a flag', () => {
  test.each<[string, Record<string, string>, object]>([
    ['', { CONSUL_HTTP_AUTH: 'u:p' }, { basicAuth: 'u:p' }],
    ['', { CONSUL_NAMESPACE: 'n', CONSUL_PARTITION: 'p' }, { namespace: 'n', partition: 'p' }],
    ['-datacenter=dc2 -stale', {}, { datacenter: 'dc2', stale: true }],
    [
      '',
      {
        CONSUL_CACERT: 'a',
        CONSUL_CAPATH: 'b',
        CONSUL_CLIENT_CERT: 'c',
        CONSUL_CLIENT_KEY: 'd',
        CONSUL_TLS_SERVER_NAME: 'e',
      },
      { tls: { caFile: 'a', caPath: 'b', certFile: 'c', keyFile: 'd', serverName: 'e' } },
    ],
    ['-ca-file=x', { CONSUL_CACERT: 'a' }, { tls: { caFile: 'x' } }],
    ['', { CONSUL_HTTP_SSL_VERIFY: 'false' }, { tls: { verify: false } }],
  ])('%s %j', (line, environment, expected) => expect(resolve(line, environment)).toMatchObject(expected));
});

describe('the token', () => {
  let dir = '';
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'rollcall-token-'));
    writeFileSync(join(dir, 'token'), 'filed\n');
  });
  afterAll(() => rmSync(dir, { recursive: true }));
  const filled = (text: string) => text.replaceAll('DIR', dir);

  test.each<[string, Record<string, string>, string]>([
    ['-token=flag', {}, 'flag'],
    ['-token=flag', { CONSUL_HTTP_TOKEN: 'env', CONSUL_HTTP_TOKEN_FILE: 'DIR/token' }, 'flag'],
    ['-token=flag -token-file=DIR/token', {}, 'filed'],
    ['', { CONSUL_HTTP_TOKEN: 'env' }, 'env'],
    ['', { CONSUL_HTTP_TOKEN: 'env', CONSUL_HTTP_TOKEN_FILE: 'DIR/token' }, 'filed'],
  ])('%s %j', (line, environment, token) => {
    const named = Object.entries(environment).map(([name, value]) => [name, filled(value)]);
    expect(resolve(filled(line), Object.fromEntries(named)).token).toBe(token);
  });
});

describe('a fault names the value', () => {
  test.each<[string, Record<string, string>, string]>([
    ['-http-addr=ftp://a', {}, 'invalid address "ftp://a": Unknown protocol scheme: ftp'],
    ['-http-addr=a:b', {}, 'invalid address "a:b": expected host:port or a URL'],
    ['-token-file=/nope', {}, 'Error loading token file: open /nope: no such file or directory'],
    ['', { CONSUL_HTTP_SSL: 'maybe' }, 'could not parse CONSUL_HTTP_SSL: invalid boolean value "maybe"'],
  ])('%s %j', (line, environment, message) => {
    expect(() => resolve(line, environment)).toThrow(FlagError);
    expect(() => resolve(line, environment)).toThrow(message);
  });
});
