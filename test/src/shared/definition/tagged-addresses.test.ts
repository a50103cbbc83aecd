import { describe, expect, test } from 'vitest';
import { ipVersion, isAnyAddress } from '../../../../src/shared/definition/ip-address.ts';
import { withIpTags } from '../../../../src/shared/definition/tagged-addresses.ts';

const at = (Address: string, Port: number) => ({ Address, Port });

/** Measured on Consul 1.8.7. */
describe('an agent tags the address of a service with its IP version', () => {
  const own = at('10.0.0.1', 5);
  test.each([
    ['an IPv4 address', own, undefined, { lan_ipv4: own, wan_ipv4: own }],
    [
      'an IPv6 address',
      at('2001::2', 5),
      undefined,
      { lan_ipv6: at('2001::2', 5), wan_ipv6: at('2001::2', 5) },
    ],
    [
      'a mapped address is version 4',
      at('::ffff:10.0.0.1', 5),
      undefined,
      { lan_ipv4: at('::ffff:10.0.0.1', 5), wan_ipv4: at('::ffff:10.0.0.1', 5) },
    ],
    ['a host name', at('host.name', 5), undefined, undefined],
    ['no address', at('', 5), { lan: at('10.0.0.2', 7) }, { lan: at('10.0.0.2', 7) }],
    [
      'what is given stays',
      own,
      { lan_ipv4: at('1.1.1.1', 9), wan: at('1.2.3.4', 6) },
      { lan_ipv4: at('1.1.1.1', 9), wan: at('1.2.3.4', 6), wan_ipv4: own },
    ],
  ])('%s', (_, service, given, expected) =>
    expect(withIpTags({ ...service, ...(given && { TaggedAddresses: given }) })).toEqual(expected),
  );
});

describe('IP versions', () => {
  test.each([
    ['127.0.0.1', 4],
    ['255.255.255.255', 4],
    ['::', 6],
    ['::1', 6],
    ['fe80::1:2', 6],
    ['1:2:3:4:5:6:7:8', 6],
    ['1:2:3:4:5:6:7::', 6],
    ['::ffff:1.2.3.4', 6],
    ['1:2:3:4:5:6:1.2.3.4', 6],
    ['', undefined],
    ['1.2.3', undefined],
    ['1.2.3.256', undefined],
    ['010.0.0.1', undefined],
    ['1.2.3.4.5', undefined],
    ['1:2:3:4:5:6:7', undefined],
    ['1:2:3:4:5:6:7:8:9', undefined],
    ['1:2:3:4::5:6:7:8', undefined],
    ['::1::', undefined],
    [':::', undefined],
    ['12345::', undefined],
    ['1.2.3.4::', undefined],
    ['[::1]', undefined],
    ['host', undefined],
  ])('%j: %s', (text, version) => expect(ipVersion(text)).toBe(version));
  test.each(['0.0.0.0', '::', '[::]'])('%s stands for every address', (text) =>
    expect(isAnyAddress(text)).toBe(true),
  );
  test.each(['127.0.0.1', '', '::1'])('%j does not', (text) => expect(isAnyAddress(text)).toBe(false));
});
