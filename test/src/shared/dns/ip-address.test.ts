import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatHex,
  formatIpAddress,
  parseHex,
  parseIpAddress,
  parseReverseLabels,
} from '../../../../src/shared/dns/ip-address.ts';

test.each([
  ['10.0.0.1', '0a000001'],
  ['255.255.255.255', 'ffffffff'],
  ['::', '0'.repeat(32)],
  ['::1', `${'0'.repeat(31)}1`],
  ['fd00::1', `fd${'0'.repeat(29)}1`],
  ['FD00::', `fd${'0'.repeat(30)}`],
  ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
  ['::ffff:10.0.0.1', `${'0'.repeat(20)}ffff0a000001`],
])('%s is %s', (text, hex) => {
  expect(formatHex(parseIpAddress(text)!)).toBe(hex);
});

test.each([
  ...['', 'web', '10.0.0', '10.0.0.256', '10.0.0.0.1', '10.0.0.1 ', '0x0a.0.0.1', '10.0.0.-1'],
  ...[':', ':::', '1::2::3', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '1:2:3:4:5:6:7::8', 'g::1', '12345::'],
  ...['::10.0.0.256', '1.2.3.4::', 'fe80::1%eth0'],
])('%j is no address', (text) => {
  expect(parseIpAddress(text)).toBeUndefined();
});

test.each([
  ['fd00:0:0:0:0:0:0:1', 'fd00::1'],
  ['0:0:0:0:0:0:0:0', '::'],
  ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
  ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
  ['0:0:1:2:3:4:5:6', '::1:2:3:4:5:6'],
  ['1:2:3:4:5:6:0:0', '1:2:3:4:5:6::'],
  ['::ABCD', '::abcd'],
])('%s is written %s', (text, canonical) => {
  expect(formatIpAddress(parseIpAddress(text)!)).toBe(canonical);
});

test('what is formatted is parsed again, for any address', () => {
  const address = fc.oneof(
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
    // Zeros are what IPv6 shortens, so there are many.
    fc
      .array(fc.constantFrom(0, 0, 0, 1, 255), { minLength: 16, maxLength: 16 })
      .map((b) => Uint8Array.from(b)),
  );
  const holds = fc.property(address, (bytes) => {
    expect(parseIpAddress(formatIpAddress(bytes))).toEqual(bytes);
    expect(parseHex(formatHex(bytes))).toEqual(bytes);
  });
  fc.assert(holds, { seed: 20_261_122, numRuns: 500 });
});

describe('reverse names', () => {
  const nibbles = '1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f'.split('.');
  test.each([
    ['in-addr', ['4', '3', '2', '1'], '1.2.3.4'],
    ['ip6', nibbles, 'fd00::1'],
    ['in-addr', ['3', '2', '1'], undefined],
    ['in-addr', ['256', '3', '2', '1'], undefined],
    ['in-addr', nibbles, undefined],
    ['ip6', nibbles.slice(1), undefined],
    ['ip6', [...nibbles, '0'], undefined],
    ['ip6', ['g', ...nibbles.slice(1)], undefined],
    ['ip6', ['00', '', ...nibbles.slice(2)], undefined],
    ['ip7', nibbles, undefined],
  ])('%s %j is %s', (zone, labels, text) => {
    const bytes = parseReverseLabels(zone, labels);
    expect(bytes && formatIpAddress(bytes)).toBe(text);
  });
});
