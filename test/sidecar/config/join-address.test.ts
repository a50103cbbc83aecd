import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../../sidecar/config/config-error.ts';
import { parseJoinAddress } from '../../../sidecar/config/join-address.ts';

describe('an address to join is a URL or a host', () => {
  test.each([
    ['https://registry.example.workers.dev', 'https://registry.example.workers.dev'],
    ['https://registry.example/', 'https://registry.example'],
    ['HTTPS://Registry.Example/a/b/', 'https://registry.example/a/b'],
    ['http://127.0.0.1:9000', 'http://127.0.0.1:9000'],
    ['edge.example', 'http://edge.example:8300'],
    ['edge.example:9000', 'http://edge.example:9000'],
    ['10.0.0.1', 'http://10.0.0.1:8300'],
    ['::1', 'http://[::1]:8300'],
    ['[::1]', 'http://[::1]:8300'],
    ['[::1]:9000', 'http://[::1]:9000'],
    [' edge.example ', 'http://edge.example:8300'],
  ])('%j is %s', (address, url) => expect(parseJoinAddress(address)).toBe(url));
});

describe('anything else is refused by name', () => {
  test.each([
    ['', 'expected a URL or host[:port]'],
    ['a b', 'expected a URL or host[:port]'],
    ['a/b', 'expected a URL or host[:port]'],
    ['a:b', 'expected a URL or host[:port]'],
    ['a:70000', 'expected a URL or host[:port]'],
    ['http://', 'it is no URL'],
    ['ws://a', 'its scheme must be http or https'],
    ['https://a/?b', 'it must not have a query or fragment'],
    ['https://a/#b', 'it must not have a query or fragment'],
  ])('%j: %s', (address, why) => {
    expect(() => parseJoinAddress(address)).toThrow(ConfigError);
    expect(() => parseJoinAddress(address)).toThrow(
      `invalid address to join ${JSON.stringify(address)}: ${why}`,
    );
  });
});

test('a password is not repeated', () => {
  expect(() => parseJoinAddress('https://user:secret@a')).toThrow(
    'invalid address to join "https://…@a": it must not hold a user name or password; use -token',
  );
});
