import { expect, test } from 'vitest';
import { joinHostPort, parseHostPort } from '../../../sidecar/checks/host-port.ts';

test.each([
  ['127.0.0.1:80', { host: '127.0.0.1', port: 80 }],
  ['web.test:65535', { host: 'web.test', port: 65535 }],
  ['[::1]:0', { host: '::1', port: 0 }],
  [':8080', { host: 'localhost', port: 8080 }],
  ['[]:8080', { host: 'localhost', port: 8080 }],
])('%s', (target, parsed) => {
  expect(parseHostPort('tcp', target)).toEqual(parsed);
});

test.each([
  ['web.test', 'dial udp: address web.test: missing port in address'],
  ['[::1]', 'dial udp: address [::1]: missing port in address'],
  ['::1', 'dial udp: address ::1: too many colons in address'],
  ['[::1:80', "dial udp: address [::1:80: missing ']' in address"],
  ['web.test:65536', 'dial udp: address 65536: invalid port'],
  ['web.test:http', 'dial udp: lookup udp/http: unknown port'],
  ['web.test:', 'dial udp: lookup udp/: unknown port'],
])('%s is refused', (target, message) => {
  expect(() => parseHostPort('udp', target)).toThrow(new Error(message));
});

test('IPv6 is joined in brackets', () => {
  expect(joinHostPort({ host: '::1', port: 80 })).toBe('[::1]:80');
  expect(joinHostPort({ host: '127.0.0.1', port: 80 })).toBe('127.0.0.1:80');
});
