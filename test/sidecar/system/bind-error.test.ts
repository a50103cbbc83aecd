import { expect, test } from 'vitest';
import { makeBindError } from '../../../sidecar/system/bind-error.ts';

const listener = {
  name: 'DNS',
  portSetting: 'ports.dns, -dns-port',
  addressSetting: 'addresses.dns, -client',
};

test.each([
  [
    'EADDRINUSE',
    '127.0.0.1',
    8600,
    '127.0.0.1:8600: another process has it: stop that process, or set another port (ports.dns, -dns-port)',
  ],
  [
    'EACCES',
    '0.0.0.0',
    53,
    '0.0.0.0:53: this user may not bind it: set a port above 1023 (ports.dns, -dns-port), or allow it (CAP_NET_BIND_SERVICE)',
  ],
  [
    'EADDRNOTAVAIL',
    '2001:db8::1',
    8600,
    '[2001:db8::1]:8600: no interface of this host has this address: set another one (addresses.dns, -client)',
  ],
  ['EWHATEVER', '127.0.0.1', 1, '127.0.0.1:1: what the system says'],
])('%s says where and what to do', (code, address, port, text) => {
  const cause = Object.assign(new Error('what the system says'), { code });
  expect(makeBindError({ ...listener, address, port }, cause)).toMatchObject({
    message: `cannot listen for DNS on ${text}`,
    cause,
  });
});
